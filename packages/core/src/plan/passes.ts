/**
 * Passes over a batch: its rows gathered and decoded, the model applied, the mean loss and its gradients. Programs are made of
 * them.
 */
import { boundDType, emitDecoded, type Field, seenShape } from '../data/field.js'
import type { ArmSpec } from '../experiment/arm.js'
import type { Builder, Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import { BATCH } from '../ir/program.js'
import type { Mode } from '../model/layers/layer.js'
import { forward, type Model } from '../model/model.js'
import type { OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import { emitTarget } from '../task/target.js'
import type { NamedField, Task } from '../task/task.js'
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

/** Values by name. */
export type Values = Readonly<Record<string, Value>>

interface Batch {
  readonly x: Value
  readonly target: Value | undefined
}

/** A column of a field, or rows of it. */
interface BoundField {
  readonly field: Field
  readonly values: Value
}

/** The fields that a network is given, decoded; several stand side by side. */
function emitInputs(b: Builder, fields: readonly BoundField[], precision: FloatDType): Value {
  const decoded = fields.map(({ field, values }) => emitDecoded(b, field, values, precision))
  const [first] = decoded
  if (first !== undefined && decoded.length === 1) return first
  const flat = fields.map(({ field }, i) => b.reshape(decoded[i] as Value, [BATCH, elementCount(seenShape(field))]))
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
    const fields = inputs.map(({ field }, i) => ({ field, values: b.gatherRows(columns[i] as Value, rows) }))
    const x = emitInputs(b, fields, precision)
    if (target === undefined || targets === undefined) return { x, target: undefined }
    const decoded = emitDecoded(b, target.field, b.gatherRows(targets, rows), precision)
    return { x, target: emitTarget(b, task.head.targetType, decoded, target.field, precision) }
  })
}

/** Tensors of the carry, by name. */
export function carryInputs(
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
export function forwardBatch(b: Builder, { arm, task, model }: ProgramSource, table: PlanTable, mode: Mode) {
  const parameters = carryInputs(b, model.parameters, arm.precision)
  const states = carryInputs(b, model.states, arm.precision)
  const masks = mode === 'train' ? maskInputs(b, model) : {}
  const { x, target } = gatherBatch(b, table, task, arm.precision)
  const { states: after, ...pass } = forward(b, model, x, { parameters, states, masks }, mode)
  return { ...pass, parameters, target, before: states, after }
}

/** Inputs and results of a forward pass. */
export type ForwardPass = ReturnType<typeof forwardBatch>

/** The mean loss of a batch, its gradients by parameter, and the layers' states after it. */
export function lossAndGradients(b: Builder, source: ProgramSource, table: PlanTable) {
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

/** Samples as they are stored, one tensor a field. */
export function storedInputs(b: Builder, { inputs }: Task, precision: FloatDType): Value {
  const fields = inputs.map(({ name, field }) => ({
    field,
    values: b.xs(names.field(name), { dtype: boundDType(field, precision), shape: [BATCH, ...field.shape] }),
  }))
  return b.within({ stage: 'data', layer: '' }, () => emitInputs(b, fields, precision))
}
