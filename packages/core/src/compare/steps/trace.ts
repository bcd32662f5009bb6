/**
 * A trace: some training steps as tensors by name, so that any other framework can be held against isograd. Someone else
 * loads it, repeats the steps, and writes what came out under the same names; `trace-check.ts` judges that. The layout is
 * documented in `docs/trace-format.md`; this file names the tensors, makes a trace and takes one apart.
 *
 *   initial/<name>            parameters, layer states and optimizer states before the first step
 *   step/<i>/rows             numbers of the training samples in the batch
 *   step/<i>/data/<field>     the batch itself, by field, as the data set stores it
 *   step/<i>/input/<name>     the optimizer's scalars of the step, dropout masks
 *   step/<i>/loss             before the update
 *   step/<i>/gradient/<name>  of the mean loss, by parameter
 *   step/<i>/after/<name>     parameters and states after the step
 */
import type { Backend } from '../../backend/contract.js'
import { holdToContract } from '../../backend/held.js'
import { sliceStep } from '../../backend/scan.js'
import { InputError } from '../../errors.js'
import { operationOf } from '../../ir/ops/index.js'
import { formatType } from '../../ir/program.js'
import { stringifyExactly } from '../../numerics/json.js'
import { names } from '../../plan/names.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { EARLIER_TRACE } from '../../records/earlier/trace.js'
import type { Safetensors } from '../../records/safetensors.js'
import { sameShape, type Tensor, tensor, type TensorMap } from '../../tensor.js'

/** Version of the layout; stands in the metadata as `format`. */
export const TRACE_FORMAT = 'isograd.trace/2'

/** Stands in the metadata as `start` where the initial weights and the batches are the trace's own. */
const OWN_START = 'own'

/** Names of a trace's tensors. */
export const traceNames = {
  /** A parameter or a state before the first step. */
  initial: (name: string) => `initial/${name}`,
  /** Numbers of the rows of a step. */
  rows: (step: number) => `step/${step}/rows`,
  /** A field of the samples of a step. */
  field: (step: number, name: string) => `step/${step}/data/${name}`,
  /** Another input of a step, such as a mask. */
  input: (step: number, name: string) => `step/${step}/input/${name}`,
  /** The loss of a step. */
  loss: (step: number) => `step/${step}/loss`,
  /** The gradient of a parameter in a step. */
  gradient: (step: number, parameter: string) => `step/${step}/gradient/${parameter}`,
  /** A parameter or a state after a step. */
  after: (step: number, name: string) => `step/${step}/after/${name}`,
} as const

/** The metadata of a trace. */
export interface TraceMetadata {
  readonly format: typeof TRACE_FORMAT
  readonly experiment: string
  readonly arm: string
  readonly seed: number
  readonly precision: TrainingPlan['arm']['precision']
  readonly dataset: string
  readonly steps: number
  /** The backend, framework or program that computed it. */
  readonly producer: string
  /** The whole arm as JSON. */
  readonly spec: string
  /** True where a training loop elsewhere chose the initial weights and the batches, which the trace holds. */
  readonly isOwnStart: boolean
}

function gathered(source: Tensor, rows: Tensor): Tensor {
  const shape = [rows.data.length, ...source.shape.slice(1)]
  return tensor(source.dtype, shape, operationOf('gatherRows').evaluate([source, rows], {}, shape))
}

/** The inputs of a step in a trace: rows, the batch, and everything else that enters the step. */
export function traceInputs(plan: TrainingPlan, step: number): Record<string, Tensor> {
  const stretch = { first: step, count: 1 }
  const rowsOf = { [names.rows]: plan.rows(stretch) }
  const { [names.rows]: rows, ...others } = sliceStep({ ...plan.xs(plan.stepRole, stretch), ...rowsOf }, 0)
  if (rows === undefined) throw new InputError('core', `trace: step ${step} has no batch`)
  const { inputs: given, targets, samples, constants } = plan.table('train')
  const fields = [...given, ...targets.flatMap((target) => target ?? [])].flatMap(({ name }): [string, Tensor][] => {
    const column = samples.columns[name]
    return column === undefined ? [] : [[traceNames.field(step, name), gathered(column, rows)]]
  })
  // Samples that are streamed stand in the trace as fields, like those that are not.
  const inputs = Object.entries(others).flatMap(([name, value]): [string, Tensor][] =>
    Object.hasOwn(constants, name) ? [] : [[traceNames.input(step, name), value]],
  )
  return {
    [traceNames.rows(step)]: rows,
    ...Object.fromEntries(fields),
    ...Object.fromEntries(inputs),
  }
}

function prefixed(tensors: TensorMap, name: (own: string) => string): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([own, value]) => [name(own), value]))
}

function requireUpdates({ updatesInProgram, arm }: TrainingPlan): void {
  if (updatesInProgram) return
  throw new InputError(
    'core',
    `trace: optimizer "${arm.optimizer.type}" runs on the host and takes many gradients a step; choose another, such as sgd`,
  )
}

/** The metadata of a trace. */
function traceMetadata(
  { arm, armName, dataset, model }: TrainingPlan,
  steps: number,
  producer: string,
): Record<Exclude<keyof TraceMetadata, 'isOwnStart'> | 'parameters', string> {
  return {
    format: TRACE_FORMAT,
    experiment: arm.name,
    arm: armName,
    seed: String(arm.seed),
    precision: arm.precision,
    dataset: `${dataset.name}, ${dataset.splits.train.count} training samples (${dataset.origin})`,
    steps: String(steps),
    producer,
    spec: stringifyExactly(arm),
    parameters: JSON.stringify(model.parameters.map(({ name }) => name)),
  }
}

/**
 * Trains so many steps on a backend, one by one, and keeps all of it.
 * @throws InputError for an optimizer that is not part of a step.
 */
export async function makeTrace(plan: TrainingPlan, backend: Backend, steps: number): Promise<Safetensors> {
  requireUpdates(plan)
  const { initial, model } = plan
  const executable = await holdToContract(backend).compile(plan.program('observed'), plan.constants('train'))
  const tensors: Record<string, Tensor> = prefixed(initial, traceNames.initial)
  try {
    let carry = initial
    for (let step = 0; step < steps; step++) {
      // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
      const result = await executable.scan(carry, plan.xs(plan.stepRole, { first: step, count: 1 }))
      const ys = sliceStep(result.ys, 0)
      const gradients = Object.fromEntries(
        model.parameters.map(({ name }) => [name, ys[names.gradient(name)] as Tensor]),
      )
      Object.assign(tensors, traceInputs(plan, step), {
        [traceNames.loss(step)]: ys[names.loss],
        ...prefixed(gradients, (name) => traceNames.gradient(step, name)),
        ...prefixed(result.carry, (name) => traceNames.after(step, name)),
      })
      carry = result.carry
    }
    return { tensors, metadata: traceMetadata(plan, steps, backend.name) }
  } finally {
    await executable.dispose()
  }
}

function fail(message: string): never {
  throw new InputError('core', `trace: ${message}`)
}

/** Every sentence of a verdict has it. */
const LONGEST_PRODUCER = 200

/** Reads and checks the metadata of a trace. @throws InputError saying what is missing or wrong. */
export function parseTraceMetadata(metadata: Readonly<Record<string, string>>): TraceMetadata {
  const { format, steps, seed } = metadata
  if (format !== TRACE_FORMAT && format !== EARLIER_TRACE) {
    const got = format === undefined ? 'none' : `"${format}"`
    fail(
      `expected the metadata to say format "${TRACE_FORMAT}", got ${got}; hand on the metadata of the trace you loaded`,
    )
  }
  const text = (key: keyof TraceMetadata): string => metadata[key] || fail(`the metadata lack "${key}"`)
  const count = Number(steps)
  if (!Number.isSafeInteger(count) || count < 1) fail(`metadata: expected a number of steps, got "${steps ?? ''}"`)
  const precision = text('precision')
  if (precision !== 'float32' && precision !== 'float64') fail(`metadata: expected a precision, got "${precision}"`)
  const producer = text('producer')
  if (producer.length > LONGEST_PRODUCER) {
    fail(`metadata: expected "producer" to be a name of at most ${LONGEST_PRODUCER} letters, got ${producer.length}`)
  }
  return {
    format: TRACE_FORMAT,
    experiment: text('experiment'),
    arm: text('arm'),
    seed: Number(seed),
    precision,
    dataset: text('dataset'),
    steps: count,
    producer,
    spec: text('spec'),
    isOwnStart: metadata['start'] === OWN_START,
  }
}

/** The steps of a trace, and what it starts from. */
type TraceExtent = Pick<TraceMetadata, 'steps' | 'isOwnStart'>

/** A tensor that a trace must hold, or may. */
interface TraceEntry {
  readonly name: string
  readonly dtype: Tensor['dtype']
  readonly shape: readonly number[]
  /** Inputs may be left out of a trace that comes back; outputs may not. */
  readonly required: boolean
}

function entry(name: string, { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>, required: boolean): TraceEntry {
  return { name, dtype, shape, required }
}

/** Every tensor of a trace. Optimizer and layer states after a step may be left out. */
function traceEntries(plan: TrainingPlan, { steps, isOwnStart }: TraceExtent): TraceEntry[] {
  const { initial, model, arm } = plan
  const parameters = new Set(model.parameters.map(({ name }) => name))
  const carried = Object.entries(initial)
  return [
    ...carried.map(([name, value]) => entry(traceNames.initial(name), value, isOwnStart && parameters.has(name))),
    ...Array.from({ length: steps }, (_, step) => [
      ...Object.entries(traceInputs(plan, step)).map(([name, value]) =>
        entry(name, value, isOwnStart && name === traceNames.rows(step)),
      ),
      entry(traceNames.loss(step), { dtype: arm.precision, shape: [] }, true),
      ...model.parameters.map(({ name, shape }) =>
        entry(traceNames.gradient(step, name), { dtype: arm.precision, shape }, true),
      ),
      ...carried.map(([name, value]) => entry(traceNames.after(step, name), value, parameters.has(name))),
    ]).flat(),
  ]
}

const SHOWN = 10

/** Holds the tensors of a trace to the layout. @throws InputError listing what is missing, superfluous or misshapen. */
export function checkTraceTensors(plan: TrainingPlan, extent: TraceExtent, tensors: TensorMap): void {
  const there = Object.keys(tensors)
  // Each step has a loss at least: what metadata say is not laid out before it can be.
  if (extent.steps > there.length) {
    fail(`the metadata say ${extent.steps} steps, and there are ${there.length} tensors; write as many as there are`)
  }
  const entries = traceEntries(plan, extent)
  const known = new Set(entries.map(({ name }) => name))
  const problems = [
    ...entries.flatMap((wanted) => {
      const got = tensors[wanted.name]
      if (got === undefined)
        return wanted.required ? [`"${wanted.name}" is missing: expected ${formatType(wanted)}`] : []
      const fits = got.dtype === wanted.dtype && sameShape(got.shape, wanted.shape)
      return fits ? [] : [`"${wanted.name}": expected ${formatType(wanted)}, got ${formatType(got)}`]
    }),
    ...there.flatMap((name) => (known.has(name) ? [] : [`"${name}" is no tensor of this trace`])),
  ]
  if (problems.length === 0) return
  const more = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : ''
  fail(`the tensors are not those of the layout:\n  ${problems.slice(0, SHOWN).join('\n  ')}${more}`)
}
