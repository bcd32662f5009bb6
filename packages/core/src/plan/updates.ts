/** Updates of all parameters by the optimizer of an arm, after clipping. */
import type { ArmSpec } from '../experiment/arm.js'
import type { Builder, Value } from '../ir/builder.js'
import { clipGradients } from '../optimize/clipping.js'
import { constantRates, type ProgramOptimizer } from '../optimize/optimizers/optimizer.js'
import { names } from './names.js'
import type { ProgramSource, Values } from './passes.js'

/** The optimizer's state of one parameter, by the optimizer's own names. */
function stateInputs(b: Builder, optimizer: ProgramOptimizer, { optimizer: spec }: ArmSpec, parameter: Value): Values {
  const shape = parameter.type.shape.map(Number)
  return Object.fromEntries(
    Object.keys(optimizer.state(spec, { shape })).map((name) => [
      name,
      b.carry(names.state(parameter.name, name), parameter.type),
    ]),
  )
}

function scalarInputs(b: Builder, optimizer: ProgramOptimizer, { optimizer: spec, precision }: ArmSpec): Values {
  return Object.fromEntries(
    Object.keys(optimizer.scalars(spec, 1)).map((name) => [
      name,
      b.xs(names.scalar(name), { dtype: precision, shape: [] }),
    ]),
  )
}

/** Emits the update of every parameter; what it returns is the new carry of parameters and optimizer state. */
export function updateAll(
  b: Builder,
  { arm, optimizer }: ProgramSource,
  parameters: Values,
  gradients: Values,
): Values {
  if (optimizer.runs === 'host') return {}
  const scalars = scalarInputs(b, optimizer, arm)
  const rate = constantRates(b, optimizer, arm.optimizer, arm.precision)
  const clipped = arm.clipping === undefined ? gradients : clipGradients(b, gradients, arm.clipping)
  const carry: Record<string, Value> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const ofParameter = clipped[name]
    if (ofParameter === undefined) continue
    const state = stateInputs(b, optimizer, arm, parameter)
    const result = b.within({ stage: 'update', layer: name }, () =>
      optimizer.update({ b, settings: arm.optimizer, parameter, gradient: ofParameter, state, scalars, rate }),
    )
    carry[name] = result.parameter
    for (const [key, value] of Object.entries(result.state)) carry[names.state(name, key)] = value
  }
  return carry
}
