/**
 * From a plan to programs: a training step, gradients alone, what a probe looks at, evaluation. This is the only place where
 * model, loss, gradient and optimizer meet; what comes out is plain IR. The tensors that go into these programs are made
 * in `inputs.ts`.
 */
import { boundDType, emitDecoded } from '../data/field.js'
import type { ArmSpec } from '../experiment/arm.js'
import { Builder, type Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import { BATCH, type Program } from '../ir/program.js'
import type { UnitTrait } from '../model/activations/activation.js'
import type { Layer, Mode } from '../model/layers/layer.js'
import { forward, type Model } from '../model/model.js'
import { clipGradients } from '../optimize/clipping.js'
import type { OptimizerRecord, ProgramOptimizer } from '../optimize/optimizers/optimizer.js'
import { emitTarget } from '../task/target.js'
import type { Metric, NamedField, Task } from '../task/task.js'
import { elementCount, type FloatDType } from '../tensor.js'
import { names } from './names.js'
import { gradientStages } from './stages.js'
import type { PlanTable } from './tables.js'

/** The parts that programs are lowered from. */
export interface ProgramSource {
  readonly arm: ArmSpec
  readonly task: Task
  readonly model: Model
  readonly optimizer: OptimizerRecord
}

type Values = Readonly<Record<string, Value>>

interface Batch {
  readonly x: Value
  readonly target: Value | undefined
}

/** All inputs side by side, where a network is given several fields. */
export function joinInputs(b: Builder, inputs: readonly NamedField[], decoded: readonly Value[]): Value {
  const [first] = decoded
  if (first !== undefined && decoded.length === 1) return first
  const flat = decoded.map((value, i) => b.reshape(value, [BATCH, elementCount(inputs[i]?.field.shape ?? [])]))
  return b.concat(flat, 1)
}

function gatherBatch(b: Builder, { inputs, target, samples }: PlanTable, task: Task, precision: FloatDType): Batch {
  const bind = ({ name, field }: NamedField): Value =>
    b.constants(names.field(name), { dtype: boundDType(field, precision), shape: [samples.count, ...field.shape] })
  const columns = inputs.map(bind)
  // A network may be asked for what it is given.
  const targets = target && (columns[inputs.findIndex(({ name }) => name === target.name)] ?? bind(target))
  const rows = b.xs(names.rows, { dtype: 'int32', shape: [BATCH] })
  return b.within({ stage: 'data', layer: '' }, () => {
    const decode = ({ field }: NamedField, column: Value): Value =>
      emitDecoded(b, field, b.gatherRows(column, rows), precision)
    const decoded = columns.map((column, i) => decode(inputs[i] as NamedField, column))
    const x = joinInputs(b, inputs, decoded)
    if (target === undefined || targets === undefined) return { x, target: undefined }
    return { x, target: emitTarget(b, task.head.targetType, decode(target, targets), target.field, precision) }
  })
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
function forwardBatch(b: Builder, { arm, task, model }: ProgramSource, table: PlanTable, mode: Mode) {
  const parameters = carryInputs(b, model.parameters, arm.precision)
  const states = carryInputs(b, model.states, arm.precision)
  const masks = mode === 'train' ? maskInputs(b, model) : {}
  const { x, target } = gatherBatch(b, table, task, arm.precision)
  const { states: after, ...pass } = forward(b, model, x, { parameters, states, masks }, mode)
  return { ...pass, parameters, target, before: states, after }
}

type ForwardPass = ReturnType<typeof forwardBatch>

/** Values by parameter, under names made from the parameters'. */
function renamed(values: Values, name: (parameter: string) => string): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [name(key), value]))
}

/** The mean loss of a batch, its gradients by parameter, and the layers' states after it. */
function lossAndGradients(b: Builder, source: ProgramSource, table: PlanTable) {
  const { precision } = source.arm
  const pass = forwardBatch(b, source, table, 'train')
  const { parameters, target, output } = pass
  const loss = b.within({ stage: 'loss', layer: '' }, () =>
    b.div(source.task.head.emitLoss(b, output, target, precision), b.size(output, 0, precision)),
  )
  const values = gradient(b, loss, Object.values(parameters), gradientStages)
  const entries = Object.keys(parameters).map((name, i) => [name, values[i] as Value])
  return { ...pass, loss, gradients: Object.fromEntries(entries) as Values }
}

/** The optimizer's state of one parameter, by the optimizer's own names. */
function stateInputs(b: Builder, optimizer: ProgramOptimizer, { optimizer: spec }: ArmSpec, parameter: Value): Values {
  return Object.fromEntries(
    Object.keys(optimizer.state(spec)).map((name) => [
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
function updateAll(b: Builder, { arm, optimizer }: ProgramSource, parameters: Values, gradients: Values): Values {
  if (optimizer.runs === 'host') return {}
  const scalars = scalarInputs(b, optimizer, arm)
  const clipped = arm.clipping === undefined ? gradients : clipGradients(b, gradients, arm.clipping)
  const carry: Record<string, Value> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const ofParameter = clipped[name]
    if (ofParameter === undefined) continue
    const state = stateInputs(b, optimizer, arm, parameter)
    const result = b.within({ stage: 'update', layer: name }, () =>
      optimizer.update({ b, settings: arm.optimizer, parameter, gradient: ofParameter, state, scalars }),
    )
    carry[name] = result.parameter
    for (const [key, value] of Object.entries(result.state)) carry[names.state(name, key)] = value
  }
  return carry
}

/** The outputs that metrics need of a batch: sums of scores, and the outputs themselves where one reads rows. */
function metricOutputs(
  b: Builder,
  { arm, task }: ProgramSource,
  { output, target }: ForwardPass,
  metrics: readonly Metric[],
): Values {
  const { targetType } = task.head
  const sums = metrics.flatMap(({ key, record, spec }): [string, Value][] => {
    if (record.reads !== 'sum' || target === undefined) return []
    const context = { b, output, target, targetType, settings: spec, precision: arm.precision }
    return [[names.metric(key), b.within({ stage: 'metric', layer: '' }, () => record.emit(context))]]
  })
  const readsRows = metrics.some(({ record }) => record.reads === 'rows')
  return { ...Object.fromEntries(sums), ...(readsRows ? { [names.output]: output } : {}) }
}

/** The metric of each step's batch, where the experiment asks for it. */
function stepMetrics(b: Builder, source: ProgramSource, pass: ForwardPass): Values {
  return source.arm.probes.trainMetric ? metricOutputs(b, source, pass, judgingMetrics(source.task)) : {}
}

/** The metric that judges, if there is one. */
export function judgingMetrics({ head, judgedBy }: Task): readonly Metric[] {
  return head.metrics.filter(({ key }) => key === judgedBy)
}

/** Layers that apply a function to every element: their inputs, outputs and slopes can be looked at. */
export function activationLayers({ allLayers }: Model): readonly Layer[] {
  return allLayers.filter(({ activation }) => activation !== undefined)
}

function valuesOf(layers: readonly Layer[], of: ReadonlyMap<string, Value>, name: (layer: string) => string): Values {
  return Object.fromEntries(
    layers.flatMap((layer) => {
      const value = of.get(layer.name)
      return value === undefined ? [] : [[name(layer.name), value]]
    }),
  )
}

/** Means over the batch of each unit's output and of the slope of its activation there. */
function emitDerivatives(b: Builder, { model }: ProgramSource, { inputs, outputs }: ForwardPass): Values {
  const ys: Record<string, Value> = {}
  for (const { name, activation } of activationLayers(model)) {
    const [input, output] = [inputs.get(name), outputs.get(name)]
    if (input === undefined || output === undefined || activation === undefined) continue
    b.within({ stage: 'metric', layer: name }, () => {
      const [slope] = gradient(b, b.reduceSum(output), [input], { wrt: 'metric', inner: 'metric' })
      const rows = b.size(output, 0, output.type.dtype === 'float64' ? 'float64' : 'float32')
      const mean = (value: Value): Value => b.div(b.reduceSum(value, [0]), rows)
      ys[names.layerOutput(name)] = mean(output)
      if (slope !== undefined) ys[names.derivative(name)] = mean(slope)
    })
  }
  return ys
}

/** The probes of a step beside gradients, where the experiment asks for it. */
function probeOutputs(b: Builder, source: ProgramSource, pass: ForwardPass): Values {
  const { histograms, derivatives } = source.arm.probes
  return {
    ...(histograms ? valuesOf(activationLayers(source.model), pass.inputs, names.layerInput) : {}),
    ...(derivatives ? emitDerivatives(b, source, pass) : {}),
  }
}

/**
 * One training step: carry is parameters, layer states and optimizer state, `ys` what the batch says before the update.
 * @param isObserved whether the gradients are outputs too; the nodes are the same.
 */
export function lowerTraining(source: ProgramSource, table: PlanTable, isObserved = false): Program {
  const b = new Builder(`${source.arm.name}/train`)
  const pass = lossAndGradients(b, source, table)
  const updated = updateAll(b, source, pass.parameters, pass.gradients)
  const ys = {
    [names.loss]: pass.loss,
    ...stepMetrics(b, source, pass),
    ...(isObserved ? renamed(pass.gradients, names.gradient) : {}),
  }
  return b.finish({ carry: { ...updated, ...pass.after }, ys })
}

/**
 * Loss and gradients of a batch; no parameter is updated, and the caller may ignore the layers' states after it. An
 * optimizer that runs on the host scans nothing else.
 */
export function lowerGradients(source: ProgramSource, table: PlanTable): Program {
  const b = new Builder(`${source.arm.name}/gradients`)
  const pass = lossAndGradients(b, source, table)
  const ys = {
    [names.loss]: pass.loss,
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
  const pass = lossAndGradients(b, source, table)
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

/** Loss summed over a batch, and what its metrics need. */
export function lowerEvaluation(source: ProgramSource, table: PlanTable): Program {
  const b = new Builder(`${source.arm.name}/evaluate`)
  const pass = forwardBatch(b, source, table, 'evaluate')
  const { head } = source.task
  const loss = b.within({ stage: 'loss' }, () => head.emitLoss(b, pass.output, pass.target, source.arm.precision))
  const ys = { [names.loss]: loss, ...metricOutputs(b, source, pass, head.metrics) }
  return b.finish({ carry: { ...pass.parameters, ...pass.before }, ys })
}

function emitUnits(b: Builder, layer: string, output: Value, units: UnitTrait): [string, Value] {
  if (units.kind === 'dead') return [names.unitMaximum(layer), b.reduceMax(output, [0])]
  const { dtype } = output.type
  const distance = b.abs(b.sub(output, b.constant(units.middle, dtype)))
  const saturated = b.reduceSum(b.cast(b.greater(distance, b.constant(units.reach, dtype)), dtype))
  return [names.saturated(layer), saturated]
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
 * predictions are made with, and what is exported. Parameters and layer states are the carry, and are handed on.
 * @param form samples as they are stored, one tensor a field; or encoded already, one tensor [batch, ...inputShape].
 */
export function lowerInference({ arm, task, model }: ProgramSource, form: 'stored' | 'encoded'): Program {
  const { precision } = arm
  const b = new Builder(`${arm.name}/inference`)
  const parameters = carryInputs(b, model.parameters, precision)
  const states = carryInputs(b, model.states, precision)
  const x =
    form === 'encoded'
      ? b.xs(names.samples, { dtype: precision, shape: [BATCH, ...model.inputShape] })
      : storedInputs(b, task, precision)
  const { output } = forward(b, model, x, { parameters, states, masks: {} }, 'evaluate')
  const prediction = b.within({ stage: 'metric', layer: '' }, () => task.head.prediction.emit(b, output))
  return b.finish({
    carry: { ...parameters, ...states },
    ys: { [names.output]: output, [names.prediction]: prediction },
  })
}

function storedInputs(b: Builder, { inputs }: Task, precision: FloatDType): Value {
  const columns = inputs.map(({ name, field }) =>
    b.xs(names.field(name), { dtype: boundDType(field, precision), shape: [BATCH, ...field.shape] }),
  )
  return b.within({ stage: 'data', layer: '' }, () => {
    const decoded = columns.map((column, i) => emitDecoded(b, (inputs[i] as NamedField).field, column, precision))
    return joinInputs(b, inputs, decoded)
  })
}
