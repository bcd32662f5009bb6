/** What no step changes is computed before the loop, to the values it has inside. The reference backend is the judge. */
import { referenceBackend } from '@isograd/core'
import { type Backend, tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, type Program } from '@isograd/core/ir'
import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { onnxBackend } from '../src/index.js'
import { buildModel } from '../src/model/model.js'

const [onnx, reference] = [onnxBackend({ ort }), referenceBackend()]
afterAll(() => onnx.dispose())

const matrix = { dtype: 'float64', shape: [2, 2] } as const

/** Powers of a weight that is handed on, of one that is not, and a mean over the batch. */
function program(): Program {
  const b = new Builder('powers')
  const [kept, changed] = [b.carry('kept', matrix), b.carry('changed', matrix)]
  const fixed = b.constants('fixed', matrix)
  const x = b.xs('x', { dtype: 'float64', shape: ['batch', 2] })
  const square = b.matmul(b.add(kept, fixed), kept)
  const mean = b.div(b.reduceSum(b.matmul(x, square), [0]), b.size(x, 0, 'float64'))
  const ys = { mean, square, slice: b.slice(square, 0, 0, 1), rest: b.slice(square, 0, 1, 2) }
  return b.finish({ carry: { kept, changed: b.matmul(changed, changed) }, ys })
}

/** Names of operations before the loop, and in it. */
function operations(given: Program): [before: string[], inside: string[]] {
  const { node } = buildModel(given, '0', 1).graph
  const body = node.find(({ opType }) => opType === 'Loop')?.attribute.find(({ name }) => name === 'body')?.g
  const computing = (nodes: typeof node): string[] =>
    nodes.flatMap(({ name, opType }) => (/^%\d/.test(name) && !name.endsWith(' out') ? [opType] : []))
  return [computing(node), computing(body?.node ?? [])]
}

function scan(backend: Backend, given: Program, batch: number) {
  const square = tensor('float64', [2, 2], [1, 2, 0, -1])
  const carry: TensorMap = { kept: square, changed: tensor('float64', [2, 2], [0, 1, 1, 1]) }
  const xs = {
    x: tensor(
      'float64',
      [3, batch, 2],
      Array.from({ length: 6 * batch }, (_, i) => ((5 * i) % 7) - 3),
    ),
  }
  return backend
    .compile(given, { fixed: tensor('float64', [2, 2], [3, 0, 0, 3]) })
    .then((executable) => executable.scan(carry, xs))
}

describe('what is the same in every step', () => {
  it('is computed before the loop', () => {
    const [before, inside] = operations(program())
    expect(before).toEqual(['Add', 'MatMul', 'Reshape', 'Cast'])
    expect(inside).toEqual(['Gather', 'MatMul', 'MatMul', 'Div', 'MatMul'])
  })

  it.each([1, 2, 5])(
    'has the values that it has inside, and is an output as often as asked: batch of %i',
    async (batch) => {
      // Integers this small multiply and add without rounding.
      expect(await scan(onnx, program(), batch)).toEqual(await scan(reference, program(), batch))
    },
  )

  it('may be a length that is known', async () => {
    const b = new Builder('lengths')
    const x = b.xs('x', { dtype: 'float64', shape: ['batch', 2] })
    const half = b.div(b.constant(1, 'float64'), b.emit('size', [x], { axis: 1, dtype: 'float64' }))
    const lengths = b.finish({
      carry: {},
      ys: { scaled: b.mul(x, half), half, two: b.emit('size', [x], { axis: 1, dtype: 'float64' }) },
    })
    const xs = { x: tensor('float64', [2, 1, 2], [1, 2, 3, 4]) }
    const [got, want] = [await onnx.compile(lengths, {}), await reference.compile(lengths, {})]
    expect(await got.scan({}, xs)).toEqual(await want.scan({}, xs))
  })

  it('belongs to the caller where it is handed on', async () => {
    const kept = tensor('float64', [2, 2], [1, 2, 0, -1])
    const executable = await onnx.compile(program(), { fixed: kept })
    const x = tensor('float64', [1, 1, 2], [1, 1])
    const { carry } = await executable.scan({ kept, changed: kept }, { x })
    expect(carry['kept']).toEqual(kept)
    expect(carry['kept']?.data.buffer).not.toBe(kept.data.buffer)
  })
})
