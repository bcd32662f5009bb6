/**
 * From a plan to programs: a training step, gradients alone, what a probe looks at, evaluation. This is the only place where
 * model, loss, gradient and optimizer meet; what comes out is plain IR. The tensors that go into these programs are made
 * in `inputs.ts`.
 */
import { Builder, type Value } from '../ir/builder.js'
import type { Program } from '../ir/program.js'
import { forward } from '../model/model.js'
import { averageAll } from './averages.js'
import { names } from './names.js'
import { emitUnits, metricOutputs, probeOutputs, stepMetrics, watchedValues } from './observations.js'
import {
  carryInputs,
  forwardBatch,
  lossAndGradients,
  lossSum,
  type ProgramSource,
  fieldInputs,
  type Values,
} from './passes.js'
import type { PlanTable } from './tables.js'
import { metricsOf } from '../task/task.js'
import { updateAll } from './updates.js'

/** Values by parameter, under names made from the parameters'. */
function renamed(values: Values, name: (parameter: string) => string): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [name(key), value]))
}

/**
 * One training step: carry is parameters, their averages, layer states and optimizer state, `ys` what the batch says before the update.
 * @param isObserved whether the gradients are outputs too; the nodes are the same.
 */
export function lowerTraining(source: ProgramSource, table: PlanTable, isObserved = false): Program {
  const b = new Builder(`${source.arm.name}/train`)
  const pass = lossAndGradients(b, source, table)
  const updated = updateAll(b, source, pass.parameters, pass.gradients)
  const ys = {
    ...pass.ys,
    ...stepMetrics(b, source, pass),
    ...(isObserved ? renamed(pass.gradients, names.gradient) : {}),
  }
  return b.finish({ carry: { ...updated, ...averageAll(b, source, updated), ...pass.after }, ys })
}

/**
 * Loss and gradients of a batch; no parameter is updated, and the caller may ignore the layers' states after it. An
 * optimizer that runs on the host scans nothing else.
 */
export function lowerGradients(source: ProgramSource, table: PlanTable): Program {
  const b = new Builder(`${source.arm.name}/gradients`)
  const pass = lossAndGradients(b, source, table, (each) => watchedValues(source, each))
  const ys = {
    ...pass.ys,
    ...stepMetrics(b, source, pass),
    ...renamed(pass.gradients, names.gradient),
    ...probeOutputs(b, source, pass),
  }
  return b.finish({ carry: { ...pass.parameters, ...pass.after }, ys })
}

/** The program whose steps are each given what was carried from one to the next. */
function withoutCarry(program: Program): Program {
  const { constants, carry, xs } = program.inputs
  return { ...program, inputs: { constants, carry: [], xs: [...xs, ...carry] } }
}

/**
 * The observable outputs of a training step: its gradients, and the weights as its update leaves them. It hands nothing on:
 * what training carries is given to each step like its batch, so that a probe cannot disturb the training it looks at,
 * which is not cut at the step either.
 */
export function lowerProbe(source: ProgramSource, table: PlanTable): Program {
  const b = new Builder(`${source.arm.name}/probe`)
  const pass = lossAndGradients(b, source, table, (each) => watchedValues(source, each))
  const updated = updateAll(b, source, pass.parameters, pass.gradients)
  const weights = source.model.parameters.flatMap(({ name, role }): [string, Value][] => {
    const value = updated[name]
    return role === 'weight' && value !== undefined ? [[name, value]] : []
  })
  const ys = {
    ...renamed(pass.gradients, names.gradient),
    ...renamed(Object.fromEntries(weights), names.updated),
    ...probeOutputs(b, source, pass),
  }
  return withoutCarry(b.finish({ carry: {}, ys }))
}

/** Loss summed over a batch, the sum of its weights where it is divided by that, and what its metrics need. */
export function lowerEvaluation(source: ProgramSource, table: PlanTable): Program {
  const b = new Builder(`${source.arm.name}/evaluate`)
  const pass = forwardBatch(b, source, table, 'evaluate')
  const { sum, weight } = b.within({ stage: 'loss' }, () => lossSum(b, source, pass))
  const ys = {
    [names.loss]: sum,
    ...(weight && { [names.weight]: weight }),
    ...metricOutputs(b, source, pass, metricsOf(source.task)),
  }
  return b.finish({ carry: { ...pass.parameters, ...pass.before }, ys })
}

/** For each activation layer of a batch, what tells whether its units are dead or saturated. */
export function lowerUnits(source: ProgramSource, table: PlanTable): Program {
  const b = new Builder(`${source.arm.name}/units`)
  const { parameters, outputs, before } = forwardBatch(b, source, table, 'evaluate')
  const ys = source.model.allLayers.flatMap(({ name, activation }): [string, Value][] => {
    const output = outputs.get(name)
    if (activation?.units === undefined || output === undefined) return []
    const { units } = activation
    return [b.within({ stage: 'metric', layer: name }, () => emitUnits(b, name, output, units))]
  })
  return b.finish({ carry: { ...parameters, ...before }, ys: Object.fromEntries(ys) })
}

/**
 * A trained model as a program of its own: samples in, outputs and predictions out, no target and no loss. It is what
 * predictions are made with. Parameters and layer states are the carry, and are handed on.
 */
export function lowerInference(source: Pick<ProgramSource, 'arm' | 'task' | 'model'>): Program {
  const { arm, task, model } = source
  const { precision } = arm
  const b = new Builder(`${arm.name}/inference`)
  const parameters = carryInputs(b, model.parameters, precision)
  const states = carryInputs(b, model.states, precision)
  const given = fieldInputs(b, source, 'bound')
  const { heads } = forward(b, model, given, { parameters, states, masks: {} }, 'evaluate')
  const ys = task.heads.flatMap(({ name, prediction }, i): [string, Value][] => {
    const output = heads[i] as Value
    const predicted = b.within({ stage: 'metric', layer: '' }, () => prediction.emit(b, output))
    return [
      [names.ofHead('output', name), output],
      [names.ofHead('prediction', name), predicted],
    ]
  })
  return b.finish({ carry: { ...parameters, ...states }, ys: Object.fromEntries(ys) })
}
