/**
 * The scalars of a step: what its updates need and only the host knows, in float64. Rates and corrections of each
 * parameter group; where gradients are accumulated, the weight of the step's batch and whether it ends an update.
 */
import type { ArmSpec } from '../experiment/arm.js'
import type { ParameterGroup } from '../optimize/groups.js'
import type { OptimizerRecord, ProgramOptimizer } from '../optimize/optimizers/optimizer.js'
import type { LearningRates, Memory } from '../optimize/schedules/schedule.js'
import { tensor, type TensorMap } from '../tensor.js'
import { accumulates, type Accumulation } from './accumulation.js'
import { names } from './names.js'

/** The parts of a plan that its scalars follow from. */
export interface ScalarSource {
  readonly arm: ArmSpec
  readonly optimizer: OptimizerRecord
  readonly groups: readonly ParameterGroup[]
  /** Undefined where no schedule moves the learning rate. */
  readonly rates: Pick<LearningRates, 'at'> | undefined
  readonly accumulation: Accumulation
}

/** The numbers of an update, t = 1, 2, ..., of a group of settings. @param moves true where a schedule moves the rate. */
export function updateNumbers(
  record: ProgramOptimizer,
  settings: ParameterGroup['settings'],
  t: number,
  moves: boolean,
): Readonly<Record<string, number>> {
  const numbers = record.scalars(settings, t)
  return moves ? { ...numbers, ...record.rates?.(settings) } : numbers
}

/** The learning rate of an update, counted from 0, by group; undefined where no schedule moves it. */
export function scheduledRate(
  { rates }: Pick<ScalarSource, 'rates'>,
  { settings }: ParameterGroup,
  update: number,
  memory: Memory | undefined,
): number | undefined {
  return rates?.at(update, Number(settings['learningRate']), memory)
}

/** Groups that have one learning rate, with the labels of all of them; `all` where there is no other. */
function groupsByRate({ groups }: ScalarSource): [label: string, ParameterGroup][] {
  const trained = groups.filter(({ frozen, settings }) => !frozen && settings['learningRate'] !== undefined)
  const rates = [...new Set(trained.map(({ settings }) => settings['learningRate']))]
  return rates.flatMap((rate): [string, ParameterGroup][] => {
    const alike = trained.filter(({ settings }) => settings['learningRate'] === rate)
    const labels = new Set(alike.flatMap(({ label }) => label.split(', ')))
    return alike.slice(0, 1).map((first) => [rates.length === 1 ? 'all' : [...labels].join(', '), first])
  })
}

/**
 * The learning rates of steps by the groups that have them; undefined where there is one, and it never changes.
 * @param first counted from 0.
 */
export function learningRates(
  source: ScalarSource,
  first: number,
  count: number,
  memory?: Memory,
): Readonly<Record<string, number[]>> | undefined {
  const groups = groupsByRate(source)
  if (source.rates === undefined && groups.length < 2) return undefined
  const rateAt = (group: ParameterGroup, step: number): number => {
    const scheduled = scheduledRate(source, group, source.accumulation.updateOf(step), memory)
    return scheduled ?? Number(group.settings['learningRate'])
  }
  return Object.fromEntries(
    groups.map(([label, group]) => [label, Array.from({ length: count }, (_, i) => rateAt(group, first + i))]),
  )
}

/** Numbers by name, one for each step. */
type Columns = Readonly<Record<string, Float64Array>>

/** The update that each of some steps belongs to. */
function updatesOf({ accumulation }: ScalarSource, first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => accumulation.updateOf(first + i))
}

function groupColumns(
  source: ScalarSource,
  group: ParameterGroup,
  updates: readonly number[],
  memory?: Memory,
): Columns {
  const record = source.optimizer as ProgramOptimizer
  const moves = source.rates !== undefined
  const keys = Object.keys(updateNumbers(record, group.settings, 1, moves))
  const columns = keys.map(() => new Float64Array(updates.length))
  for (const [i, update] of updates.entries()) {
    const learningRate = scheduledRate(source, group, update, memory)
    const settings = learningRate === undefined ? group.settings : { ...group.settings, learningRate }
    const numbers = updateNumbers(record, settings, update + 1, moves)
    for (const [k, column] of columns.entries()) column[i] = Number(numbers[keys[k] as string])
  }
  return Object.fromEntries(keys.map((key, k) => [names.scalar(group.prefix + key), columns[k] as Float64Array]))
}

function accumulationColumns({ arm, accumulation }: ScalarSource, first: number, count: number): Columns {
  if (!accumulates(arm)) return {}
  const column = (of: (step: number) => number) => new Float64Array(count).map((_, i) => of(first + i))
  return {
    [names.share]: column((step) => accumulation.shareOf(step)),
    [names.isUpdate]: column((step) => (accumulation.isUpdate(step) ? 1 : 0)),
  }
}

/** The scalars of steps `first` .. `first + count - 1`, counted from 0, stacked for a scan. */
export function stepScalars(source: ScalarSource, first: number, count: number, memory?: Memory): TensorMap {
  if (source.optimizer.runs === 'host') return {}
  const updates = updatesOf(source, first, count)
  const trained = source.groups.filter(({ frozen }) => !frozen)
  const columns = trained.map((group) => groupColumns(source, group, updates, memory))
  const all: Columns = Object.assign({}, ...columns, accumulationColumns(source, first, count))
  const { precision } = source.arm
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, tensor(precision, [count], values)]))
}
