/** Every operation, in float32 and float64: the operators it becomes, and its numbers against the reference backend. */
import { referenceBackend } from '@isograd/core'
import {
  type Backend,
  type DType,
  elementCount,
  type FloatDType,
  type Tensor,
  tensor,
  type TensorMap,
} from '@isograd/core/backend'
import { Builder, concreteShape, opNames, type Program } from '@isograd/core/ir'
import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { onnxBackend } from '../src/index.js'
import { buildModel } from '../src/model/model.js'
import { decodeModel, encodeModel } from '../src/model/proto.js'
import { type CaseInput, type OperationCase, operationCases } from './operation-cases.js'

const backend = onnxBackend({ ort })
const reference = referenceBackend()
afterAll(() => backend.dispose())

const dtypeOf = (input: CaseInput, float: FloatDType): DType => (input.dtype === 'float' ? float : input.dtype)

function programOf(one: OperationCase, float: FloatDType): Program {
  const b = new Builder('case')
  const inputs = one.inputs.map((input, i) => b.xs(`x${i}`, { dtype: dtypeOf(input, float), shape: input.shape }))
  return b.finish({ carry: {}, ys: { y: one.build(b, inputs, float) } })
}

function batchOf({ shape, values }: CaseInput): number {
  return shape.includes('batch') ? values.length / elementCount(concreteShape(shape, 1)) : 0
}

function xsOf(one: OperationCase, float: FloatDType): TensorMap {
  const batch = Math.max(...one.inputs.map(batchOf))
  return Object.fromEntries(
    one.inputs.map((input, i) => [
      `x${i}`,
      tensor(dtypeOf(input, float), [1, ...concreteShape(input.shape, batch)], input.values),
    ]),
  )
}

async function run(on: Backend, program: Program, xs: TensorMap): Promise<Tensor> {
  const executable = await on.compile(program, {})
  const { y } = (await executable.scan({}, xs)).ys
  await executable.dispose()
  return y ?? tensor('float64', [0], [])
}

/** Operators before the loop and of its body, without what inputs, outputs and the loop itself need. */
function operatorsOf(program: Program): string[] {
  const { graph } = decodeModel(encodeModel(buildModel(program, 'test', 1)))
  const loop = graph.node.find(({ opType }) => opType === 'Loop')
  const body = loop?.attribute.find(({ name }) => name === 'body')?.g
  const before = graph.node.filter(({ name }) => name.startsWith('%'))
  const inside = (body?.node ?? [])
    .slice(program.inputs.xs.length)
    .filter(({ name }) => name !== '%proceed' && !(before.length > 0 && name.endsWith(' out')))
  return [...before, ...inside].map(({ opType }) => opType)
}

/** Unit in the last place of a dtype at `x`, never below the smallest normal number. */
function ulp(dtype: DType, x: number): number {
  const [precision, smallest] = dtype === 'float32' ? [2 ** -23, 2 ** -126] : [2 ** -52, 2 ** -1022]
  return Math.max(Math.abs(x) * precision, smallest)
}

function expectClose(actual: Tensor, expected: Tensor, ulps: number): void {
  expect([actual.dtype, actual.shape, actual.data.length]).toEqual([
    expected.dtype,
    expected.shape,
    expected.data.length,
  ])
  const wrong = Array.from(expected.data, (want, i) => ({ i, want, got: actual.data[i] ?? Number.NaN })).filter(
    ({ want, got }) =>
      !Object.is(got, want) && got !== want && !(Math.abs(got - want) <= ulps * ulp(expected.dtype, want)),
  )
  expect(wrong).toEqual([])
}

describe.each(['float32', 'float64'] as const)('%s', (float) => {
  describe.each(opNames)('%s', (op) => {
    it.each([...operationCases[op]])('$title', async (one) => {
      const program = programOf(one, float)
      const xs = xsOf(one, float)
      expectClose(await run(backend, program, xs), await run(reference, program, xs), one.ulps)
      expect(operatorsOf(program)).toEqual('float32' in one.operators ? one.operators[float] : one.operators)
    })
  })
})
