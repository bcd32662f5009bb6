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
  readonly rates: LearningRates | undefined
  readonly accumulation: Accumulation
}

/** The numbers of an update, t = 1, 2, ..., of a group of settings. @param moves true where a schedule moves the rate. */
export function updateNumbers(
  record: ProgramOptimizer,
  settings: ParameterGroup['settings'],
  t: number,
  moves: boolean,
): Readonly<Record<string, number>> {
  return { ...record.scalars(settings, t), ...(moves ? record.rates?.(settings) : {}) }
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

/**
 * The learning rates of steps by the label of their group; undefined where there is one, and it never changes.
 * @param first counted from 0.
 */
export function learningRates(
  source: ScalarSource,
  first: number,
  count: number,
  memory?: Memory,
): Readonly<Record<string, number[]>> | undefined {
  const groups = source.groups.filter(({ frozen, settings }) => !frozen && settings['learningRate'] !== undefined)
  const given = new Set(groups.map(({ settings }) => settings['learningRate']))
  if (source.rates === undefined && given.size < 2) return undefined
  const rateAt = (group: ParameterGroup, step: number): number => {
    const scheduled = scheduledRate(source, group, source.accumulation.updateOf(step), memory)
    return scheduled ?? Number(group.settings['learningRate'])
  }
  return Object.fromEntries(
    groups.map((group) => [group.label, Array.from({ length: count }, (_, i) => rateAt(group, first + i))]),
  )
}

function numbersOfStep(source: ScalarSource, record: ProgramOptimizer, step: number, memory: Memory | undefined) {
  const { groups, rates, accumulation } = source
  const update = accumulation.updateOf(step)
  const ofGroups = groups
    .filter(({ frozen }) => !frozen)
    .flatMap((group) => {
      const learningRate = scheduledRate(source, group, update, memory)
      const settings = learningRate === undefined ? group.settings : { ...group.settings, learningRate }
      const numbers = updateNumbers(record, settings, update + 1, rates !== undefined)
      return Object.entries(numbers).map(([name, value]) => [names.scalar(group.prefix + name), value] as const)
    })
  if (!accumulates(source.arm)) return ofGroups
  const isUpdate = accumulation.isUpdate(step) ? 1 : 0
  return [...ofGroups, [names.share, accumulation.shareOf(step)] as const, [names.isUpdate, isUpdate] as const]
}

/** The scalars of steps `first` .. `first + count - 1`, counted from 0, stacked for a scan. */
export function stepScalars(source: ScalarSource, first: number, count: number, memory?: Memory): TensorMap {
  const { optimizer, arm } = source
  if (optimizer.runs === 'host') return {}
  const columns = new Map<string, number[]>()
  for (let step = first; step < first + count; step++) {
    for (const [name, value] of numbersOfStep(source, optimizer, step, memory)) {
      const column = columns.get(name)
      if (column === undefined) columns.set(name, [value])
      else column.push(value)
    }
  }
  return Object.fromEntries([...columns].map(([name, values]) => [name, tensor(arm.precision, [count], values)]))
}
