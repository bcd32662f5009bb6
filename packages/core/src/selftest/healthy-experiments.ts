/**
 * Experiments that nobody has chosen, each from a seed: any layers, optimizer, loss, data and settings that the tables of a
 * registry hold, small and large, usual and extreme, but all of them legal. Trained on backends that are healthy, not one
 * of them may be blamed. What is drawn and turns out to contradict itself is drawn again.
 */
import { seenShape } from '../data/field.js'
import { stepsPerEpoch } from '../data/batching.js'
import type { Dataset } from '../data/dataset.js'
import { InputError, internalError } from '../errors.js'
import { parseExperiment } from '../experiment/experiment.js'
import { armSchema } from '../experiment/schema.js'
import { inside, type Shape } from '../experiment/schema-inside.js'
import { optimizerOf } from '../optimize/optimizers/optimizer.js'
import { planFor } from '../plan/plan-for.js'
import type { TrainingPlan } from '../plan/plan.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import type { TableMark } from '../registry/settings.js'
import { elementCount, totalElements } from '../tensor.js'
import { Draw } from './draw.js'
import { drawData, type DrawnData } from './draw-data.js'
import { drawHidden } from './draw-layers.js'
import { drawSpec, drawValue, type SettingsContext } from './draw-settings.js'

/** A generated experiment. */
export interface HealthyExperiment {
  readonly seed: number
  /** The experiment as a file has it. */
  readonly document: Readonly<Record<string, unknown>>
  /** Its only arm on its data. */
  readonly plan: TrainingPlan
}

type Spec = Readonly<Record<string, unknown>>

const MOST_ATTEMPTS = 1000

/** Steps that are trained freely at most. */
const MOST_STEPS = 50

/** Products that a training may cost: few most often. */
const BUDGETS = [5e6, 5e6, 5e6, 1e7, 1e7, 2e7, 4e7, 2e8] as const

/** Products for which a weight counts whose update is checked, operation by operation, against float64. */
const CHECKED_UPDATE = 300

/** Products for which an output of a layer counts: a dozen elementwise operations each, forward and back, of which one takes as long as several products. */
const ELEMENTWISE = 30

/** The number of times that an optimizer which searches on the host computes gradients in a step. */
const SEARCHES = 20

/** Fields of an experiment that are drawn from their schema alone, mostly left out. */
const OPTIONAL_FIELDS = ['regularizer', 'constraint', 'clipping', 'averaging', 'accumulate', 'schedule'] as const

/** The parts that draws of an experiment share. */
interface Context extends SettingsContext {
  readonly registry: Registry
  readonly fields: Shape
  /** The largest size: depth, width, batches. */
  readonly most: { readonly depth: number; readonly width: number; readonly batch: number }
}

function sizeOf(draw: Draw): Context['most'] {
  return draw.pick([
    { depth: 4, width: 32, batch: 32 },
    { depth: 8, width: 64, batch: 64 },
    { depth: 4, width: 32, batch: 4096 },
    { depth: 60, width: 16, batch: 16 },
    { depth: 3, width: 1024, batch: 16 },
  ])
}

/** The table behind a field, which may be a list of its specs. @throws RangeError for a field of another kind. */
function tableOf(fields: Shape, name: string): TableMark {
  const found = inside(fields[name])
  const one = found.kind === 'list' ? inside(found.element) : found
  if (one.kind === 'table') return one.mark
  throw new RangeError(`the field ${name} is of no table`)
}

function featuresOf({ fields }: Dataset, left: readonly (string | undefined)[]): number {
  const inputs = Object.entries(fields).filter(([name]) => !left.includes(name))
  return inputs.reduce((sum, [, field]) => sum + elementCount(seenShape(field)), 0)
}

/** A task that suits the data, and the numbers that the model must give for it. */
function drawTask({ draw, registry }: Context, { dataset, targetType, weights }: DrawnData) {
  const field = dataset.target === undefined ? undefined : dataset.fields[dataset.target]
  const suited = Object.entries(registry.tasks).flatMap(([type, record]) => {
    const isMeant = targetType === undefined || targetType === record.targetType
    const width = field === undefined ? undefined : record.width(field)
    if (record.targetType === 'none') return draw.chance(0.2) || field === undefined ? [{ type, record, width: 3 }] : []
    return isMeant && width !== undefined ? [{ type, record, width }] : []
  })
  if (suited.length === 0) throw new InputError('core', 'no task suits the data')
  const { type, record, width } = draw.pick(suited)
  return { spec: { type, ...(weights !== undefined && { weights }) }, targetType: record.targetType, width }
}

/** Names of a table's records that suit a target. */
function suiting(table: Registry['losses'] | Registry['metrics'], type: DrawnTask['targetType']): string[] {
  return Object.entries(table).flatMap(([name, { suits }]) => (suits.includes(type) ? [name] : []))
}

type DrawnTask = ReturnType<typeof drawTask>

/** Loss and metrics, often those of the task. */
function drawJudging(context: Context, { targetType }: DrawnTask): Spec {
  const { draw, registry, fields } = context
  const [losses, metrics] = [suiting(registry.losses, targetType), suiting(registry.metrics, targetType)]
  const loss =
    draw.chance(0.7) && losses.length > 0 ? drawSpec(tableOf(fields, 'loss'), context, draw.pick(losses)) : undefined
  const isMeasured = draw.chance(0.3) && metrics.length > 0
  const metric = isMeasured ? drawSpec(tableOf(fields, 'metrics'), context, draw.pick(metrics)) : undefined
  const isBalanced = targetType === 'category' && draw.chance(0.15)
  return {
    ...(loss && { loss }),
    ...(metric && { metrics: [metric] }),
    ...(isBalanced && { classWeights: 'balanced' }),
  }
}

function drawInitializers(context: Context): Spec {
  const { draw, fields } = context
  const found = inside(fields['initializers'])
  if (found.kind !== 'fields' || draw.chance(0.25)) return {}
  const weights = drawSpec(tableOf(found.shape, 'weights'), context)
  return {
    initializers: { weights, ...(draw.chance(0.4) && { biases: drawSpec(tableOf(found.shape, 'biases'), context) }) },
  }
}

function drawGroups({ draw }: Context): Spec {
  if (!draw.chance(0.1)) return {}
  const setting = draw.chance(0.4) ? { frozen: true } : { learningRate: draw.logBetween(1e-4, 0.1) }
  return { groups: [{ match: draw.pick(['*.bias', '*.weight', '*1*']), ...setting }] }
}

function drawOptional(context: Context): Spec {
  const given = OPTIONAL_FIELDS.filter(() => context.draw.chance(0.12))
  const entries = given.map((name): [string, unknown] => {
    const schema = (context.fields[name] as { def?: { innerType?: unknown } }).def?.innerType
    return [name, name === 'accumulate' ? context.draw.count(2, 4) : drawValue(schema, context)]
  })
  return { ...Object.fromEntries(entries), ...drawGroups(context) }
}

/** Samples, batches and epochs, with a last batch that is not whole more often than not. */
function drawLengths({ draw, most }: Context) {
  const batchSize = draw.count(1, most.batch)
  const whole = draw.count(1, 6)
  const rest = draw.chance(0.6) ? draw.below(batchSize) : 0
  const train = Math.max(1, (whole - (rest > 0 && draw.chance(0.5) ? 1 : 0)) * batchSize + rest)
  const epochs = Math.ceil(draw.count(1, 60) / Math.ceil(train / batchSize))
  return { train, test: draw.count(1, 100), batchSize, epochs }
}

async function drawDocument(
  seed: number,
  context: Context,
): Promise<{ readonly document: Spec; readonly dataset: Dataset }> {
  const { draw, registry, fields } = context
  const { batchSize, epochs, ...size } = drawLengths(context)
  const data = await drawData(registry, context, size)
  const task = drawTask(context, data)
  const features = featuresOf(data.dataset, [data.dataset.target, data.weights])
  const layers = [
    { type: 'flatten' },
    ...drawHidden({ ...context, ...(data.tokens && { tokens: data.tokens }) }, features),
    { type: 'dense', units: task.width },
  ]
  const document = {
    name: `selftest-${seed}`,
    data: data.spec,
    task: task.spec,
    model: { layers },
    activation: drawSpec(tableOf(fields, 'activation'), context),
    ...drawInitializers(context),
    ...drawJudging(context, task),
    optimizer: drawSpec(tableOf(fields, 'optimizer'), context),
    ...drawOptional(context),
    batchSize,
    epochs,
    lastBatch: draw.chance(0.85) ? 'keep' : 'drop',
    seed: draw.below(1000),
    precision: draw.chance(0.2) ? 'float64' : 'float32',
    probes: { every: draw.count(1, 5) },
  }
  return { document, dataset: data.dataset }
}

/** About how many products a training costs. */
function costOf({ arm, batches, model, registry }: TrainingPlan): number {
  const weights = totalElements(model.parameters)
  const steps = Math.min(MOST_STEPS, arm.epochs * stepsPerEpoch(batches))
  const searches = optimizerOf(registry.optimizers, arm.optimizer).runs === 'host' ? SEARCHES : 1
  const nodes = 2000 * model.allLayers.length
  const outputs = model.allLayers.reduce((sum, { outputShape }) => sum + elementCount(outputShape), 0)
  const products = Math.min(batches.batchSize, batches.samples) * (weights + ELEMENTWISE * outputs) + nodes
  return products * steps * searches + CHECKED_UPDATE * weights
}

/** The plan of a document; undefined where even one epoch of it would cost more than the budget. */
function planOf(document: Spec, dataset: Dataset, registry: Registry, budget: number): HealthyPlan | undefined {
  const arm = parseExperiment(document, { registry }).arms['default']
  if (arm === undefined) throw internalError('a generated experiment has no arm')
  const plan = planFor({ armName: 'default', arm, dataset, registry })
  // Some initializers tell only when they fill a tensor that it is not one of theirs.
  void plan.initial
  const share = budget / costOf(plan)
  if (share >= 1) return { document, plan }
  const epochs = Math.floor(arm.epochs * share)
  return epochs < 1 ? undefined : planOf({ ...document, epochs }, dataset, registry, Number.POSITIVE_INFINITY)
}

type HealthyPlan = Omit<HealthyExperiment, 'seed'>

async function attemptAt(seed: number, attempt: number, registry: Registry): Promise<HealthyExperiment | undefined> {
  const draw = new Draw(seed, attempt)
  const fields = armSchema(registry).arm.def.shape as Shape
  const budget = new Draw(seed, MOST_ATTEMPTS).pick(BUDGETS)
  const context = { draw, registry, fields, width: 1, wildness: draw.pick([0, 0, 0.3, 1]), most: sizeOf(draw) }
  const { document, dataset } = await drawDocument(seed, context)
  const found = planOf(document, dataset, registry, budget)
  return found && { seed, ...found }
}

/**
 * The experiment of a seed, always the same.
 * @param seed a non-negative safe integer.
 * @throws RangeError where nothing that is drawn from it is legal.
 */
export async function healthyExperiment(seed: number, registry: Registry = builtins): Promise<HealthyExperiment> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- an attempt follows the one before
      const found = await attemptAt(seed, attempt, registry)
      if (found !== undefined) return found
    } catch (error) {
      if (!(error instanceof InputError)) throw error
    }
  }
  throw new RangeError(`selftest: no legal experiment in ${MOST_ATTEMPTS} draws from seed ${seed}`)
}
