/** One step of a program as an ONNX model without a loop, for whoever is to be shown what ONNX Runtime makes of it. */
import { type Program, valueTypes } from '@isograd/core/ir'
import { version } from '@isograd/core/backend'
import type { Dialect } from '../lowerings/index.js'
import { entryOf } from './draft.js'
import { inline } from './inference.js'
import { encodeModel, irVersion, opset } from './proto.js'
import { GraphWriter, tensorType } from './writer.js'

/** A model, and its nodes in words: `Sqrt(x)`. */
export interface ExportedProgram {
  readonly bytes: Uint8Array
  readonly nodes: readonly string[]
}

/**
 * The model of a program whose inputs are all in `xs`: they are the model's inputs, without the axis of steps, and its outputs
 * bear the names of `ys`.
 * @param dialect `native` has one operator of ONNX for what the backend composes of several.
 */
export function exportProgram(program: Program, dialect: Exclude<Dialect, 'webgpu'> = 'exact'): ExportedProgram {
  const graph = new GraphWriter()
  const { xs } = program.inputs
  const types = valueTypes(program)
  graph.reserve([...xs, ...program.outputs.ys].map(({ name }) => name))
  const written = inline(graph, program, {}, dialect)
  const output = program.outputs.ys.map(({ name, value }) => {
    const { dtype, shape } = entryOf(types, value)
    graph.node('Identity', `output ${name}`, [String(written[name])], [name], {})
    return { name, type: tensorType(dtype, shape) }
  })
  const input = xs.map(({ name, type }) => ({ name, type: tensorType(type.dtype, type.shape) }))
  const finished = graph.finish({ name: program.name, input, output })
  const bytes = encodeModel({
    irVersion,
    opsetImport: [{ domain: '', version: opset }],
    producerName: 'isograd',
    producerVersion: version,
    graph: finished,
  })
  const nodes = finished.node.map((node) => `${node.output.join(', ')} = ${node.opType}(${node.input.join(', ')})`)
  return { bytes, nodes }
}
