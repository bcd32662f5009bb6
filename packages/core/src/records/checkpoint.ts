/**
 * A checkpoint: a run between two steps, as bytes. The tensors are one safetensors file (`carry/...` for parameters,
 * layer states and optimizer state, `best/...` for the best epoch so far); everything else is one JSON document: the
 * experiment, the data it was trained on, the numbers of the state, and the events so far, of which the record will be
 * made. With the same data the runner goes on from here to the same end, bit for bit.
 *
 * This file opens no file; how a checkpoint is put on a disk is `node/checkpoint-files.ts`.
 */
import type { Dataset } from '../data/dataset.js'
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/arm.js'
import { parseArmSpec } from '../experiment/experiment.js'
import { isObject } from '../experiment/merge-patch.js'
import { problemsOf, problemText } from '../experiment/problems.js'
import { parseExactly, stringifyExactly } from '../numerics/json.js'
import { builtins } from '../registry/builtins.js'
import type { ModuleMark, Registry } from '../registry/registry.js'
import type { RunState } from '../run/state.js'
import type { TensorMap } from '../tensor.js'
import {
  CHECKPOINT_SCHEMA,
  type DataMark,
  documentSchema,
  type HistoryEvent,
  type StateNumbers,
  type TrainedPart,
} from './checkpoint-form.js'
import { EARLIER_CHECKPOINT, upgradeCheckpoint } from './earlier/checkpoint.js'
import { requireModules } from './read-record.js'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'

/** A run between two steps, and how it came there. */
export interface Checkpoint {
  readonly armName: string
  readonly arm: ArmSpec
  /** Modules whose records the arm names. */
  readonly modules: readonly ModuleMark[]
  readonly data: DataMark
  /** The parts that were trained by one process each; the last is the one that wrote the checkpoint. */
  readonly stretches: readonly TrainedPart[]
  readonly events: readonly HistoryEvent[]
  /** Undefined: nothing has been trained yet. */
  readonly state: RunState | undefined
}

/** The two files of a checkpoint. */
export interface EncodedCheckpoint {
  /** Safetensors. */
  readonly tensors: Uint8Array
  /** JSON. */
  readonly document: string
}

function fail(message: string, cause?: unknown): never {
  throw new InputError('core', `checkpoint: ${message}`, { cause })
}

/** The marks by which a data set is recognised. */
export function dataMarkOf({ name, origin, fields, target, splits }: Dataset): DataMark {
  const samples = Object.fromEntries(Object.entries(splits).map(([split, { count }]) => [split, count]))
  return { name, origin, fields, ...(target === undefined ? {} : { target }), samples }
}

const prefixes = { carry: 'carry/', best: 'best/' } as const

function prefixed(prefix: string, tensors: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`${prefix}${name}`, value]))
}

function withoutPrefix(prefix: string, tensors: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}

function numbersOf({ carry, best, ...numbers }: RunState): StateNumbers {
  if (Object.keys(carry).length === 0) fail('a state without tensors cannot be gone on from')
  return best === undefined ? numbers : { ...numbers, best: { epoch: best.epoch, value: best.value } }
}

/** The bytes of a checkpoint. Equal checkpoints give equal bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint): EncodedCheckpoint {
  const { armName, arm, modules, data, stretches, events, state } = checkpoint
  const tensors = {
    ...prefixed(prefixes.carry, state?.carry ?? {}),
    ...prefixed(prefixes.best, state?.best?.model ?? {}),
  }
  const numbers = state === undefined ? null : numbersOf(state)
  // The fields in one order, whatever the checkpoint was made by.
  const document = { schema: CHECKPOINT_SCHEMA, armName, arm, modules, data, stretches, state: numbers, events }
  return { tensors: encodeSafetensors(tensors, { format: 'isograd' }), document: `${stringifyExactly(document)}\n` }
}

function parseDocument(text: string, registry: Registry) {
  let given: unknown
  try {
    given = parseExactly(text)
  } catch (cause) {
    fail('expected JSON, got something else; the file is damaged or not a checkpoint', cause)
  }
  const schema = isObject(given) ? given['schema'] : undefined
  const value = schema === EARLIER_CHECKPOINT ? upgradeCheckpoint(given, CHECKPOINT_SCHEMA) : given
  if (!isObject(value) || value['schema'] !== CHECKPOINT_SCHEMA) {
    const got = JSON.stringify(schema) ?? 'none'
    return fail(`expected the schema "${CHECKPOINT_SCHEMA}", got ${got}; it was written otherwise`)
  }
  const parsed = documentSchema.safeParse(value)
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error, value)
    if (problem === undefined) return fail('not of the expected form')
    return fail(problemText(problem))
  }
  requireModules(parsed.data.modules, registry, 'checkpoint')
  return { ...parsed.data, arm: parseArmSpec(value['arm'], registry, 'checkpoint: arm') }
}

function checkNames(tensors: TensorMap): void {
  const foreign = Object.keys(tensors).find(
    (name) => !Object.values(prefixes).some((prefix) => name.startsWith(prefix)),
  )
  if (foreign !== undefined) fail(`tensor "${foreign}" belongs neither to the carry nor to the best epoch`)
}

function stateOf(numbers: StateNumbers | null, tensors: TensorMap): RunState | undefined {
  const [carry, model] = [withoutPrefix(prefixes.carry, tensors), withoutPrefix(prefixes.best, tensors)]
  if (numbers === null) {
    if (Object.keys(tensors).length > 0) fail('there are tensors, but no step was trained')
    return undefined
  }
  const { best, ...rest } = numbers
  if ((best === undefined) !== (Object.keys(model).length === 0))
    fail('the tensors of the best epoch are not beside it')
  return { ...rest, carry, ...(best === undefined ? {} : { best: { ...best, model } }) }
}

/**
 * Reads a checkpoint. Whether it fits the experiment, the data and the model is `checkResume`.
 * @throws InputError when a file is damaged, was not written by isograd, or the two do not belong together.
 */
export function decodeCheckpoint(
  { tensors: bytes, document: text }: EncodedCheckpoint,
  registry: Registry = builtins,
): Checkpoint {
  const { schema: _, state, ...rest } = parseDocument(text, registry)
  const { tensors } = decodeSafetensors(bytes)
  checkNames(tensors)
  return { ...rest, state: stateOf(state, tensors) }
}
