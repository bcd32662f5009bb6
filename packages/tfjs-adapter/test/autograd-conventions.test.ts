/**
 * Points at which a function has no derivative, or its derivative no place in float32: what TensorFlow.js says there, and
 * what our differentiation says. Where the two differ the README says so.
 */
import { tensor } from '@isograd/core/backend'
import { Builder, gradient, type Value } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { openBackend, type Variant, variants } from './backends.js'

type Emit = (b: Builder, values: readonly [Value, Value]) => Value

interface Slopes {
  readonly byX: readonly number[]
  readonly byY: readonly number[]
}

/** The gradients of the sum of what `emit` makes of two vectors. */
async function slopes(variant: Variant, emit: Emit, x: readonly number[], y: readonly number[] = x): Promise<Slopes> {
  const b = new Builder('kink')
  const type = { dtype: 'float32', shape: [x.length] } as const
  const [left, right] = [b.xs('x', type), b.xs('y', type)]
  const value = emit(b, [left, right])
  const loss = b.reduceSum(value)
  const [byX, byY] = gradient(b, loss, [left, right])
  const ys = { loss, value, byX: byX ?? loss, byY: byY ?? loss }
  const backend = await openBackend(variant)
  const executable = await backend.compile(b.finish({ carry: {}, ys }), {})
  const result = await executable.scan(
    {},
    { x: tensor('float32', [1, x.length], x), y: tensor('float32', [1, x.length], y) },
  )
  await backend.dispose()
  return { byX: numbers(result.ys['byX']?.data), byY: numbers(result.ys['byY']?.data) }
}

/** Without the sign of zero, of which neither side says anything. */
function numbers(data: ArrayLike<number | bigint> | undefined): number[] {
  return Array.from(data ?? [], (x) => Number(x) + 0)
}

const none = (x: readonly number[]): number[] => x.map(() => 0)

describe.each(variants)('%s', (variant) => {
  const isDifferentiated = variant.endsWith(':autograd')

  it("has relu'(0) = 0", async () => {
    const x = [-1, -0, 0, 1e-30, 2]
    const byX = [0, 0, 0, 1, 1]
    expect(await slopes(variant, (b, [v]) => b.relu(v), x)).toEqual({ byX, byY: none(x) })
  })

  it('gives all of a tie of two to the first', async () => {
    const [x, y] = [
      [1, 1, 3],
      [1, 3, 2],
    ]
    const [first, second] = [
      [1, 0, 1],
      [0, 1, 0],
    ]
    expect(await slopes(variant, (b, [v, w]) => b.maximum(v, w), x, y)).toEqual({ byX: first, byY: second })
    const smaller = { byX: [1, 1, 0], byY: [0, 0, 1] }
    expect(await slopes(variant, (b, [v, w]) => b.minimum(v, w), x, y)).toEqual(smaller)
  })

  it('takes the slope of |x| at 0 for -1 where TensorFlow.js differentiates, else for 0', async () => {
    const x = [-2, -0, 0, 3]
    const byX = isDifferentiated ? [-1, -1, -1, 1] : [-1, 0, 0, 1]
    expect(await slopes(variant, (b, [v]) => b.abs(v), x)).toEqual({ byX, byY: none(x) })
  })

  it('gives every one of equal maxima the whole gradient where TensorFlow.js differentiates, else shares it', async () => {
    const x = [1, 3, 3, 2]
    const byX = isDifferentiated ? [0, 1, 1, 0] : [0, 0.5, 0.5, 0]
    expect(await slopes(variant, (b, [v]) => b.reduceMax(v), x)).toEqual({ byX, byY: none(x) })
  })

  it('loses the derivative of a quotient whose divisor has no square in float32, where TensorFlow.js differentiates', async () => {
    // -x/y^2 = -1e20, and y^2 = 1e-50 is 0; for x = 0 it is 0.
    const { byY } = await slopes(variant, (b, [v, w]) => b.div(v, w), [1e-30, 0], [1e-25, 1e-25])
    const ofTrue = Number(((byY[0] ?? 0) / -1e20).toPrecision(5))
    expect([ofTrue, byY[1]]).toEqual(isDifferentiated ? [Number.POSITIVE_INFINITY, Number.NaN] : [1, 0])
  })

  it('makes NaN of an infinite gradient that does not flow, where TensorFlow.js differentiates', async () => {
    // d log(0) = 1/0, behind a maximum that takes the other one.
    const { byX } = await slopes(variant, (b, [v]) => b.log(b.maximum(v, b.zerosLike(v))), [-1, 2])
    expect(byX).toEqual([isDifferentiated ? Number.NaN : 0, 0.5])
  })
})
