/**
 * Control by results: rules that look at an epoch's figures and remember a few numbers, such as early stopping or a
 * schedule that waits for a plateau. What they remember is the control state, which checkpoints keep.
 */
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/arm.js'
import { didYouMean } from '../nearest.js'
import type { LearningRates, Memory } from '../optimize/schedules/schedule.js'
import type { Measured } from '../task/metrics/metric.js'
import { metricsOf, type Task } from '../task/task.js'
import type { TableName } from './tables.js'

/** Names of the rules. */
export type RuleName = 'schedule' | 'earlyStopping'

/** The memory of each rule of a training; empty where none looks at results. */
export type ControlState = { readonly [K in RuleName]?: Memory }

/** The figures of an epoch. */
export interface EpochFigures {
  readonly trainLoss: number
  readonly evaluations: Readonly<
    Record<TableName, { readonly loss: number; readonly metrics: Readonly<Record<string, Measured>> }>
  >
}

/** A figure of epochs that a rule looks at. */
export interface Monitor {
  /** `TABLE/KEY`. */
  readonly name: string
  readonly better: 'larger' | 'smaller'
  readonly valueOf: (figures: EpochFigures) => number
}

/** A rule that learns from the figures of epochs. */
export interface ControlRule {
  readonly name: RuleName
  readonly initial: Memory
  readonly learn: (memory: Memory, figures: EpochFigures) => Memory
  /** True when the training is over by it. */
  readonly stops: (memory: Memory) => boolean
}

/** True when one value of a figure is better than another; NaN is never better. */
export function isBetter({ better }: Pick<Monitor, 'better'>, value: number, than: number | undefined): boolean {
  if (than === undefined) return !Number.isNaN(value)
  return better === 'larger' ? value > than : value < than
}

/** The parts of a plan that its rules follow from. */
export interface ControlSource {
  readonly arm: ArmSpec
  readonly task: Task
  readonly judgedOn: TableName
  readonly tables: Readonly<Record<TableName, unknown>>
  readonly rates: LearningRates | undefined
}

function monitorOf(task: Task, table: TableName, key: string): Monitor {
  const metric = metricsOf(task).find((one) => one.key === key)
  return {
    name: `${table}/${key}`,
    better: metric?.record.better ?? 'smaller',
    valueOf: ({ evaluations, trainLoss }) => {
      const figures = evaluations[table]
      if (metric !== undefined) return Number(figures?.metrics[key]?.value)
      return figures === undefined ? trainLoss : figures.loss
    },
  }
}

/** Every figure that can be monitored, the usual one first: the loss of held-back samples, or else of training. */
function monitorsOf({ task, judgedOn, tables }: ControlSource): Monitor[] {
  const evaluated = [...(Object.hasOwn(tables, 'validation') ? ['validation'] : []), judgedOn]
  const keys = ['loss', ...metricsOf(task).map(({ key }) => key)]
  const all = evaluated.flatMap((table) => keys.map((key) => monitorOf(task, table, key)))
  const training = monitorOf(task, 'train', 'loss')
  return evaluated[0] === 'validation' ? [...all, training] : [training, ...all]
}

/** The figure that a rule names. @throws InputError naming the nearest. */
function namedMonitor(source: ControlSource, name: string | undefined, path: string): Monitor {
  const monitors = monitorsOf(source)
  const found = name === undefined ? monitors[0] : monitors.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = [...new Set(monitors.map((one) => one.name))]
  const expected = `expected a figure of an epoch, got "${name}"${didYouMean(String(name), names)}`
  throw new InputError('core', `${path}: ${expected} There are: ${names.join(', ')}`)
}

function scheduleRules(source: ControlSource): ControlRule[] {
  const { rates, arm } = source
  const initial = rates?.initialMemory
  if (rates === undefined || initial === undefined) return []
  const { better, valueOf } = namedMonitor(source, arm.schedule?.monitor, 'schedule.monitor')
  const learn: ControlRule['learn'] = (memory, figures) => rates.learn(memory, valueOf(figures), better)
  return [{ name: 'schedule', initial, learn, stops: () => false }]
}

/** Stops when `patience` epochs in a row brought nothing better by more than `minChange`, as Keras's EarlyStopping. */
function earlyStoppingRules(source: ControlSource): ControlRule[] {
  const { earlyStopping } = source.arm
  if (earlyStopping === undefined) return []
  const { patience, minChange } = earlyStopping
  const { better, valueOf } = namedMonitor(source, earlyStopping.monitor, 'earlyStopping.monitor')
  const sign = better === 'larger' ? 1 : -1
  const learn: ControlRule['learn'] = (memory, figures) => {
    const [best, value] = [Number(memory['best']), valueOf(figures)]
    const isNew = Number.isNaN(best) ? !Number.isNaN(value) : sign * value > sign * best + minChange
    return isNew ? { best: value, bad: 0 } : { best, bad: Number(memory['bad']) + 1 }
  }
  const initial = { best: Number.NaN, bad: 0 }
  return [{ name: 'earlyStopping', initial, learn, stops: ({ bad }) => Number(bad) >= patience }]
}

/** The rules of a training. @throws InputError where one names a figure that is not there. */
export function controlRules(source: ControlSource): readonly ControlRule[] {
  return [...scheduleRules(source), ...earlyStoppingRules(source)]
}

/** The memory of the rules before the first epoch. */
export function initialControl(rules: readonly ControlRule[]): ControlState {
  return Object.fromEntries(rules.map(({ name, initial }) => [name, initial]))
}

/** The memory of the rules after an epoch. */
export function learnControl(rules: readonly ControlRule[], state: ControlState, figures: EpochFigures): ControlState {
  return Object.fromEntries(rules.map(({ name, initial, learn }) => [name, learn(state[name] ?? initial, figures)]))
}

/** True when a rule ends the training. */
export function stopsBy(rules: readonly ControlRule[], state: ControlState): boolean {
  return rules.some(({ name, initial, stops }) => stops(state[name] ?? initial))
}

/**
 * The figure by which the best epoch is chosen: that of early stopping where it restores the best, or else what judges, on
 * held-back samples; undefined where the last epoch counts.
 * @throws InputError where the best is to be kept and nothing tells it.
 */
export function bestBy(source: ControlSource): Monitor | undefined {
  const { arm, task, tables } = source
  if (arm.keep === 'last') return undefined
  if (arm.earlyStopping?.restoreBest === true) {
    return namedMonitor(source, arm.earlyStopping.monitor, 'earlyStopping.monitor')
  }
  if (Object.hasOwn(tables, 'validation')) return monitorOf(task, 'validation', task.judgedBy ?? 'loss')
  if (arm.keep === undefined) return undefined
  const cure = '"data.validation", a fraction to hold back, or "earlyStopping" with "restoreBest: true"'
  throw new InputError('core', `keep: expected ${cure}, which tell the best epoch, got "${arm.keep}" without them`)
}
