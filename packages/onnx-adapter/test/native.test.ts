/** ONNX Runtime's own operators: written where a program has what they stand for, and judged by the conformance cases. */
import { type FloatDType, tensor } from '@isograd/core/backend'
import { casesMatching, describeReport, runConformance, type SkippedCase } from '@isograd/core/conformance'
import { onnxComposites } from '@isograd/core/export'
import { BATCH, Builder, type Program, tap } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { isogradAdapter } from '../src/index.js'
import { buildModel } from '../src/model/model.js'
import { backendOn } from './builds.js'

function operatorsOf(program: Program): string[] {
  const loop = buildModel(program, '0', 1, 'native').graph.node.find(({ opType }) => opType === 'Loop')
  const body = loop?.attribute.find(({ name }) => name === 'body')?.g
  return (body?.node ?? []).map(({ opType }) => opType).filter((opType) => opType !== 'Gather' && opType !== 'Identity')
}

const composites = (dtype: FloatDType) => onnxComposites({ dtype, shape: [BATCH, 6] })

describe('a group of operations', () => {
  it.each([
    ['float32', 'leakyRelu', ['LeakyRelu']],
    ['float32', 'softsign', ['Softsign']],
    ['float32', 'softmax', ['Softmax']],
    ['float32', 'elu', ['Elu']],
    ['float32', 'selu', ['Selu']],
    ['float32', 'softplus', ['Softplus']],
    ['float32', 'gelu', ['Gelu']],
    ['float32', 'geluTanh', ['Gelu']],
    ['float32', 'layerNorm', ['LayerNormalization']],
    ['float64', 'softmax', ['Softmax']],
  ] as const)('of %s that is %s is its operator', async (dtype, name, operators) => {
    const found = composites(dtype).find((each) => each.name === name)
    if (found === undefined) throw new Error('no such group')
    expect(operatorsOf(found.program)).toEqual(operators)
    // Looked into, it is the operations that are looked at.
    const inner = found.program.nodes.filter(
      ({ op, id }) => op !== 'constant' && id !== found.program.outputs.ys[0]?.value,
    )
    const tapped = tap(
      found.program,
      inner.map((node) => node.name),
    )
    expect(operatorsOf(tapped).length).toBeGreaterThan(operators.length)
    const values = Float64Array.from({ length: 12 }, (_, i) => (i - 6) * 0.61)
    const xs = Object.fromEntries(
      found.program.inputs.xs.map(({ name: input, type }) => [
        input,
        tensor(
          dtype,
          type.shape.length === 1 ? [1, 6] : [1, 2, 6],
          type.shape.length === 1 ? values.slice(3, 9) : values,
        ),
      ]),
    )
    const results = ['onnx', 'onnx:native'].map(async (kind) => {
      const backend = backendOn('onnx', { native: kind !== 'onnx' })
      const { ys } = await (await backend.compile(found.program, {})).scan({}, xs)
      await backend.dispose()
      return [...(ys['y']?.data ?? [])]
    })
    const [composed = [], own = []] = await Promise.all(results)
    expect(own).toHaveLength(12)
    for (const [i, value] of own.entries()) expect(Math.abs(value - (composed[i] ?? 0))).toBeLessThan(2e-6)
  })

  it('with a node that others read is its operator, and that node beside it', () => {
    const b = new Builder('both')
    const x = b.xs('x', { dtype: 'float32', shape: [BATCH, 6] })
    const logarithms = b.logSoftmax(x)
    const program = b.finish({ carry: {}, ys: { y: b.exp(logarithms), sum: b.reduceSum(logarithms, [1]) } })
    expect(operatorsOf(program)).toEqual(['LogSoftmax', 'Softmax', 'ReduceSum'])
  })
})

/** Cases that the operators of ONNX Runtime 1.30.0 fail: docs/findings.md. */
const skip: readonly SkippedCase[] = [
  { id: 'logSoftmax/*/float64', reason: 'LogSoftmax gives numbers for a row that holds NaN or infinities' },
  { id: 'reduceMax/*', reason: 'ReduceMax passes over a NaN' },
  { id: 'maxPool/nan/*', reason: 'MaxPool passes over a NaN' },
  { id: 'oneHot/outside/*', reason: 'OneHot counts negative numbers from the end' },
  { id: 'tap/neutral/*', reason: 'Gemm rounds otherwise than a product and a sum' },
]

const judged = ['sigmoid/*', 'reduceSum/*', 'gatherRows/*', 'training/*', ...skip.map(({ id }) => id)]

const open = async () => backendOn('onnx', { native: true })

it('conformance names the operators that differ, and no other', async () => {
  const backend = await open()
  const cases = casesMatching('cases', judged)
  const report = await runConformance(backend, { open, adapter: isogradAdapter, skip, cases })
  await backend.dispose()
  expect(report.ok ? '' : describeReport(report)).toBe('')
  expect(report.counts.skipped).toBe(13)
})
