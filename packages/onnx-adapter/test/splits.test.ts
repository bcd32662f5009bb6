/** Slices of one value become one Split, and the values are those of the slices. The reference backend is the judge. */
import { referenceBackend } from '@isograd/core'
import { type Backend, type ScanResult, tensor } from '@isograd/core/backend'
import { Builder, type Program, type Value } from '@isograd/core/ir'
import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { onnxBackend } from '../src/index.js'
import { buildModel } from '../src/model/model.js'

const [onnx, reference] = [onnxBackend({ ort }), referenceBackend()]
afterAll(() => onnx.dispose())

const vector = tensor(
  'float32',
  [10],
  Float32Array.from({ length: 10 }, (_, i) => Math.fround(0.1 * (i + 1))),
)

/** A program that takes slices, given as [start, stop], from a vector of ten, the square of it, or both. */
function slicing(ranges: readonly (readonly [number, number])[], from: (b: Builder, x: Value) => Value): Program {
  const b = new Builder('slicing')
  const x = b.carry('x', { dtype: 'float32', shape: [10] })
  b.xs('tick', { dtype: 'int32', shape: [] })
  const source = from(b, x)
  const ys = ranges.map(([start, stop], i): [string, Value] => [`y${i}`, b.slice(source, 0, start, stop)])
  return b.finish({ carry: { x: b.neg(x) }, ys: Object.fromEntries(ys) })
}

/** Three steps. */
async function run(backend: Backend, program: Program): Promise<ScanResult> {
  const executable = await backend.compile(program, {})
  const result = await executable.scan({ x: vector }, { tick: tensor('int32', [3], [0, 1, 2]) })
  await executable.dispose()
  return result
}

function operatorsOf(program: Program): string[] {
  const loop = buildModel(program, '0', 1).graph.node.find(({ opType }) => opType === 'Loop')
  const body = loop?.attribute.find(({ name }) => name === 'body')?.g
  return (body?.node ?? []).map(({ opType }) => opType).filter((opType) => opType === 'Split' || opType === 'Slice')
}

const square = (b: Builder, x: Value): Value => b.mul(x, x)
const itself = (_: Builder, x: Value): Value => x

describe('slices of one value', () => {
  it.each<[string, [number, number][], string[]]>([
    [
      'that cover it',
      [
        [0, 4],
        [4, 9],
        [9, 10],
      ],
      ['Split'],
    ],
    [
      'in another order, with gaps',
      [
        [7, 9],
        [1, 3],
        [4, 5],
      ],
      ['Split'],
    ],
    ['one alone', [[2, 8]], ['Slice']],
    [
      'that overlap',
      [
        [0, 5],
        [4, 10],
      ],
      ['Slice', 'Slice'],
    ],
  ])('%s', async (_, ranges, operators) => {
    for (const from of [square, itself]) {
      const program = slicing(ranges, from)
      expect(operatorsOf(program)).toEqual(operators)
      expect(await run(onnx, program)).toEqual(await run(reference, program))
    }
  })

  it('along two axes are two splits', () => {
    const b = new Builder('two axes')
    const x = b.carry('x', { dtype: 'float32', shape: [4, 6] })
    const parts = [b.slice(x, 0, 0, 1), b.slice(x, 0, 1, 4), b.slice(x, 1, 0, 2), b.slice(x, 1, 2, 6)]
    const ys = Object.fromEntries(parts.map((part, i) => [`y${i}`, part]))
    expect(operatorsOf(b.finish({ carry: { x: b.neg(x) }, ys }))).toEqual(['Split', 'Split'])
  })
})
