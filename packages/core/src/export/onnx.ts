/**
 * A network in the operators of ONNX that other tools know. A layer, an activation and a prediction say which they are; one
 * that says nothing, or nothing for the opset and the precision asked for, is written in the operations of its IR.
 */
import { Builder, type Value } from '../ir/builder.js'
import { BATCH, type Program, type TensorType } from '../ir/program.js'
import type { Layer } from '../model/layers/layer.js'
import { INPUT, lastThrough, valuesThrough } from '../model/graph.js'
import { forward, type Model, modelOf } from '../model/model.js'
import { carryInputs, fieldInputs } from '../plan/passes.js'
import { names } from '../plan/names.js'
import type { Network } from '../run/predict.js'
import type { Head } from '../task/task.js'
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
function programOf(layer: Layer, { allLayers }: Model, precision: FloatDType): Program {
  const b = new Builder(layer.name)
  const shapes = layer.inputs.map((name, i): [string, readonly number[]] => [name, layer.inputShapes[i] ?? []])
  const model = modelOf([layer], Object.fromEntries(shapes))
  const held = modelOf([allLayers.find(({ name }) => name === layer.shares) ?? layer], {})
  const parameters = carryInputs(b, held.parameters, precision)
  const states = carryInputs(b, held.states, precision)
  const given = Object.entries(model.inputs).map(([name, shape]): [string, Value] => [
    name,
    b.xs(names.given(name), { dtype: precision, shape: [BATCH, ...shape] }),
  ])
  const { output } = forward(b, model, Object.fromEntries(given), { parameters, states, masks: {} }, 'evaluate')
  return b.finish({ carry: { ...parameters, ...states }, ys: { [names.output]: output } })
}

function predictionProgram({ prediction }: Head, outputShape: readonly number[], dtype: FloatDType): Program {
  const b = new Builder(names.prediction)
  const output = b.xs(names.output, { dtype, shape: [BATCH, ...outputShape] })
  return b.finish({ carry: {}, ys: { [names.prediction]: prediction.emit(b, output) } })
}

function decodingProgram(network: Network): Program {
  const b = new Builder(names.samples)
  const given = Object.entries(fieldInputs(b, network, 'stored'))
  return b.finish({ carry: {}, ys: Object.fromEntries(given.map(([name, value]) => [names.given(name), value])) })
}

/** An output of an exported network: its name, and the value that it is of, for one sample of a shape. */
export interface OnnxOutput {
  readonly name: string
  readonly value: string
  readonly shape: readonly number[]
}

/** An input of an exported network. */
export interface OnnxInput {
  readonly name: string
  readonly type: TensorType
  /** Its name in the program that decodes it. */
  readonly source: string
}

/** Names of the outputs of an exported network. */
export function onnxOutputs({ task }: Network): string[] {
  return task.heads.flatMap(({ name }) => [names.ofHead('output', name), names.ofHead('prediction', name)])
}

/** Inputs of an exported network: samples as its layers see them, or the fields as they are stored, by their own names. */
export function onnxInputs(network: Network, form: 'encoded' | 'stored'): OnnxInput[] {
  const { arm, task, model } = network
  const outputs = [...onnxOutputs(network), names.samples]
  const named = (name: string | undefined, source: string, type: TensorType): OnnxInput => ({
    name: name === undefined || outputs.includes(name) ? source : name,
    type,
    source,
  })
  if (form === 'encoded') {
    return Object.entries(model.inputs).map(([name, shape]) =>
      named(name === INPUT ? undefined : name, names.given(name), { dtype: arm.precision, shape: [BATCH, ...shape] }),
    )
  }
  const fields = new Map(task.inputs.map(({ name }) => [names.field(name), name]))
  return decodingProgram(network).inputs.xs.map(({ name: source, type }) => named(fields.get(source), source, type))
}

/**
 * Adds a network to a graph whose inputs are those of `onnxInputs` and whose weights are there under their own names.
 * Returns the values of its outputs and its predictions.
 */
export function writeOnnx(network: Network, graph: OnnxGraph, opset: number, form: 'encoded' | 'stored') {
  const { arm, task, model } = network
  const { precision } = arm
  const valueOf = (program: Program, xs: Readonly<Record<string, string>>): string =>
    Object.values(graph.inline(program, xs)).join()
  const writerFor = (label: string, xs: readonly string[]): OnnxWriter => ({
    opset,
    precision,
    xs,
    emit: (opType, inputs, attributes) => graph.emit(label, opType, inputs, attributes),
    constant: (value) => graph.constant(value),
    layers: (layers, x) => lastThrough(layers, x, writeLayer),
  })
  const writeLayer = (layer: Layer, xs: readonly string[]): string => {
    const written = layer.onnx?.(xs[0] ?? '', writerFor(layer.name, xs))
    if (written !== undefined) return written
    const given = layer.inputs.map((name, i) => [names.given(name), xs[i] ?? ''])
    return valueOf(programOf(layer, model, precision), Object.fromEntries(given))
  }
  const inputs = Object.fromEntries(onnxInputs(network, form).map(({ name, source }) => [source, name]))
  const decoded = form === 'stored' ? graph.inline(decodingProgram(network), inputs) : inputs
  const given = Object.keys(model.inputs).map((name) => [name, decoded[names.given(name)] ?? ''])
  const values = valuesThrough<Layer, string>(model.layers, Object.fromEntries(given), writeLayer)
  return task.heads.flatMap((head, i): OnnxOutput[] => {
    const shape = model.outputShapes[i] ?? []
    const output = values.get(model.outputs[i] ?? '') ?? ''
    const prediction =
      head.prediction.onnx?.(output, writerFor(names.prediction, [output])) ??
      valueOf(predictionProgram(head, shape, precision), { [names.output]: output })
    return [
      { name: names.ofHead('output', head.name), value: output, shape },
      { name: names.ofHead('prediction', head.name), value: prediction, shape },
    ]
  })
}
