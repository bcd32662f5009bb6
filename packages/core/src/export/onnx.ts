/**
 * A network in the operators of ONNX that other tools know. A layer, an activation and a prediction say which they are; one
 * that says nothing, or nothing for the opset and the precision asked for, is written in the operations of its IR.
 */
import { Builder } from '../ir/builder.js'
import { BATCH, type Program, type TensorType } from '../ir/program.js'
import type { Layer } from '../model/layers/layer.js'
import { forward, modelOf } from '../model/model.js'
import { carryInputs, fieldInputs } from '../plan/passes.js'
import { names } from '../plan/names.js'
import type { Network } from '../run/predict.js'
import type { FloatDType } from '../tensor.js'
import type { OnnxAttributes, OnnxWriter } from './onnx-operators.js'

/** A graph that operators are added to; values are known by their names, weights and inputs by their own. */
export interface OnnxGraph {
  /** Adds an operator with one output, named after `label`. Returns the name of its value. */
  emit(label: string, opType: string, inputs: readonly string[], attributes?: OnnxAttributes): string
  /** A scalar of the graph's precision. */
  constant(value: number): string
  /** Adds the operations of a program. @param xs values of its inputs. Returns those of its outputs. */
  inline(program: Program, xs: Readonly<Record<string, string>>): Readonly<Record<string, string>>
}

/** A layer in evaluation as a program of its own. */
function programOf(layer: Layer, precision: FloatDType): Program {
  const b = new Builder(layer.name)
  const model = modelOf([layer], layer.inputShape)
  const inputs = {
    parameters: carryInputs(b, model.parameters, precision),
    states: carryInputs(b, model.states, precision),
    masks: {},
  }
  const x = b.xs(names.samples, { dtype: precision, shape: [BATCH, ...layer.inputShape] })
  const { output } = forward(b, model, x, inputs, 'evaluate')
  return b.finish({ carry: { ...inputs.parameters, ...inputs.states }, ys: { [names.output]: output } })
}

function predictionProgram({ arm, task, model }: Network): Program {
  const b = new Builder(names.prediction)
  const output = b.xs(names.output, { dtype: arm.precision, shape: [BATCH, ...model.outputShape] })
  return b.finish({ carry: {}, ys: { [names.prediction]: task.head.prediction.emit(b, output) } })
}

function decodingProgram({ arm, task }: Network): Program {
  const b = new Builder(names.samples)
  return b.finish({ carry: {}, ys: { [names.samples]: fieldInputs(b, task, arm.precision, 'stored') } })
}

/** An input of an exported network. */
export interface OnnxInput {
  readonly name: string
  readonly type: TensorType
  /** Its name in the program that decodes it. */
  readonly source: string
}

/** Inputs of an exported network: samples as its layers see them, or the fields as they are stored, by their own names. */
export function onnxInputs(network: Network, form: 'encoded' | 'stored'): OnnxInput[] {
  const { arm, task, model } = network
  if (form === 'encoded') {
    const type: TensorType = { dtype: arm.precision, shape: [BATCH, ...model.inputShape] }
    return [{ name: names.samples, type, source: names.samples }]
  }
  const outputs: readonly string[] = [names.output, names.prediction]
  const fields = new Map(task.inputs.map(({ name }) => [names.field(name), name]))
  return decodingProgram(network).inputs.xs.map(({ name: source, type }) => {
    const name = fields.get(source) ?? source
    return { name: outputs.includes(name) ? source : name, type, source }
  })
}

/**
 * Adds a network to a graph whose inputs are those of `onnxInputs` and whose weights are there under their own names.
 * Returns the names of its output and its prediction.
 */
export function writeOnnx(network: Network, graph: OnnxGraph, opset: number, form: 'encoded' | 'stored') {
  const { arm, task, model } = network
  const { precision } = arm
  const valueOf = (program: Program, xs: Readonly<Record<string, string>>): string =>
    Object.values(graph.inline(program, xs)).join()
  const writerFor = (label: string): OnnxWriter => ({
    opset,
    precision,
    emit: (opType, inputs, attributes) => graph.emit(label, opType, inputs, attributes),
    constant: (value) => graph.constant(value),
    layers: writeLayers,
  })
  const writeLayers = (layers: readonly Layer[], x: string): string =>
    layers.reduce(
      (value, layer) =>
        layer.onnx?.(value, writerFor(layer.name)) ?? valueOf(programOf(layer, precision), { [names.samples]: value }),
      x,
    )
  const stored = Object.fromEntries(onnxInputs(network, form).map(({ name, source }) => [source, name]))
  const x = form === 'stored' ? valueOf(decodingProgram(network), stored) : names.samples
  const output = writeLayers(model.layers, x)
  const prediction =
    task.head.prediction.onnx?.(output, writerFor(names.prediction)) ??
    valueOf(predictionProgram(network), { [names.output]: output })
  return { [names.output]: output, [names.prediction]: prediction }
}
