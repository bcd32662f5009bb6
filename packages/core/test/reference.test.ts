import { describe, expect, it } from 'vitest'
import { InputError, ProgramError } from '../src/errors.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { BATCH } from '../src/ir/program.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type DType, tensor, type Tensor, type TensorMap } from '../src/tensor.js'

/** One step of a program of one x. */
async function apply(x: Tensor, emit: (b: Builder, x: Value) => Value): Promise<Tensor | undefined> {
  const b = new Builder('p')
  const input = b.xs('x', { dtype: x.dtype, shape: x.shape })
  const executable = await referenceBackend().compile(b.finish({ carry: {}, ys: { y: emit(b, input) } }), {})
  const { ys } = await executable.scan({}, { x: { ...x, shape: [1, ...x.shape] } })
  return ys['y']
}

function thereAndBack(dtype: DType) {
  return (b: Builder, v: Value): Value => b.cast(b.cast(v, dtype), 'float64')
}

describe('the reference backend', () => {
  it('rounds to float32 once for each node, and not inside one', async () => {
    // 2^24 + 1 is no float32: as a sum inside one node it survives until the node rounds.
    const x = tensor('float32', [3], [2 ** 24, 1, -(2 ** 24)])
    expect((await apply(x, (b, v) => b.reduceSum(v)))?.data[0]).toBe(1)
    const third = tensor('float32', [1], [1])
    const twice = await apply(third, (b, v) => b.mul(b.div(v, b.constant(3, 'float32')), b.constant(3, 'float32')))
    expect(twice?.data[0]).toBe(Math.fround(Math.fround(1 / 3) * 3))
    const wide = await apply(third, (b, v) => b.cast(b.div(v, b.constant(3, 'float32')), 'float64'))
    expect(wide?.data[0]).toBe(Math.fround(1 / 3))
  })

  it('computes float64 in float64', async () => {
    const third = await apply(tensor('float64', [1], [1]), (b, v) => b.div(v, b.constant(3, 'float64')))
    expect(third?.data[0]).toBe(1 / 3)
  })

  it('overflows float32 to infinity', async () => {
    expect((await apply(tensor('float32', [1], [89]), (b, v) => b.exp(v)))?.data[0]).toBe(Number.POSITIVE_INFINITY)
  })

  it('keeps integers what their dtype holds, inside the program too', async () => {
    expect((await apply(tensor('float64', [2], [300, -1]), thereAndBack('uint8')))?.data).toEqual(
      Float64Array.of(44, 255),
    )
    expect((await apply(tensor('float64', [2], [2 ** 32 + 5, -1.5]), thereAndBack('int32')))?.data).toEqual(
      Float64Array.of(5, -1),
    )
    expect((await apply(tensor('float64', [2], [0.5, 0]), thereAndBack('bool')))?.data).toEqual(Float64Array.of(1, 0))
  })

  it('gives outputs of the dtype declared', async () => {
    const given = await apply(tensor('float32', [2], [1, 2]), (b, v) => b.argMax(v))
    expect(given).toEqual(tensor('int32', [1], [1]))
    const compared = await apply(tensor('float32', [2], [1, 2]), (b, v) => b.greater(v, b.constant(1, 'float32')))
    expect(compared).toEqual({ dtype: 'bool', shape: [1, 2], data: Uint8Array.of(0, 1) })
  })

  it('runs a partial batch through the same executable', async () => {
    const b = new Builder('p')
    const x = b.xs('x', { dtype: 'float64', shape: [BATCH, 2] })
    const mean = b.div(b.reduceSum(x, [0]), b.size(x, 0, 'float64'))
    const executable = await referenceBackend().compile(b.finish({ carry: {}, ys: { mean } }), {})
    const of = async (batch: number, data: readonly number[]): Promise<TensorMap> =>
      (await executable.scan({}, { x: tensor('float64', [1, batch, 2], data) })).ys
    expect((await of(2, [1, 2, 3, 6]))['mean']).toEqual(tensor('float64', [1, 2], [2, 4]))
    expect((await of(1, [5, 7]))['mean']).toEqual(tensor('float64', [1, 2], [5, 7]))
  })

  it('computes softmax regression as the textbook does', async () => {
    // Rows of x W + b, by hand; cross-entropy of the labels 1 and 0.
    const b = new Builder('p')
    const x = b.xs('x', { dtype: 'float64', shape: [BATCH, 2] })
    const labels = b.xs('labels', { dtype: 'int32', shape: [BATCH] })
    const [w, bias] = [
      b.constants('w', { dtype: 'float64', shape: [2, 2] }),
      b.constants('b', { dtype: 'float64', shape: [2] }),
    ]
    const logits = b.add(b.matmul(x, w), bias)
    const loss = b.neg(b.reduceSum(b.mul(b.oneHot(labels, 2, 'float64'), b.logSoftmax(logits)), [1]))
    const program = b.finish({ carry: {}, ys: { logits, loss } })
    const executable = await referenceBackend().compile(program, {
      w: tensor('float64', [2, 2], [1, -1, 0.5, 2]),
      b: tensor('float64', [2], [0.25, 0]),
    })
    const { ys } = await executable.scan(
      {},
      { x: tensor('float64', [1, 2, 2], [1, 2, -1, 0]), labels: tensor('int32', [1, 2], [1, 0]) },
    )
    expect(ys['logits']).toEqual(tensor('float64', [1, 2, 2], [2.25, 3, -0.75, 1]))
    const expected = [Math.log1p(Math.exp(2.25 - 3)), Math.log1p(Math.exp(1 + 0.75))]
    for (const [i, value] of expected.entries()) expect(ys['loss']?.data[i]).toBeCloseTo(value, 14)
  })

  it('verifies before it compiles', async () => {
    const b = new Builder('p')
    const x = b.xs('x', { dtype: 'float64', shape: [2] })
    const program = b.finish({ carry: {}, ys: { y: b.exp(x) } })
    await expect(referenceBackend().compile({ ...program, nodes: [] }, {})).rejects.toThrow(ProgramError)
  })

  it('refuses rows that are not there with InputError, in scan', async () => {
    const b = new Builder('p')
    const table = b.constants('table', { dtype: 'float64', shape: [2, 2] })
    const numbers = b.xs('rows', { dtype: 'int32', shape: [1] })
    const program = b.finish({ carry: {}, ys: { y: b.gatherRows(table, numbers) } })
    const executable = await referenceBackend().compile(program, { table: tensor('float64', [2, 2], [1, 2, 3, 4]) })
    await expect(executable.scan({}, { rows: tensor('int32', [1, 1], [2]) })).rejects.toThrow(InputError)
  })
})
