/**
 * The average of an arm's weights in its carry and its programs: training reads the parameters, evaluation and all that is
 * kept of a run read their average where there is one. States of layers are those of the last step.
 */
import type { ArmSpec } from '../experiment/arm.js'
import type { Builder, Value } from '../ir/builder.js'
import { movedByScalar } from '../ir/moving-average.js'
import { averagingOf, largestShare, shareAt } from '../optimize/averaging.js'
import { type Tensor, tensor, type TensorMap } from '../tensor.js'
import type { Accumulation } from './accumulation.js'
import { modelCarry } from './inputs.js'
import { names } from './names.js'
import type { ProgramSource, Values } from './passes.js'

type Source = Pick<ProgramSource, 'arm' | 'optimizer' | 'model'>

/** True where programs average; an optimizer may do it by itself. */
function averages({ averaging }: ArmSpec): boolean {
  return averaging !== undefined && averagingOf(averaging).share !== undefined
}

/** Name of the average of a parameter in the carry; undefined where there is none. */
function averageOf({ arm, optimizer }: Source, parameter: string): string | undefined {
  if (averages(arm)) return names.average(parameter)
  if (arm.averaging === undefined || optimizer.runs === 'host' || optimizer.average === undefined) return undefined
  return names.state(parameter, optimizer.average)
}

/** The averages of a carry, each under the name that `name` makes of its own and its parameter's. */
function averagesIn(source: Source, carry: TensorMap, name: (average: string, parameter: string) => string): TensorMap {
  const found = source.model.parameters.flatMap((parameter): [string, Tensor][] => {
    const average = averageOf(source, parameter.name)
    const value = average === undefined ? undefined : carry[average]
    return average === undefined || value === undefined ? [] : [[name(average, parameter.name), value]]
  })
  return Object.fromEntries(found)
}

/** The averages before the first step: the parameters. An optimizer keeps none of those that are frozen. */
export function initialAverages(source: Source, carry: TensorMap): TensorMap {
  const isKept = (name: string | undefined): boolean => name !== undefined && (averages(source.arm) || name in carry)
  const entries = source.model.parameters.map(({ name }) => [averageOf(source, name), carry[name]] as const)
  return Object.fromEntries(entries.filter(([name]) => isKept(name))) as TensorMap
}

/** The part of a carry that evaluation takes: averages where there are some, or else parameters; and layer states. */
export function evaluatedCarry(source: Source, carry: TensorMap): TensorMap {
  return { ...modelCarry(source.model, carry), ...averagesIn(source, carry, (_, parameter) => parameter) }
}

/** The part of a carry that is kept of an epoch: parameters and layer states, and averages beside them. */
export function keptCarry(source: Source, carry: TensorMap): TensorMap {
  return { ...modelCarry(source.model, carry), ...averagesIn(source, carry, (average) => average) }
}

/** The tensors of a finished training: what is evaluated, and the parameters themselves where that is their average. */
export function finalTensors(source: Source, kept: TensorMap): { chosen: TensorMap; trained?: TensorMap } {
  const chosen = evaluatedCarry(source, kept)
  return source.arm.averaging === undefined ? { chosen } : { chosen, trained: modelCarry(source.model, kept) }
}

/** Emits the averages after a step, from the parameters as its update leaves them. */
export function averageAll(b: Builder, { arm, model }: Pick<ProgramSource, 'arm' | 'model'>, updated: Values): Values {
  if (arm.averaging === undefined || !averages(arm)) return {}
  const isLarge = largestShare(arm.averaging) > 0.5
  const share = b.xs(names.averageShare, { dtype: arm.precision, shape: [] })
  const entries = model.parameters.flatMap(({ name }): [string, Value][] => {
    const parameter = updated[name]
    if (parameter === undefined) return []
    const before = b.carry(names.average(name), parameter.type)
    const after = b.within({ stage: 'update', layer: name }, () => movedByScalar(b, before, parameter, share, isLarge))
    return [[names.average(name), after]]
  })
  return Object.fromEntries(entries)
}

/** The shares of steps `first` .. `first + count - 1`, counted from 0, stacked for a scan; 0 where no update is due. */
export function averageShares(
  { arm, accumulation }: Pick<ProgramSource, 'arm'> & { readonly accumulation: Accumulation },
  first: number,
  count: number,
): TensorMap {
  const { averaging, precision } = arm
  if (averaging === undefined || !averages(arm)) return {}
  const shares = Array.from({ length: count }, (_, i) => {
    const step = first + i
    return accumulation.isUpdate(step) ? shareAt(averaging, accumulation.updateOf(step) + 1) : 0
  })
  return { [names.averageShare]: tensor(precision, [count], shares) }
}
