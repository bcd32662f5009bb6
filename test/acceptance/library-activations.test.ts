/** The value and the gradient of every activation on every backend, far into the tails where formulas overflow. */
import { builtins, type FloatDType, referenceBackend, type Spec, tensor, type TensorMap } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { BATCH, Builder, gradient, type Program } from '@isograd/core/ir'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed } from '../backends.js'
import { activationSpecs, configurations } from '../library-members.js'

/** Distance from 1 to the next number. */
const epsilon: Readonly<Record<FloatDType, number>> = { float32: 2 ** -23, float64: 2 ** -52 }

/** Values: compositions of up to twenty rounded operations, relative to the value itself. Seen: 8 and 8. */
const VALUE_EPSILONS = 24

/** Gradients: the same, and differences that cancel, for softmax most of all. Seen: 101 and 101. */
const GRADIENT_EPSILONS = 256

/**
 * What is left of 1 - y where y has come close to 1 is the rounding of y: a sigmoid's derivative on that side is known
 * to an absolute error only. On the other side, where units vanish just the same, it is known to all its digits.
 */
const SATURATED = 0.5
const SATURATION_EPSILONS = 8

/** Below this, float32 is subnormal, and may be flushed to zero. */
const SUBNORMAL = 2 ** -126

const sizes = [0, 1e-6, 1e-3, 0.1, 0.5, 1, 1.5, 2, 3, 5, 8, 12, 20, 50, 300, 1e4]

/** 32 points on both sides of zero, neighbours differing in sign, for rows of 8. */
const points = sizes.flatMap((size) => [size, -size])
const ROW = 8

/** y = f(x) and the gradient of sum_i (i + 1) / 8 y_i, which differs from point to point also for softmax. */
function activationProgram(spec: Spec, dtype: FloatDType): Program {
  const b = new Builder('activation')
  const x = b.xs('x', { dtype, shape: [BATCH, ROW] })
  const weights = b.xs('weights', { dtype, shape: [ROW] })
  const value = builtins.activations[spec.type]?.emit(b, x, spec) ?? x
  const [slope = b.zerosLike(x)] = gradient(b, b.reduceSum(b.mul(value, weights)), [x])
  return b.finish({ carry: {}, ys: { value, gradient: slope } })
}

async function activationOn(backend: Backend, spec: Spec, dtype: FloatDType): Promise<TensorMap> {
  const executable = await backend.compile(activationProgram(spec, dtype), {})
  const weights = Array.from({ length: ROW }, (_, i) => (i + 1) / ROW)
  const { ys } = await executable.scan(
    {},
    { x: tensor(dtype, [1, points.length / ROW, ROW], points), weights: tensor(dtype, [1, ROW], weights) },
  )
  await executable.dispose()
  return ys
}

function elements(outputs: TensorMap, name: string): number[] {
  return Array.from(outputs[name]?.data ?? [])
}

/** The points at which the gap is more than `allowed`, with the gap. */
function outOf(
  actual: readonly number[],
  expected: readonly number[],
  allowed: (size: number, i: number) => number,
): (readonly number[])[] {
  const gaps = expected.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value))
  return points.flatMap((point, i) => {
    const [gap = Number.NaN, value = Number.NaN] = [gaps[i], expected[i]]
    return gap <= allowed(Math.abs(value), i) + SUBNORMAL ? [] : [[point, gap]]
  })
}

describe.each(configurations)('%s in %s', (name, precision) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await backendNamed(name)
  })
  afterAll(async () => {
    await backend.dispose()
  })

  test.each(activationSpecs)('%o: value and gradient, from -1e4 to 1e4', async (spec) => {
    const [own, expected] = [
      await activationOn(backend, spec, precision),
      await activationOn(referenceBackend(), spec, precision),
    ]
    const [values, slopes] = [elements(expected, 'value'), elements(expected, 'gradient')]
    expect([values.length, slopes.length]).toEqual([points.length, points.length])
    expect([...values, ...slopes].filter((element) => !Number.isFinite(element))).toEqual([])
    const unit = epsilon[precision]
    const rounding = values.map((value) => (Math.abs(value) > SATURATED ? SATURATION_EPSILONS * unit : 0))
    const wrongValues = outOf(elements(own, 'value'), values, (size) => VALUE_EPSILONS * unit * size)
    const wrongSlopes = outOf(
      elements(own, 'gradient'),
      slopes,
      (size, i) => GRADIENT_EPSILONS * unit * size + (rounding[i] ?? 0),
    )
    expect({ wrongValues, wrongSlopes }).toEqual({ wrongValues: [], wrongSlopes: [] })
  })
})
