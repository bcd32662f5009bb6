/**
 * Whether a checkpoint can be gone on from: the experiment and the data must be the ones it was written with, its
 * tensors those of the model, and its history as long as its state says. What differs is named.
 */
import type { Dataset } from '../data/dataset.js'
import { InputError } from '../errors.js'
import { isObject } from '../experiment/merge-patch.js'
import { formatPath } from '../experiment/problems.js'
import { typeText } from '../numerics/tensor-comparison.js'
import { keptCarry } from '../plan/averages.js'
import type { TrainingPlan } from '../plan/plan.js'
import type { RunState } from '../run/state.js'
import { sameShape, type TensorMap } from '../tensor.js'
import { type Checkpoint, dataMarkOf } from './checkpoint.js'

/** A field of two documents that is not the same. */
export interface Difference {
  readonly path: readonly (string | number)[]
  /** JSON of the value, or `nothing`. */
  readonly before: string
  readonly now: string
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing'
}

function keysOf(value: unknown): (string | number)[] | undefined {
  if (Array.isArray(value)) return [...value.keys()]
  return isObject(value) ? Object.keys(value) : undefined
}

function at(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return value[Number(key)] as unknown
  return isObject(value) ? value[key] : undefined
}

/** The fields in which plain data differ, deepest first named; the order of keys is no difference. */
export function differences(before: unknown, now: unknown, path: Difference['path'] = []): Difference[] {
  const [keysBefore, keysNow] = [keysOf(before), keysOf(now)]
  if (keysBefore === undefined || keysNow === undefined || Array.isArray(before) !== Array.isArray(now)) {
    return Object.is(before, now) ? [] : [{ path, before: show(before), now: show(now) }]
  }
  const keys = [...new Set([...keysBefore, ...keysNow])]
  return keys.flatMap((key) => differences(at(before, key), at(now, key), [...path, key]))
}

function fail(message: string): never {
  throw new InputError('core', `checkpoint: ${message}`)
}

function list(found: readonly Difference[]): string {
  return found.map(({ path, before, now }) => `\n  ${formatPath(path)}: ${before} then, ${now} now`).join('')
}

function checkSame(what: string, cure: string, before: unknown, now: unknown): void {
  const found = differences(before, now)
  if (found.length > 0) fail(`${what} changed since it was written:${list(found)}\n${cure}`)
}

function checkTensors(what: string, expected: TensorMap, got: TensorMap): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const [wanted, found] = [expected[name], got[name]]
    const same = wanted !== undefined && found !== undefined && wanted.dtype === found.dtype
    if (!same || !sameShape(wanted.shape, found.shape)) {
      fail(`${what} "${name}": expected ${typeText(wanted)}, got ${typeText(found)}`)
    }
  }
}

function withoutPrefix(tensors: TensorMap, prefix: string): TensorMap {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith(prefix)))
}

/**
 * The carry must be one that training may begin with. What an optimizer on the host remembers grows while it trains: of
 * that, only that it can be read is known beforehand.
 */
function checkCarry({ optimizer }: TrainingPlan, expected: TensorMap, got: TensorMap): void {
  if (optimizer.runs === 'program') return checkTensors('tensor', expected, got)
  const { statePrefix } = optimizer
  checkTensors('tensor', withoutPrefix(expected, statePrefix), withoutPrefix(got, statePrefix))
  optimizer.checkState(got)
}

/** The state must stand where the history ends: a pair of files from two runs would not. */
function checkPosition({ events, arm }: Checkpoint, { epoch, stepInEpoch }: RunState): void {
  if (epoch >= arm.epochs) fail(`it stands in epoch ${epoch + 1} of ${arm.epochs}`)
  const epochs = events.filter(({ type }) => type === 'epoch').length
  const steps = events
    .filter((event) => event.type === 'steps')
    .reduce((sum, event) => sum + (event.epoch === epoch ? event.losses.length : 0), 0)
  if (epochs === epoch && steps === stepInEpoch) return
  const stands = `it stands behind ${epoch} epochs and ${stepInEpoch} steps`
  fail(`${stands}, its history behind ${epochs} epochs and ${steps} steps`)
}

/**
 * Holds a checkpoint against the plan of the experiment on the data as they are now.
 * @param dataset the whole data set that the plan was made from.
 * @throws InputError that names every field that has changed, or the tensor that does not fit.
 */
export function checkResume(checkpoint: Checkpoint, plan: TrainingPlan, dataset: Dataset): void {
  checkSame('the experiment has', 'Go on with the experiment as it was, or begin a new run.', checkpoint.arm, plan.arm)
  checkSame('the data have', 'Go on with the data as they were.', checkpoint.data, dataMarkOf(dataset))
  const { state } = checkpoint
  if (state === undefined) return
  const carry = plan.initial
  checkCarry(plan, carry, state.carry)
  if (state.best !== undefined) {
    checkTensors('tensor of the best epoch', keptCarry(plan, carry), state.best.model)
  }
  checkPosition(checkpoint, state)
}
