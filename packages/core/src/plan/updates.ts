/**
 * Updates of all parameters by the optimizer of an arm, after clipping: each by the settings of its group, and where
 * gradients are accumulated, only in the steps that end an update's batches.
 */
import type { Builder, Value } from '../ir/builder.js'
import { clipGradients } from '../optimize/clipping.js'
import type { Parameter } from '../model/layers/layer.js'
import type { ParameterGroup } from '../optimize/groups.js'
import { constantRates, named, type ProgramOptimizer, withoutRate } from '../optimize/optimizers/optimizer.js'
import { accumulates } from './accumulation.js'
import { names } from './names.js'
import type { ProgramSource, Values } from './passes.js'
import { updateNumbers } from './scalars.js'

/** The optimizer's state of one parameter, by the optimizer's own names. */
function stateInputs(b: Builder, optimizer: ProgramOptimizer, { settings }: ParameterGroup, parameter: Value): Values {
  const shape = parameter.type.shape.map(Number)
  return Object.fromEntries(
    Object.keys(optimizer.state(settings, { shape })).map((name) => [
      name,
      b.carry(names.state(parameter.name, name), parameter.type),
    ]),
  )
}

/** The parts that the updates of a group have in common. */
type GroupUpdate = Pick<Parameters<ProgramOptimizer['update']>[0], 'settings' | 'scalars' | 'rate'> & {
  readonly group: ParameterGroup
}

function groupUpdate(
  b: Builder,
  optimizer: ProgramOptimizer,
  source: ProgramSource,
  group: ParameterGroup,
): GroupUpdate {
  const { precision, schedule } = source.arm
  const { settings, prefix } = group
  const moves = schedule !== undefined
  const scalars = Object.fromEntries(
    Object.keys(updateNumbers(optimizer, settings, 1, moves)).map((name) => [
      name,
      b.xs(names.scalar(prefix + name), { dtype: precision, shape: [] }),
    ]),
  )
  if (!moves) return { group, settings, scalars, rate: constantRates(b, optimizer, settings, precision) }
  return { group, settings: withoutRate(settings), scalars, rate: (name) => named(scalars, name) }
}

/** The update of each parameter that is not frozen, by its name. */
function groupUpdates(b: Builder, optimizer: ProgramOptimizer, source: ProgramSource): Map<string, GroupUpdate> {
  const groups = source.groups.filter(({ frozen }) => !frozen)
  const updates = groups.map((group) => groupUpdate(b, optimizer, source, group))
  return new Map(updates.flatMap((update) => update.group.parameters.map((name) => [name, update] as const)))
}

/** Gradients summed over the batches of an update, each with its share of the rows, and whether the update is due. */
interface Accumulated {
  readonly sums: Values
  readonly isDue: Value
}

function accumulated(b: Builder, { arm }: ProgramSource, gradients: Values): Accumulated {
  const scalar = (name: string): Value => b.xs(name, { dtype: arm.precision, shape: [] })
  const [share, flag] = [scalar(names.share), scalar(names.isUpdate)]
  const sums = Object.entries(gradients).map(([name, gradient]) => {
    const before = b.carry(names.accumulated(name), gradient.type)
    return [name, b.within({ stage: 'update', layer: name }, () => b.add(before, b.mul(gradient, share)))]
  })
  const isDue = b.within({ stage: 'update', layer: '' }, () => b.greater(flag, b.zerosLike(flag)))
  return { sums: Object.fromEntries(sums) as Values, isDue }
}

/** A tensor of the carry before and after an update. */
interface UpdatedTensor {
  readonly name: string
  readonly before: Value
  readonly after: Value
}

/** Emits the update of one parameter: the parameter, brought back to its constraint, and its state. */
function updateOne(
  b: Builder,
  optimizer: ProgramOptimizer,
  parameter: Value,
  gradient: Value,
  { group, ...given }: GroupUpdate,
  constraint: Parameter['constraint'],
): UpdatedTensor[] {
  const state = stateInputs(b, optimizer, group, parameter)
  const after = optimizer.update({ b, parameter, gradient, state, ...given })
  const states = Object.entries(after.state).map(([key, value]) => ({
    name: names.state(parameter.name, key),
    before: named(state, key),
    after: value,
  }))
  const held = constraint?.record.emit(b, after.parameter, constraint.spec) ?? after.parameter
  return [{ name: parameter.name, before: parameter, after: held }, ...states]
}

/** The carry of one parameter after a step: as it was where the update is not due yet, its gradients kept. */
function settled(b: Builder, { sums, isDue }: Accumulated, parameter: string, updated: UpdatedTensor[]): Values {
  const sum = named(sums, parameter)
  const tensors = [...updated, { name: names.accumulated(parameter), before: sum, after: b.zerosLike(sum) }]
  return Object.fromEntries(tensors.map(({ name, before, after }) => [name, b.select(isDue, after, before)]))
}

/** Emits the update of every parameter; what it returns is the new carry of parameters and optimizer state. */
export function updateAll(b: Builder, source: ProgramSource, parameters: Values, all: Values): Values {
  const { arm, optimizer, model } = source
  const constraints = new Map(model.parameters.map(({ name, constraint }) => [name, constraint]))
  if (optimizer.runs === 'host') return {}
  const updates = groupUpdates(b, optimizer, source)
  const own = Object.fromEntries(Object.entries(all).filter(([name]) => updates.has(name)))
  const accumulation = accumulates(arm) ? accumulated(b, source, own) : undefined
  const gradients = accumulation?.sums ?? own
  const clipped = arm.clipping === undefined ? gradients : clipGradients(b, gradients, arm.clipping)
  const carry: Record<string, Value> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const [gradient, update] = [clipped[name], updates.get(name)]
    carry[name] = parameter
    if (gradient === undefined || update === undefined) continue
    b.within({ stage: 'update', layer: name }, () => {
      const tensors = updateOne(b, optimizer, parameter, gradient, update, constraints.get(name))
      const plain = Object.fromEntries(tensors.map((one) => [one.name, one.after]))
      Object.assign(carry, accumulation === undefined ? plain : settled(b, accumulation, name, tensors))
    })
  }
  return carry
}
