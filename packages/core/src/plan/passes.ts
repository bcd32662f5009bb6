/**
 * Passes over a batch: its rows gathered and decoded, the model applied, the mean loss and its gradients. Programs are made of
 * them.
 */
import { boundDType, emitDecoded, emitEncoded, type Field, seenShape } from '../data/field.js'
import type { ArmSpec } from '../experiment/arm.js'
import { internalError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import { BATCH, type TensorType } from '../ir/program.js'
import type { Mode } from '../model/layers/layer.js'
import { emitPenalty } from '../model/held.js'
import { INPUT } from '../model/graph.js'
import { forward, type Model } from '../model/model.js'
import type { ParameterGroup } from '../optimize/groups.js'
import type { OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import { emitTarget } from '../task/target.js'
import type { NamedField, Task } from '../task/task.js'
import { emitRowWeights, type RowWeights } from '../task/weights.js'
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
  readonly groups: readonly ParameterGroup[]
}

/** Values by name. */
export type Values = Readonly<Record<string, Value>>

interface Batch {
  /** The model's inputs by name. */
  readonly given: Values
  /** Of each head. */
  readonly targets: readonly (Value | undefined)[]
  readonly weights: RowWeights | undefined
}

/** A column of a field, or rows of it. */
interface BoundField extends NamedField {
  readonly values: Value
}

/** Fields, decoded, numbers of tokens as floats; several stand side by side. */
function emitRow(b: Builder, fields: readonly BoundField[], precision: FloatDType, emit: typeof emitDecoded): Value {
  const decoded = fields.map(({ field, values }) => b.cast(emit(b, field, values, precision), precision))
  const [first] = decoded
  if (first !== undefined && decoded.length === 1) return first
  const flat = fields.map(({ field }, i) => b.reshape(decoded[i] as Value, [BATCH, elementCount(seenShape(field))]))
  return b.concat(flat, 1)
}

/** The inputs of a model by name: single fields, or all of them in a row. */
function emitInputs(
  b: Builder,
  { model, fields }: { readonly model: Model; readonly fields: readonly BoundField[] },
  precision: FloatDType,
  emit = emitDecoded,
): Values {
  const entries = Object.keys(model.inputs).map((name): [string, Value] => {
    const own = name === INPUT ? fields : fields.filter((field) => field.name === name)
    return [name, emitRow(b, own, precision, emit)]
  })
  return Object.fromEntries(entries)
}

function gatherBatch(b: Builder, table: PlanTable, { task, model, arm: { precision } }: ProgramSource): Batch {
  const { inputs, targets, weights, samples, constants, isStreamed } = table
  const columns = new Map<string, Value>()
  // A network may be asked for what it is given.
  const bind = ({ name, field }: NamedField): Value => {
    const count = isStreamed ? BATCH : samples.count
    const type: TensorType = { dtype: boundDType(field, precision), shape: [count, ...field.shape] }
    const key = names.field(name)
    const column = columns.get(name) ?? (isStreamed ? b.xs(key, type) : b.constants(key, type))
    columns.set(name, column)
    return column
  }
  const bound = {
    inputs: inputs.map(bind),
    targets: targets.map((target) => target && bind(target)),
    weights: weights && bind(weights),
  }
  const perClass = constants[names.classWeights]
  const categories = perClass && b.constants(names.classWeights, { dtype: precision, shape: perClass.shape })
  const rows = isStreamed ? undefined : b.xs(names.rows, { dtype: 'int32', shape: [BATCH] })
  const take = (column: Value): Value => (rows === undefined ? column : b.gatherRows(column, rows))
  const decode = (named: NamedField | undefined, column: Value | undefined): Value | undefined =>
    named && column && emitDecoded(b, named.field, take(column), precision)
  return b.within({ stage: 'data', layer: '' }, () => {
    const fields = inputs.map((input, i) => ({ ...input, values: take(bound.inputs[i] as Value) }))
    const given = emitInputs(b, { model, fields }, precision)
    const ofHeads = task.heads.map(({ targetType }, i) => {
      const target = targets[i]
      const decoded = decode(target, bound.targets[i])
      return target && decoded && emitTarget(b, targetType, decoded, target.field, precision)
    })
    const ofSamples = decode(weights, bound.weights)
    return { given, targets: ofHeads, weights: emitRowWeights(b, ofHeads[0], { samples: ofSamples, categories }) }
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
export function forwardBatch(b: Builder, source: ProgramSource, table: PlanTable, mode: Mode) {
  const { arm, model } = source
  const parameters = carryInputs(b, model.parameters, arm.precision)
  const states = carryInputs(b, model.states, arm.precision)
  const masks = mode === 'train' ? maskInputs(b, model) : {}
  const { given, targets, weights } = gatherBatch(b, table, source)
  const { states: after, ...pass } = forward(b, model, given, { parameters, states, masks }, mode)
  return { ...pass, given, parameters, targets, weights, before: states, after }
}

/** Inputs and results of a forward pass. */
export type ForwardPass = ReturnType<typeof forwardBatch>

/** Values that a head is judged by in a batch: its output and its target. */
export function judgedOf({ heads, targets }: Pick<ForwardPass, 'heads' | 'targets'>, index: number) {
  return { output: heads[index] as Value, target: targets[index] }
}

/** The losses of a batch added up, those of all heads, and the sum of their weights where they are to be divided by it. */
export function lossSum(b: Builder, { arm, task }: ProgramSource, pass: ForwardPass) {
  const parts = task.heads.map((head, i) => {
    const part = head.emitLoss(b, { ...judgedOf(pass, i), weights: pass.weights }, arm.precision)
    const { lossWeight = 1 } = head
    return lossWeight === 1 ? part : b.mul(part, b.constant(lossWeight, arm.precision))
  })
  const sum = parts.reduce((total, part) => b.add(total, part))
  const weights = task.weighting?.mean === 'weights' ? pass.weights : undefined
  return { sum, weight: weights && b.reduceSum(weights.rows) }
}

/** The divisor of a sum of losses: the number of rows, or the sum of their weights; 1 in place of 0, of which all are 0. */
function divisorOf(b: Builder, { output }: ForwardPass, weight: Value | undefined, precision: FloatDType): Value {
  if (weight === undefined) return b.size(output, 0, precision)
  return b.select(b.greater(weight, b.zerosLike(weight)), weight, b.constant(1, precision))
}

/**
 * The mean loss of a batch, the penalty on parameters, the gradients of both together, and the layers' states after it.
 * @param watched values of the pass whose gradients are asked for too.
 */
export function lossAndGradients(
  b: Builder,
  source: ProgramSource,
  table: PlanTable,
  watched: (pass: ForwardPass) => readonly Value[] = () => [],
) {
  const pass = forwardBatch(b, source, table, 'train')
  const { parameters } = pass
  const { loss, weight } = b.within({ stage: 'loss', layer: '' }, () => {
    const summed = lossSum(b, source, pass)
    const divisor = divisorOf(b, pass, summed.weight, source.arm.precision)
    return { loss: b.div(summed.sum, divisor), weight: summed.weight }
  })
  const penalty = emitPenalty(b, source.model.parameters, parameters)
  const objective = penalty === undefined ? loss : b.within({ stage: 'loss', layer: '' }, () => b.add(loss, penalty))
  const more = watched(pass)
  const values = gradient(b, objective, [...Object.values(parameters), ...more], gradientStages)
  const entries = Object.keys(parameters).map((name, i) => [name, values[i] as Value])
  const ys: Values = {
    [names.loss]: loss,
    ...(weight && { [names.weight]: weight }),
    ...(penalty && { [names.penalty]: penalty }),
  }
  const ofWatched = new Map(more.map(({ id }, i) => [id, values[entries.length + i]]))
  const gradientOf = ({ id }: Value): Value => {
    const found = ofWatched.get(id)
    if (found === undefined) throw internalError(`gradients: %${id} is not watched`)
    return found
  }
  return { ...pass, ys, gradients: Object.fromEntries(entries) as Values, gradientOf }
}

/** Results of a forward pass and the gradients of its loss. */
export type GradientPass = ReturnType<typeof lossAndGradients>

/** The inputs of a model by name, of samples, one tensor a field: as they are bound to programs, or as they are stored. */
export function fieldInputs(
  b: Builder,
  { arm, task, model }: Pick<ProgramSource, 'arm' | 'task' | 'model'>,
  form: 'bound' | 'stored',
): Values {
  const { precision } = arm
  const dtypeOf = (field: Field) => (form === 'stored' ? field.dtype : boundDType(field, precision))
  const fields = task.inputs.map(({ name, field }) => ({
    name,
    field,
    values: b.xs(names.field(name), { dtype: dtypeOf(field), shape: [BATCH, ...field.shape] }),
  }))
  const emit = form === 'stored' ? emitEncoded : emitDecoded
  return b.within({ stage: 'data', layer: '' }, () => emitInputs(b, { model, fields }, precision, emit))
}
