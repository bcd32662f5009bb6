/**
 * The plan of a training: everything that follows from an arm and a data set, and nothing of any backend. Programs by role,
 * the carry they begin with, the rows, masks and scalars of every step. A run is a plan and a backend, a check a plan and
 * several, a trace a plan and a file, a bench a plan and a clock.
 */
import { type BatchPlan, batchRows, epochOrder, planBatches, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import { checkDataset } from '../data/check-dataset.js'
import { type Dataset, limitDataset } from '../data/dataset.js'
import { FieldError, InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/arm.js'
import type { Program } from '../ir/program.js'
import { recomputed } from '../ir/recompute.js'
import { passes } from './stages.js'
import { givenTensors, type StoredWeights } from '../model/initial-weights.js'
import type { Model } from '../model/model.js'
import { groupParameters, type ParameterGroup } from '../optimize/groups.js'
import { optimizerOf, type OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import { LearningRates } from '../optimize/schedules/schedule.js'
import type { Registry } from '../registry/registry.js'
import type { Spec } from '../registry/settings.js'
import { fitOutput, modelFor } from '../task/fit-model.js'
import { metricFacts, type MetricFacts, type Task, taskOf } from '../task/task.js'
import { type Tensor, tensor, type TensorMap } from '../tensor.js'
import { Accumulation } from './accumulation.js'
import { averageShares, evaluatedCarry, initialAverages } from './averages.js'
import { bestBy, type ControlRule, controlRules, type ControlState, initialControl, type Monitor } from './control.js'
import { initialCarry, modelCarry, stepMasks } from './inputs.js'
import { judgingMetrics } from './observations.js'
import type { ProgramSource } from './passes.js'
import { lowerEvaluation, lowerGradients, lowerInference, lowerProbe, lowerTraining, lowerUnits } from './programs.js'
import { learningRates, type ScalarSource, stepScalars } from './scalars.js'
import { looksOf } from './looks/index.js'
import { batchInputs, stepsAtOnce } from './streaming.js'
import { checkTokens } from './tokens.js'
import { type PlanTable, type TableName, tablesOf } from './tables.js'

/**
 * The role of a program: the training step, its gradients alone, what a probe looks at, the step with its gradients as
 * outputs, the units of activation layers, predictions of samples, or the evaluation of a table.
 */
export type Role = 'train' | 'gradients' | 'probe' | 'observed' | 'units' | 'predict' | `evaluate:${TableName}`

/** Steps that are scanned at once, the first counted from 0 over the whole training: batches of one size and epoch. */
export interface Stretch {
  readonly first: number
  readonly count: number
  /** The control state by then; that before the first epoch unless given. */
  readonly control?: ControlState
}

/** The parts that a plan is made from. */
export interface PlanOptions {
  readonly armName: string
  readonly arm: ArmSpec
  readonly dataset: Dataset
  readonly registry: Registry
  /** The tensors of the file that an arm with initial weights names. */
  readonly weights?: StoredWeights | undefined
}

/** The plan of one arm on one data set. */
export class TrainingPlan implements ProgramSource, ScalarSource {
  readonly armName: string
  readonly arm: ArmSpec
  readonly registry: Registry
  /** As the arm limits it. */
  readonly dataset: Dataset
  readonly task: Task
  readonly model: Model
  readonly optimizer: OptimizerRecord
  readonly tables: Readonly<Record<TableName, PlanTable>>
  readonly batches: BatchPlan
  readonly groups: readonly ParameterGroup[]
  readonly accumulation: Accumulation
  readonly rates: LearningRates | undefined
  /** The rules that look at results. */
  readonly rules: readonly ControlRule[]
  /** The figure by which the best epoch is chosen; undefined where the last counts. */
  readonly bestBy: Monitor | undefined
  readonly weights: StoredWeights | undefined
  readonly #given: TensorMap
  readonly #programs = new Map<Role, Program>()
  #order: { readonly epoch: number; readonly rows: Int32Array } | undefined

  /** @throws InputError when task, model or optimizer do not fit the data, or not even one batch can be made. */
  constructor({ armName, arm, dataset, registry, weights }: PlanOptions) {
    this.armName = armName
    this.arm = arm
    this.registry = registry
    checkDataset(dataset)
    this.dataset = limitDataset(dataset, arm.data)
    const task = taskOf(arm, this.dataset, registry, arm.judgedBy)
    this.model = modelFor(arm, task, registry)
    for (const look of looksOf(arm.probes)) look.check?.(this.model)
    this.task = fitOutput(task, this.model.outputShapes)
    this.optimizer = optimizerOf(registry.optimizers, arm.optimizer)
    checkConstraints(this)
    this.tables = tablesOf(arm, this.dataset, this.task)
    checkTokens(this.model, this.tables)
    this.batches = planBatches(arm, this.table('train').rows.length)
    this.groups = groupParameters(this.model, arm.optimizer, arm.groups)
    this.accumulation = new Accumulation(this.batches, arm.accumulate)
    this.rates = arm.schedule && new LearningRates(registry.schedules, arm.schedule, this.#length)
    this.rules = controlRules(this)
    this.bestBy = bestBy(this)
    this.weights = weights
    this.#given = givenTensors(arm, this.model, weights)
  }

  get #length() {
    return { updatesPerEpoch: this.accumulation.updatesPerEpoch, epochs: this.arm.epochs }
  }

  /** A table by name. @throws InputError naming those there are. */
  table(name: TableName): PlanTable {
    const table = Object.hasOwn(this.tables, name) ? this.tables[name] : undefined
    if (table !== undefined) return table
    throw new InputError('core', `tables: expected one of ${Object.keys(this.tables).join(', ')}, got "${name}"`)
  }

  /** The table whose figures are the arm's: `test`, or `train` where nothing is held out. */
  get judgedOn(): TableName {
    return Object.hasOwn(this.tables, 'test') ? 'test' : 'train'
  }

  /** Tables that are evaluated once, at the end, beside the others. */
  get otherTables(): readonly TableName[] {
    return Object.keys(this.tables).filter((name) => !['train', 'validation', 'test'].includes(name))
  }

  /** True when the backend updates the parameters; some optimizers do so on the host. */
  get updatesInProgram(): boolean {
    return this.optimizer.runs === 'program'
  }

  /** The program that a step of training scans. */
  get stepRole(): Role {
    return this.updatesInProgram ? 'train' : 'gradients'
  }

  /** The whole carry before the first step. */
  get initial(): TensorMap {
    const carry = { ...initialCarry(this), ...this.#given }
    return { ...carry, ...initialAverages(this, carry) }
  }

  /** The carry that the program of a step starts from. */
  get stepCarry(): TensorMap {
    return this.carryFor(this.stepRole, this.initial)
  }

  /** The same plan with another seed. */
  withSeed(seed: number): TrainingPlan {
    const { armName, dataset, registry, weights } = this
    return new TrainingPlan({ armName, arm: { ...this.arm, seed }, dataset, registry, weights })
  }

  /** The part of a carry that a role's program takes. */
  carryFor(role: Role, carry: TensorMap): TensorMap {
    if (role === 'probe') return {}
    const isTraining = role === 'train' || role === 'observed'
    const isWhole = isTraining && this.updatesInProgram
    if (isWhole) return carry
    return isTraining || role === 'gradients' ? modelCarry(this.model, carry) : evaluatedCarry(this, carry)
  }

  /** Steps of an epoch, and of the whole training. */
  get perEpoch(): number {
    return stepsPerEpoch(this.batches)
  }
  get steps(): number {
    return this.perEpoch * this.arm.epochs
  }

  /** The first step whose batch is not whole; undefined when all are. */
  get partialStep(): number | undefined {
    return this.perEpoch > wholeBatches(this.batches) ? this.perEpoch - 1 : undefined
  }

  /** The program of a role, lowered at the first call. */
  program(role: Role): Program {
    if (role === 'observed' && !this.updatesInProgram) return this.program('gradients')
    const known = this.#programs.get(role)
    if (known !== undefined) return known
    const lowered = this.#lower(role)
    const program = this.arm.recompute === true ? recomputed(lowered, passes) : lowered
    this.#programs.set(role, program)
    return program
  }

  #lower(role: Role): Program {
    const train = this.table('train')
    switch (role) {
      case 'train':
        return lowerTraining(this, train)
      case 'gradients':
        return lowerGradients(this, train)
      case 'probe':
        return lowerProbe(this, train)
      case 'observed':
        return lowerTraining(this, train, true)
      case 'units':
        return lowerUnits(this, this.table(this.judgedOn))
      case 'predict':
        return lowerInference(this)
      default:
        return lowerEvaluation(this, this.table(evaluatedTable(role)))
    }
  }

  /** The columns that a role's program is bound to. */
  constants(role: Role): TensorMap {
    return role === 'predict' ? {} : this.tableOf(role).constants
  }

  /** The table that a role's program takes its samples from. */
  tableOf(role: Exclude<Role, 'predict'>): PlanTable {
    if (role === 'units') return this.table(this.judgedOn)
    return this.table(role.startsWith('evaluate:') ? evaluatedTable(role) : 'train')
  }

  /** Steps from `step` on that may be scanned at once, at most so many: never across an epoch or a batch size. */
  stretch(step: number, most: number): Stretch {
    const inEpoch = step % this.perEpoch
    const whole = wholeBatches(this.batches)
    const stop = inEpoch < whole ? whole : this.perEpoch
    const atOnce = stepsAtOnce(this.table('train'), this.arm.batchSize)
    return { first: step, count: Math.min(most, stop - inEpoch, atOnce) }
  }

  /** Row numbers of the steps of a stretch, [count, batch]. */
  rows({ first, count }: Stretch): Tensor {
    return batchRows(this.#orderOf(Math.floor(first / this.perEpoch)), this.batches, first % this.perEpoch, count)
  }

  #orderOf(epoch: number): Int32Array {
    if (this.#order?.epoch !== epoch) {
      const { rows } = this.table('train')
      const positions = epochOrder(this.arm.seed, epoch, rows.length)
      this.#order = { epoch, rows: positions.map((position) => rows[position] as number) }
    }
    return this.#order.rows
  }

  /**
   * The inputs of a role's program in the steps of a stretch: rows, masks, the optimizer's scalars.
   * @param held the carry that a probe is given like a batch; of one step.
   */
  xs(role: Role, stretch: Stretch, held: TensorMap = {}): TensorMap {
    const rows = this.rows(stretch)
    const { first, count, control = this.initialControl } = stretch
    const masks = stepMasks(this.arm.seed, this.model.masks, { first, count, batch: Number(rows.shape[1]) })
    const scalars = role === 'gradients' ? {} : stepScalars(this, first, count, control.schedule)
    const shares = role === 'train' || role === 'observed' ? averageShares(this, first, count) : {}
    // Averages are no input of a probe.
    const inputs = new Set(this.program(role).inputs.xs.map(({ name }) => name))
    const given = Object.entries(held).filter(([name]) => inputs.has(name))
    const single = given.map(([name, one]) => [name, { ...one, shape: [1, ...one.shape] }])
    return { ...batchInputs(this.table('train'), rows), ...masks, ...scalars, ...shares, ...Object.fromEntries(single) }
  }

  /** The control state before the first epoch. */
  get initialControl(): ControlState {
    return initialControl(this.rules)
  }

  /** The settings of an optimizer on the host in a step. */
  hostSettings({ first, control = this.initialControl }: Stretch): Spec {
    const { optimizer } = this.arm
    if (this.rates === undefined) return optimizer
    return { ...optimizer, learningRate: this.rates.at(first, Number(optimizer['learningRate']), control.schedule) }
  }

  /** The learning rate of each step of a stretch by parameter group; undefined where it is the same in all. */
  learningRates({
    first,
    count,
    control = this.initialControl,
  }: Stretch): Readonly<Record<string, number[]>> | undefined {
    return learningRates(this, first, count, control.schedule)
  }

  /** Samples of each batch of a stretch. */
  batchOf(stretch: Stretch): number {
    return Number(this.rows(stretch).shape[1])
  }

  /** The first rows of a table, as one step of its evaluation. */
  evaluationInputs(table: TableName, most: number): TensorMap {
    const rows = this.table(table).rows.slice(0, most)
    return batchInputs(this.table(table), tensor('int32', [1, rows.length], rows))
  }
}

/** Label, format and direction of what a plan is judged by. */
export function judgingFacts({ task }: TrainingPlan): MetricFacts {
  const [metric] = judgingMetrics(task)
  return metric === undefined ? { label: 'loss', format: 'number', better: 'smaller' } : metricFacts(metric)
}

/** @throws FieldError for constraints where no program updates. */
function checkConstraints({ model, optimizer, arm }: TrainingPlan): void {
  const held = model.parameters.find(({ constraint }) => constraint !== undefined)
  if (held === undefined || optimizer.runs === 'program') return
  const problem = `expected none: the optimizer "${arm.optimizer.type}" updates on the host, got one on "${held.name}"`
  throw new FieldError('constraint', problem)
}

function evaluatedTable(role: Role): TableName {
  return role.slice('evaluate:'.length)
}
