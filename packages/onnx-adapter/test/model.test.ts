/** The model that a program becomes, and the bytes that it is written as. */
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { buildModel } from '../src/model/model.js'
import { decodeModel, encodeModel, type GraphProto, type ModelProto } from '../src/model/proto.js'
import { type Network, trainingProgram } from './network.js'

const network: Network = { dtype: 'float32', widths: [12, 9, 4], rows: 50, activation: 'relu' }

const loopBody = ({ graph }: ModelProto): GraphProto | undefined =>
  graph.node.find(({ opType }) => opType === 'Loop')?.attribute.find(({ name }) => name === 'body')?.g

/** Numbers of the values that are computed, `%12`; what is gathered from an input of the model has its type. */
const idsOf = (names: readonly string[]): Set<string> =>
  new Set(names.flatMap((name) => /^%\d+(?= (?!rows$|rate$))/.exec(name) ?? []))

const isProduct = ({ opType }: { opType: string }): boolean => ['Gemm', 'FusedGemm', 'MatMul'].includes(opType)

describe('model', () => {
  const model = decodeModel(encodeModel(buildModel(trainingProgram(network), '1.2.3', 1)))

  it('holds the step in one Loop and computes around it what depends on the size of the batch alone', () => {
    const counted = model.graph.node.map(({ opType }) => opType)
    expect(counted.filter((opType) => opType === 'Loop')).toHaveLength(1)
    // Ones; the batch as a number, 1 / batch, and - 1 / batch as a matrix of one element.
    expect(counted).toEqual(['Reshape', 'Cast', 'Div', 'Neg', 'Reshape', 'Expand', 'Loop'])
    expect(model).toMatchObject({ irVersion: 10, producerName: 'isograd', producerVersion: '1.2.3' })
    expect(model.opsetImport).toEqual([
      { domain: '', version: 21 },
      { domain: 'com.microsoft', version: 1 },
    ])
  })

  it('takes weights and data as inputs and stores only scalars, shapes and class numbers', () => {
    const inputs = model.graph.input.map(({ name }) => name)
    const xs = ['xs/rows', 'xs/rate']
    const carry = ['carry/kernel0', 'carry/bias0', 'carry/kernel1', 'carry/bias1']
    expect(inputs).toEqual(['steps', 'batch', 'constants/images', 'constants/labels', ...carry, ...xs])
    const stored = [...model.graph.initializer, ...(loopBody(model)?.initializer ?? [])]
    expect(Math.max(...stored.map(({ rawData }) => rawData.length))).toBeLessThanOrEqual(16)
  })

  it('leaves the batch and the number of steps open', () => {
    const rows = model.graph.input.find(({ name }) => name === 'xs/rows')
    expect(rows?.type.tensorType.shape.dim).toEqual([{ dimParam: 'steps' }, { dimParam: 'batch' }])
  })

  it('states the type of every value of the program, with the batch as a symbol', () => {
    const { node = [], valueInfo = [] } = loopBody(model) ?? {}
    const stated = new Map(valueInfo.map(({ name, type }) => [name, type.tensorType.shape.dim]))
    expect(idsOf([...stated.keys()])).toEqual(idsOf(node.flatMap(({ output }) => output)))
    const pixels = [...stated].find(([name]) => name.includes('gatherRows'))
    expect(pixels?.[1]).toEqual([{ dimParam: 'batch' }, { dimValue: 12 }])
  })

  it('writes products with what is added to them, and the backward pass as products with transposes', () => {
    const products = loopBody(model)?.node.filter(isProduct) ?? []
    const flags = products.map(({ domain, opType, attribute }) => [
      ...(domain ? [domain] : []),
      opType,
      ...attribute.flatMap(({ i }) => i ?? []),
    ])
    expect(flags).toEqual([
      ['com.microsoft', 'FusedGemm', 0, 0],
      ['Gemm', 0, 0],
      // The gradients of the second bias, the hidden layer, the second kernel, the first bias and the first kernel.
      ['MatMul'],
      ['Gemm', 0, 1],
      ['Gemm', 1, 0],
      ['MatMul'],
      ['Gemm', 1, 0],
    ])
  })
})

describe('wire format', () => {
  const model: ModelProto = {
    irVersion: 10,
    producerName: 'p',
    producerVersion: '',
    opsetImport: [{ domain: '', version: 21 }],
    graph: { name: 'g', node: [], initializer: [], input: [], output: [], valueInfo: [] },
    metadataProps: [],
  }

  it('is that of onnx.proto, byte for byte', () => {
    // Tag = field number << 3 | wire type, by hand: ir_version 1, producer_name 2, producer_version 3, graph 7, opset_import 8.
    const expected = [0x08, 10, 0x12, 1, 0x70, 0x1a, 0, 0x3a, 3, 0x12, 1, 0x67, 0x42, 4, 0x0a, 0, 0x10, 21]
    expect([...encodeModel(model)]).toEqual(expected)
  })

  it('comes back from its bytes', () => {
    expect(decodeModel(encodeModel(model))).toEqual(model)
  })

  it('is read by ONNX Runtime with the names and types that were written', async () => {
    const session = await ort.InferenceSession.create(encodeModel(buildModel(trainingProgram(network), '1.2.3', 1)))
    expect(session.inputMetadata.find(({ name }) => name === 'constants/images')).toEqual({
      name: 'constants/images',
      isTensor: true,
      type: 'uint8',
      shape: [50, 12],
    })
    expect(session.outputNames).toContain('ys/loss')
    await session.release()
  })
})
