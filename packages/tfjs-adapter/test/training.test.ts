/** Whole training runs against the float64 reference, and gradient descent on a problem with a known solution. */
import { referenceBackend } from '@isograd/core'
import { tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, gradient } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { openBackend, variants } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

/** Largest difference over the largest number of each tensor, the worst of all tensors. */
function relativeDifference(got: TensorMap, want: TensorMap): number {
  const worst = Object.entries(want).map(([name, { data }]) => {
    const other = got[name]?.data ?? []
    const scale = Math.max(...Array.from(data, Math.abs))
    return Math.max(...Array.from(data, (value, i) => Math.abs(value - (other[i] ?? NaN)))) / scale
  })
  return Math.max(...worst)
}

describe.each(variants)('%s', (variant) => {
  it.each(['relu', 'sigmoid', 'tanh'] as const)('a two-layer %s network follows the reference', async (activation) => {
    const network: Network = { widths: [100, 40, 6], rows: 200, activation }
    const program = trainingProgram(network)
    const [weights, xs] = [weightsOf(program), stepsOf(network, 20, 32)]
    const backend = await openBackend(variant)
    const got = await (await backend.compile(program, dataOf(network))).scan(weights, xs)
    const want = await (await referenceBackend().compile(program, dataOf(network))).scan(weights, xs)
    await backend.dispose()
    // 20 steps of some 20 operations with an error of 6e-8 each, inner products of 100 terms; a wrong gradient is off by 1e-2.
    expect(relativeDifference(got.carry, want.carry)).toBeLessThan(2e-5)
    expect(relativeDifference(got.ys, want.ys)).toBeLessThan(2e-6)
  })

  it('gradient descent on a quadratic contracts as theory says', async () => {
    // f(x) = a/2 x^2: each step multiplies x by 1 - rate a. With rate 1/4 and a = 1, 2, 3: 3/4, 1/2, 1/4, exact in float32.
    const b = new Builder('quadratic')
    const x = b.carry('x', { dtype: 'float32', shape: [3] })
    const a = b.constants('a', { dtype: 'float32', shape: [3] })
    const rate = b.xs('rate', { dtype: 'float32', shape: [] })
    const loss = b.mul(b.reduceSum(b.mul(a, b.mul(x, x))), b.constant(0.5, 'float32'))
    const [slope] = gradient(b, loss, [x])
    if (slope === undefined) throw new RangeError('no gradient')
    const program = b.finish({ carry: { x: b.sub(x, b.mul(rate, slope)) }, ys: { loss } })
    const executable = await (await openBackend(variant)).compile(program, { a: tensor('float32', [3], [1, 2, 3]) })
    const { carry, ys } = await executable.scan(
      { x: tensor('float32', [3], [1, 1, 1]) },
      { rate: tensor('float32', [4], [0.25, 0.25, 0.25, 0.25]) },
    )
    expect(carry['x']?.data).toEqual(Float32Array.of((3 / 4) ** 4, (1 / 2) ** 4, (1 / 4) ** 4))
    expect(ys['loss']?.data[0]).toBe(3)
  })
})
