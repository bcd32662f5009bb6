/**
 * From an arm of an experiment to programs: one training step, the gradients alone (for probes), and evaluation. This
 * is the only place where model, loss, gradient and optimizer meet; what comes out is plain IR. The tensors that go
 * into these programs are made in `inputs.ts`.
 */
import type { ArmSpec } from '../experiment/schema.js'
import { Builder, type Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import { BATCH, type Program } from '../ir/program.js'
import type { Mode } from '../model/layers/layer.js'
import { forward, type Model } from '../model/model.js'
import { clipGradients } from '../optimize/clipping.js'
import { optimizerOf } from '../optimize/optimizers/optimizer.js'
import { losses } from '../task/losses/index.js'
import type { FloatDType } from '../tensor.js'
import { names } from './names.js'
import { type PixelScale, scalePixels } from './pixels.js'
import { gradientStages } from './stages.js'
import { countSaturated, unitKindOf, unitMaximum } from './units.js'

/** How many samples of what shape a program gathers its batches from. */
export interface SampleSource {
  readonly count: number
  readonly sampleShape: readonly number[]
}

type Values = Readonly<Record<string, Value>>

interface Batch {
  readonly x: Value
  readonly labels: Value
}

function gatherBatch(b: Builder, source: SampleSource, dtype: FloatDType, scale: PixelScale): Batch {
  const { count, sampleShape } = source
  const images = b.constants(names.images, { dtype: 'uint8', shape: [count, ...sampleShape] })
  const labels = b.constants(names.labels, { dtype: 'uint8', shape: [count] })
  const rows = b.xs(names.rows, { dtype: 'int32', shape: [BATCH] })
  return b.within({ stage: 'data', layer: '' }, () => ({
    x: scalePixels(b, b.gatherRows(images, rows), dtype, scale),
    labels: b.cast(b.gatherRows(labels, rows), 'int32'),
  }))
}

function carryInputs(
  b: Builder,
  tensors: readonly { name: string; shape: readonly number[] }[],
  dtype: FloatDType,
): Values {
  return Object.fromEntries(tensors.map(({ name, shape }) => [name, b.carry(name, { dtype, shape })]))
}

function maskInputs(b: Builder, model: Model): Values {
  return Object.fromEntries(
    model.masks.map(({ name, shape }) => [name, b.xs(name, { dtype: 'uint8', shape: [BATCH, ...shape] })]),
  )
}

/** The forward pass of a batch, with the inputs it needs declared. */
function forwardBatch(b: Builder, arm: ArmSpec, model: Model, source: SampleSource, mode: Mode, scale: PixelScale) {
  const dtype = arm.precision
  const parameters = carryInputs(b, model.parameters, dtype)
  const states = carryInputs(b, model.states, dtype)
  const masks = mode === 'train' ? maskInputs(b, model) : {}
  const { x, labels } = gatherBatch(b, source, dtype, scale)
  const { logits, inputs, outputs, states: after } = forward(b, model, x, { parameters, states, masks }, mode)
  return { parameters, labels, logits, inputs, outputs, before: states, after }
}

/** The mean loss of a batch, its gradients by parameter, and the layers' states after it. */
function lossAndGradients(b: Builder, arm: ArmSpec, model: Model, source: SampleSource) {
  const dtype = arm.precision
  const pass = forwardBatch(b, arm, model, source, 'train', 'unit')
  const { parameters, labels, logits } = pass
  const loss = b.within({ stage: 'loss', layer: '' }, () =>
    b.div(losses[arm.loss](b, logits, labels, dtype), b.size(logits, 0, dtype)),
  )
  const wrt = Object.values(parameters)
  const values = gradient(b, loss, wrt, gradientStages)
  const gradients: Values = Object.fromEntries(
    Object.keys(parameters).flatMap((name, i) => {
      const value = values[i]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return { ...pass, loss, gradients }
}

/** The optimizer's state of one parameter, by the optimizer's own names. */
function stateInputs(b: Builder, arm: ArmSpec, parameter: Value): Values {
  return Object.fromEntries(
    Object.keys(optimizerOf(arm.optimizer).state(arm.optimizer)).map((name) => [
      name,
      b.carry(names.state(parameter.name, name), parameter.type),
    ]),
  )
}

function scalarInputs(b: Builder, arm: ArmSpec): Values {
  return Object.fromEntries(
    Object.keys(optimizerOf(arm.optimizer).scalars(arm.optimizer, 1)).map((name) => [
      name,
      b.xs(names.scalar(name), { dtype: arm.precision, shape: [] }),
    ]),
  )
}

/** Emits the update of every parameter; what it returns is the new carry of parameters and optimizer state. */
function updateAll(b: Builder, arm: ArmSpec, parameters: Values, gradients: Values): Values {
  const { update } = optimizerOf(arm.optimizer)
  const scalars = scalarInputs(b, arm)
  const clipped = arm.clipping === undefined ? gradients : clipGradients(b, gradients, arm.clipping)
  const carry: Record<string, Value> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const ofParameter = clipped[name]
    if (ofParameter === undefined) continue
    const state = stateInputs(b, arm, parameter)
    const result = b.within({ stage: 'update', layer: name }, () =>
      update({ b, settings: arm.optimizer, parameter, gradient: ofParameter, state, scalars }),
    )
    carry[name] = result.parameter
    for (const [key, value] of Object.entries(result.state)) carry[names.state(name, key)] = value
  }
  return carry
}

/** One training step: carry is parameters, layer states and optimizer state, `ys` what the batch says before the update. */
export function lowerTraining(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const b = new Builder(`${arm.name}/train`, 'forward')
  const { loss, parameters, gradients, after, logits, labels } = lossAndGradients(b, arm, model, source)
  const updated = updateAll(b, arm, parameters, gradients)
  const ys = { [names.loss]: loss, ...accuracyOutput(b, arm, logits, labels) }
  return b.finish({ carry: { ...updated, ...after }, ys })
}

/** The program whose steps are each given what was carried from one to the next. */
function withoutCarry(program: Program): Program {
  const { constants, carry, xs } = program.inputs
  return { ...program, inputs: { constants, carry: [], xs: [...xs, ...carry] } }
}

/** Values by parameter, under names made from the parameters'. */
function renamed(values: Values, name: (parameter: string) => string): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [name(key), value]))
}

/**
 * Loss and gradients of a batch; no parameter is updated, and the caller may ignore the layers' states after it. An
 * optimizer with a closure scans nothing else.
 */
export function lowerGradients(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const b = new Builder(`${arm.name}/gradients`, 'forward')
  const { loss, parameters, gradients, inputs, after, logits, labels } = lossAndGradients(b, arm, model, source)
  const ys = {
    [names.loss]: loss,
    ...accuracyOutput(b, arm, logits, labels),
    ...renamed(gradients, names.gradient),
    ...preActivationOutputs(arm, model, inputs),
  }
  return b.finish({ carry: { ...parameters, ...after }, ys })
}

/**
 * What there is to see of a training step: its gradients, and the weights as its update leaves them. It hands nothing on:
 * what training carries is given to each step like its batch, so that a probe cannot disturb the training it looks at,
 * which is not cut at the step either.
 */
export function lowerProbe(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const b = new Builder(`${arm.name}/probe`, 'forward')
  const { parameters, gradients, inputs } = lossAndGradients(b, arm, model, source)
  const updated = updateAll(b, arm, parameters, gradients)
  const weights = model.parameters.flatMap(({ name, role }): [string, Value][] => {
    const value = updated[name]
    return role === 'weight' && value !== undefined ? [[name, value]] : []
  })
  const ys = {
    ...renamed(gradients, names.gradient),
    ...renamed(Object.fromEntries(weights), names.updated),
    ...preActivationOutputs(arm, model, inputs),
  }
  return withoutCarry(b.finish({ carry: {}, ys }))
}

/** The count of correct samples, where the experiment asks for the accuracy on each batch. */
function accuracyOutput(b: Builder, arm: ArmSpec, logits: Value, labels: Value): Values {
  return arm.probes.trainAccuracy ? { [names.correct]: countCorrect(b, logits, labels) } : {}
}

/** The inputs of all activation layers, where the experiment asks for histograms of them. */
function preActivationOutputs(arm: ArmSpec, model: Model, inputs: ReadonlyMap<string, Value>): Values {
  if (!arm.probes.histograms) return {}
  const layers = model.allLayers.filter(({ spec }) => spec.type === 'activation')
  return Object.fromEntries(
    layers.flatMap(({ name }) => {
      const input = inputs.get(name)
      return input === undefined ? [] : [[names.preActivation(name), input]]
    }),
  )
}

/** How many samples of a batch have their label as the first largest logit, as a scalar of the logits' dtype. */
function countCorrect(b: Builder, logits: Value, labels: Value): Value {
  const { dtype } = logits.type
  return b.within({ stage: 'metric', layer: '' }, () => b.reduceSum(b.cast(b.equal(b.argMax(logits), labels), dtype)))
}

/** Loss summed over a batch, and how many of its samples are classified correctly. */
export function lowerEvaluation(arm: ArmSpec, model: Model, source: SampleSource, scale: PixelScale): Program {
  const b = new Builder(`${arm.name}/evaluate`, 'forward')
  const { parameters, labels, logits, before } = forwardBatch(b, arm, model, source, 'evaluate', scale)
  const loss = b.within({ stage: 'loss' }, () => losses[arm.loss](b, logits, labels, arm.precision))
  const correct = countCorrect(b, logits, labels)
  return b.finish({ carry: { ...parameters, ...before }, ys: { [names.loss]: loss, [names.correct]: correct } })
}

/** For each activation layer of a batch, what tells whether its units are dead or saturated. */
export function lowerUnits(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const b = new Builder(`${arm.name}/units`, 'forward')
  const { parameters, outputs, before } = forwardBatch(b, arm, model, source, 'evaluate', arm.data.testScale)
  const ys: Record<string, Value> = {}
  for (const layer of model.allLayers) {
    const [kind, output] = [unitKindOf(layer), outputs.get(layer.name)]
    if (kind === undefined || output === undefined) continue
    b.within({ stage: 'metric', layer: layer.name }, () => {
      if (kind === 'rectifier') ys[names.unitMaximum(layer.name)] = unitMaximum(b, output)
      else ys[names.saturated(layer.name)] = countSaturated(b, output, kind)
    })
  }
  return b.finish({ carry: { ...parameters, ...before }, ys })
}
