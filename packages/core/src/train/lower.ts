/**
 * From an arm of an experiment to programs: one training step, the gradients alone (for probes), and evaluation. This
 * is the only place where model, loss, gradient and optimizer meet; what comes out is plain IR.
 */
import { Builder, type Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import { BATCH, type Program } from '../ir/program.js'
import type { ArmSpec } from '../spec/schema.js'
import { type FloatDType, type Tensor, tensor, type TensorMap, zeros } from '../tensor.js'
import { losses } from './losses.js'
import { forward, initialParameters, type Model } from './model.js'
import { optimizerOf } from './optimizers/index.js'

/** How many samples of what shape a program gathers its batches from. */
export interface SampleSource {
  readonly count: number
  readonly sampleShape: readonly number[]
}

/** Names under which a program's inputs and outputs go. */
export const names = {
  images: 'images',
  labels: 'labels',
  rows: 'rows',
  loss: 'loss',
  correct: 'correct',
  scalar: (name: string) => `optimizer.${name}`,
  state: (parameter: string, name: string) => `${parameter}/${name}`,
  gradient: (parameter: string) => `gradient/${parameter}`,
} as const

type Values = Readonly<Record<string, Value>>

interface Batch {
  readonly x: Value
  readonly labels: Value
}

function gatherBatch(b: Builder, source: SampleSource, dtype: FloatDType, divisor: number): Batch {
  const { count, sampleShape } = source
  const images = b.constants(names.images, { dtype: 'uint8', shape: [count, ...sampleShape] })
  const labels = b.constants(names.labels, { dtype: 'uint8', shape: [count] })
  const rows = b.xs(names.rows, { dtype: 'int32', shape: [BATCH] })
  return b.within({ stage: 'data', layer: '' }, () => ({
    x: b.div(b.cast(b.gatherRows(images, rows), dtype), b.constant(divisor, dtype)),
    labels: b.cast(b.gatherRows(labels, rows), 'int32'),
  }))
}

function parameterInputs(b: Builder, model: Model, dtype: FloatDType): Values {
  return Object.fromEntries(model.parameters.map(({ name, shape }) => [name, b.carry(name, { dtype, shape })]))
}

/** The mean loss of a batch and its gradients by parameter. */
function lossAndGradients(b: Builder, arm: ArmSpec, model: Model, source: SampleSource, parameters: Values) {
  const dtype = arm.precision
  const { x, labels } = gatherBatch(b, source, dtype, 255)
  const { logits } = forward(b, model, x, parameters)
  const loss = b.within({ stage: 'loss', layer: '' }, () =>
    b.div(losses[arm.loss](b, logits, labels, dtype), b.size(logits, 0, dtype)),
  )
  const wrt = model.parameters.map(({ name }) => parameters[name]).filter((value) => value !== undefined)
  const gradients = gradient(b, loss, wrt)
  return { loss, gradients: Object.fromEntries(wrt.map(({ name }, i) => [name, gradients[i]])) as Values }
}

function stateInputs(b: Builder, arm: ArmSpec, model: Model): Values {
  const stateNames = Object.keys(optimizerOf(arm.optimizer).state(arm.optimizer))
  return Object.fromEntries(
    model.parameters.flatMap(({ name, shape }) =>
      stateNames.map((state): [string, Value] => {
        const full = names.state(name, state)
        return [full, b.carry(full, { dtype: arm.precision, shape })]
      }),
    ),
  )
}

function scalarInputs(b: Builder, arm: ArmSpec): Values {
  const scalarNames = Object.keys(optimizerOf(arm.optimizer).scalars(arm.optimizer, 1))
  return Object.fromEntries(
    scalarNames.map((name) => [name, b.xs(names.scalar(name), { dtype: arm.precision, shape: [] })]),
  )
}

/** Emits the update of every parameter; what it returns is the whole new carry. */
function updateAll(b: Builder, arm: ArmSpec, model: Model, parameters: Values, gradients: Values): Values {
  const { update } = optimizerOf(arm.optimizer)
  const states = stateInputs(b, arm, model)
  const scalars = scalarInputs(b, arm)
  const carry: Record<string, Value> = {}
  for (const { name } of model.parameters) {
    const [parameter, parameterGradient] = [parameters[name], gradients[name]]
    if (parameter === undefined || parameterGradient === undefined) continue
    const prefix = names.state(name, '')
    const state = Object.fromEntries(
      Object.entries(states).flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
      ),
    )
    const result = b.within({ stage: 'update', layer: name }, () =>
      update({ b, settings: arm.optimizer, parameter, gradient: parameterGradient, state, scalars }),
    )
    carry[name] = result.parameter
    for (const [key, value] of Object.entries(result.state)) carry[names.state(name, key)] = value
  }
  return carry
}

/** One training step: carry is parameters and optimizer state, `ys` the loss before the update. */
export function lowerTraining(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const b = new Builder(`${arm.name}/train`)
  const parameters = parameterInputs(b, model, arm.precision)
  const { loss, gradients } = lossAndGradients(b, arm, model, source, parameters)
  return b.finish({ carry: updateAll(b, arm, model, parameters, gradients), ys: { [names.loss]: loss } })
}

/** Loss and gradients of a batch, nothing updated: probes can therefore not disturb the training they look at. */
export function lowerGradients(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const b = new Builder(`${arm.name}/gradients`)
  const parameters = parameterInputs(b, model, arm.precision)
  const { loss, gradients } = lossAndGradients(b, arm, model, source, parameters)
  const outputs = Object.entries(gradients).map(([name, value]): [string, Value] => [names.gradient(name), value])
  return b.finish({ carry: parameters, ys: { [names.loss]: loss, ...Object.fromEntries(outputs) } })
}

/** Loss summed over a batch, and how many of its samples have their label as the first largest logit. */
export function lowerEvaluation(arm: ArmSpec, model: Model, source: SampleSource): Program {
  const dtype = arm.precision
  const b = new Builder(`${arm.name}/evaluate`)
  const parameters = parameterInputs(b, model, dtype)
  const { x, labels } = gatherBatch(b, source, dtype, arm.data.testScale === 'unit' ? 255 : 1)
  const { logits } = forward(b, model, x, parameters)
  const loss = b.within({ stage: 'loss' }, () => losses[arm.loss](b, logits, labels, dtype))
  const correct = b.within({ stage: 'metric' }, () => b.reduceSum(b.cast(b.equal(b.argMax(logits), labels), dtype)))
  return b.finish({ carry: parameters, ys: { [names.loss]: loss, [names.correct]: correct } })
}

/** The carry before the first step: initial parameters and optimizer state. */
export function initialCarry(arm: ArmSpec, model: Model): Record<string, Tensor> {
  const carry: Record<string, Tensor> = { ...initialParameters(model, arm.seed, arm.precision) }
  const state = optimizerOf(arm.optimizer).state(arm.optimizer)
  for (const { name, shape } of model.parameters) {
    for (const [key, start] of Object.entries(state)) {
      const initial = zeros(arm.precision, shape)
      carry[names.state(name, key)] = { ...initial, data: initial.data.fill(start) } as Tensor
    }
  }
  return carry
}

/** The optimizer's scalars of steps `first` .. `first + count - 1`, counted from 0, stacked for a scan. */
export function stepScalars(arm: ArmSpec, first: number, count: number): TensorMap {
  const { scalars } = optimizerOf(arm.optimizer)
  const steps = Array.from({ length: count }, (_, i) => scalars(arm.optimizer, first + i + 1))
  return Object.fromEntries(
    Object.keys(scalars(arm.optimizer, 1)).map((name) => [
      names.scalar(name),
      tensor(
        arm.precision,
        [count],
        steps.map((step) => step[name] ?? Number.NaN),
      ),
    ]),
  )
}
