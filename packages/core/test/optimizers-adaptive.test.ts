/**
 * Optimizers that scale each element by its history, against PyTorch's (and Keras's) published pseudo-code written out
 * for one element in plain float64.
 */
import { describe, expect, test } from 'vitest'
import { differences, gradientAt, type Rule, runOptimizer, runRule, specOf } from './optimizer-run.js'

function torchAdam(lr: number, beta1: number, beta2: number, eps: number, weightDecay = 0, amsgrad = false): Rule {
  return () => {
    let [m, v, vMax] = [0, 0, 0]
    return (p, given, t) => {
      const g = given + weightDecay * p
      m = beta1 * m + (1 - beta1) * g
      v = beta2 * v + (1 - beta2) * g * g
      vMax = Math.max(vMax, v)
      const mHat = m / (1 - beta1 ** t)
      const vHat = (amsgrad ? vMax : v) / (1 - beta2 ** t)
      return p - (lr * mHat) / (Math.sqrt(vHat) + eps)
    }
  }
}

function kerasAdam(lr: number, beta1: number, beta2: number, eps: number, weightDecay = 0, amsgrad = false): Rule {
  return () => {
    let [m, v, vHat] = [0, 0, 0]
    return (before, g, t) => {
      const p = before - before * weightDecay * lr
      const alpha = (lr * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t)
      m += (g - m) * (1 - beta1)
      v += (g * g - v) * (1 - beta2)
      vHat = Math.max(vHat, v)
      return p - (m * alpha) / (Math.sqrt(amsgrad ? vHat : v) + eps)
    }
  }
}

function sparseAdam(lr: number, beta1: number, beta2: number, eps: number): Rule {
  return () => {
    let [m, v] = [0, 0]
    return (p, g, t) => {
      if (g === 0) return p
      m += (g - m) * (1 - beta1)
      v += (g ** 2 - v) * (1 - beta2)
      return p - (((lr * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t)) * m) / (Math.sqrt(v) + eps)
    }
  }
}

function adadelta(lr: number, rho: number, eps: number, weightDecay = 0): Rule {
  return () => {
    let [v, u] = [0, 0]
    return (p, given) => {
      const g = given + weightDecay * p
      v = v * rho + g * g * (1 - rho)
      const delta = (Math.sqrt(u + eps) / Math.sqrt(v + eps)) * g
      u = u * rho + delta * delta * (1 - rho)
      return p - lr * delta
    }
  }
}

function adagrad(lr: number, lrDecay: number, initial: number, eps: number, weightDecay = 0): Rule {
  return () => {
    let sum = initial
    return (p, given, t) => {
      const g = given + weightDecay * p
      sum += g * g
      // An element that never had a gradient divides 0 by epsilon.
      return p - ((lr / (1 + (t - 1) * lrDecay)) * g) / (Math.sqrt(sum) + eps)
    }
  }
}

interface RmspropSettings {
  readonly lr?: number
  readonly alpha?: number
  readonly eps?: number
  readonly momentum?: number
  readonly centered?: boolean
  readonly weightDecay?: number
}

function rmsprop(settings: RmspropSettings): Rule {
  const { lr = 0.01, alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, weightDecay = 0 } = settings
  return () => {
    let [v, average, buffer] = [0, 0, 0]
    return (p, given) => {
      const g = given + weightDecay * p
      v = alpha * v + (1 - alpha) * g * g
      average = average * alpha + (1 - alpha) * g
      const denominator = Math.sqrt(centered ? v - average * average : v) + eps
      if (momentum === 0) return p - (lr * g) / denominator
      buffer = momentum * buffer + g / denominator
      return p - lr * buffer
    }
  }
}

/** Settings, the rule, and how far float32 may be from float64 after twenty steps, relative to max(1, |p|). */
const cases: readonly (readonly [Readonly<Record<string, unknown>>, Rule, number])[] = [
  [{ type: 'adam' }, torchAdam(0.001, 0.9, 0.999, 1e-8), 1e-6],
  [{ type: 'adam', learningRate: 0.1, beta1: 0.7, beta2: 0.9, epsilon: 1e-3 }, torchAdam(0.1, 0.7, 0.9, 1e-3), 1e-5],
  [{ type: 'adam', weightDecay: 0.3 }, torchAdam(0.001, 0.9, 0.999, 1e-8, 0.3), 1e-6],
  [{ type: 'adam', amsgrad: true, beta2: 0.5 }, torchAdam(0.001, 0.9, 0.5, 1e-8, 0, true), 1e-6],
  [{ type: 'adam', beta1: 0, beta2: 0 }, torchAdam(0.001, 0, 0, 1e-8), 1e-6],
  [{ type: 'adam', formulation: 'keras' }, kerasAdam(0.001, 0.9, 0.999, 1e-7), 1e-6],
  [
    { type: 'adam', formulation: 'keras', weightDecay: 0.2, learningRate: 0.05, amsgrad: true, beta2: 0.6 },
    kerasAdam(0.05, 0.9, 0.6, 1e-7, 0.2, true),
    5e-6,
  ],
  [{ type: 'sparseAdam' }, sparseAdam(0.001, 0.9, 0.999, 1e-8), 1e-6],
  [
    { type: 'sparseAdam', learningRate: 0.1, beta1: 0.5, beta2: 0.8, epsilon: 1e-4 },
    sparseAdam(0.1, 0.5, 0.8, 1e-4),
    5e-6,
  ],
  [{ type: 'adadelta' }, adadelta(1, 0.9, 1e-6), 1e-6],
  [{ type: 'adadelta', learningRate: 3, rho: 0.5, epsilon: 1e-3, weightDecay: 0.1 }, adadelta(3, 0.5, 1e-3, 0.1), 1e-5],
  [{ type: 'adagrad' }, adagrad(0.01, 0, 0, 1e-10), 1e-6],
  [
    { type: 'adagrad', learningRate: 0.5, learningRateDecay: 0.2, initialAccumulator: 0.1, weightDecay: 0.05 },
    adagrad(0.5, 0.2, 0.1, 1e-10, 0.05),
    5e-6,
  ],
  [{ type: 'rmsprop' }, rmsprop({}), 1e-5],
  [{ type: 'rmsprop', momentum: 0.9, weightDecay: 0.1 }, rmsprop({ momentum: 0.9, weightDecay: 0.1 }), 1e-5],
  [{ type: 'rmsprop', centered: true }, rmsprop({ centered: true }), 1e-5],
  [
    { type: 'rmsprop', learningRate: 0.1, alpha: 0.8, epsilon: 1e-3, centered: true, momentum: 0.5 },
    rmsprop({ lr: 0.1, alpha: 0.8, eps: 1e-3, centered: true, momentum: 0.5 }),
    1e-4,
  ],
]

describe('twenty steps of a 3 x 4 weight', () => {
  test.each(cases)('%j follow the published rule to 1e-10', async (settings, rule) => {
    const { parameters } = await runOptimizer(specOf(settings), 'float64')
    expect(differences(parameters, runRule(rule), 1e-10)).toEqual([])
  })

  test.each(cases)('%j in float32 stay by those in float64', async (settings, rule, tolerance) => {
    const { parameters } = await runOptimizer(specOf(settings), 'float32')
    const expected = runRule(rule, (t, i) => Math.fround(gradientAt(t, i)))
    expect(differences(parameters, expected, tolerance)).toEqual([])
  })
})

/** A gradient in the first step only. */
function once(t: number): number {
  return t === 1 ? 1 : 0
}

test('sparseAdam leaves moments alone where the gradient is 0, adam does not', async () => {
  const sparse = await runOptimizer(specOf({ type: 'sparseAdam' }), 'float64', once)
  expect(sparse.carry['m']?.data[0]).toBeCloseTo(0.1, 15)
  expect(sparse.carry['v']?.data[0]).toBeCloseTo(0.001, 15)
  expect(new Set(sparse.parameters.map(([p]) => p)).size).toBe(1)
  const dense = await runOptimizer(specOf({ type: 'adam' }), 'float64', once)
  expect(dense.carry['m']?.data[0]).toBeCloseTo(0.1 * 0.9 ** 19, 15)
  expect(new Set(dense.parameters.map(([p]) => p)).size).toBe(20)
})

/** A gradient of its own for each element, the same in every step. */
function constantGradient(_: number, i: number): number {
  return 0.1 + 0.037 * i
}

/** The smallest variance that float32 sees in twenty steps of a constant gradient. */
function smallestVariance(given: number, alpha: number): number {
  const [g, rest] = [Math.fround(given), Math.fround(1 - alpha)]
  const towards = (old: number, x: number): number =>
    Math.fround(old + Math.fround(Math.fround(Math.fround(x) - old) * rest))
  let [v, average, smallest] = [0, 0, Infinity]
  for (let t = 0; t < 20; t++) {
    v = towards(v, g * g)
    average = towards(average, g)
    smallest = Math.min(smallest, v - Math.fround(average * average))
  }
  return smallest
}

test('centered rmsprop stays finite where rounding makes the variance negative', async () => {
  const gradients = Array.from({ length: 12 }, (_, i) => constantGradient(0, i))
  expect(Math.min(...gradients.map((g) => smallestVariance(g, 0.3)))).toBeLessThan(0)
  const settings = { type: 'rmsprop', centered: true, alpha: 0.3, learningRate: 1e-3 }
  const { parameters } = await runOptimizer(specOf(settings), 'float32', constantGradient)
  expect(parameters.flat().filter((p) => !Number.isFinite(p))).toEqual([])
})
