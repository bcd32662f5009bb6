/** SGD, Rprop and ASGD against PyTorch's published pseudo-code, written out for one element in plain float64. */
import { describe, expect, test } from 'vitest'
import { differences, gradientAt, optimizerSchema, type Rule, runOptimizer, runRule, specOf } from './optimizer-run.js'

interface SgdSettings {
  readonly lr?: number
  readonly momentum?: number
  readonly dampening?: number
  readonly nesterov?: boolean
  readonly weightDecay?: number
}

function sgd(settings: SgdSettings): Rule {
  const { lr = 0.001, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = settings
  return () => {
    let buffer = 0
    return (p, given, t) => {
      let g = given + weightDecay * p
      if (momentum !== 0) {
        buffer = t > 1 ? momentum * buffer + (1 - dampening) * g : g
        g = nesterov ? g + momentum * buffer : buffer
      }
      return p - lr * g
    }
  }
}

function rprop(lr: number, etaMinus: number, etaPlus: number, min: number, max: number): Rule {
  return () => {
    let [previous, eta] = [0, lr]
    return (p, given) => {
      let g = given
      if (g * previous > 0) eta = Math.min(eta * etaPlus, max)
      else if (g * previous < 0) {
        eta = Math.max(eta * etaMinus, min)
        g = 0
      }
      previous = g
      return p - eta * Math.sign(g)
    }
  }
}

/** Gives p, and what it leaves in `averages`. */
function asgd(lr: number, lambda: number, alpha: number, t0: number, weightDecay = 0, averages: number[] = []): Rule {
  return () => {
    let [eta, mu, ax] = [lr, 1, 0]
    const element = averages.push(0) - 1
    return (before, given, t) => {
      const g = given + weightDecay * before
      const p = before * (1 - lambda * eta) - eta * g
      ax = mu === 1 ? p : ax + (p - ax) * mu
      averages[element] = ax
      eta = lr / (1 + lambda * lr * t) ** alpha
      mu = 1 / Math.max(1, t - t0)
      return p
    }
  }
}

const cases: readonly (readonly [Readonly<Record<string, unknown>>, Rule, number])[] = [
  [{ type: 'sgd' }, sgd({}), 1e-6],
  [{ type: 'sgd', learningRate: 0.05, weightDecay: 0.4 }, sgd({ lr: 0.05, weightDecay: 0.4 }), 5e-6],
  [{ type: 'sgd', momentum: 0.9 }, sgd({ momentum: 0.9 }), 1e-6],
  [
    { type: 'sgd', momentum: 0.8, dampening: 0.3, weightDecay: 0.1 },
    sgd({ momentum: 0.8, dampening: 0.3, weightDecay: 0.1 }),
    1e-6,
  ],
  [
    { type: 'sgd', learningRate: 0.02, momentum: 0.9, nesterov: true },
    sgd({ lr: 0.02, momentum: 0.9, nesterov: true }),
    5e-6,
  ],
  [{ type: 'rprop' }, rprop(0.01, 0.5, 1.2, 1e-6, 50), 1e-6],
  [
    { type: 'rprop', learningRate: 0.3, etaMinus: 0.2, etaPlus: 3, minStep: 0.1, maxStep: 0.5 },
    rprop(0.3, 0.2, 3, 0.1, 0.5),
    5e-6,
  ],
  [{ type: 'asgd' }, asgd(0.01, 1e-4, 0.75, 1e6), 2e-6],
  [
    { type: 'asgd', learningRate: 0.1, lambda: 0.3, alpha: 0.5, t0: 4, weightDecay: 0.2 },
    asgd(0.1, 0.3, 0.5, 4, 0.2),
    1e-5,
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

  test.each([[1e6], [4]])('the average of asgd with t0 = %d is that of the rule', async (t0) => {
    const averages: number[] = []
    runRule(asgd(0.01, 1e-4, 0.75, t0, 0, averages))
    const { carry } = await runOptimizer(specOf({ type: 'asgd', t0 }), 'float64')
    expect(differences([Array.from(carry['average']?.data ?? [])], [averages], 1e-10)).toEqual([])
  })
})

function alternating(t: number): number {
  return t % 2 === 0 ? 1e-30 : -1e-30
}

test('rprop sees the sign of products that float32 cannot hold', async () => {
  const { carry } = await runOptimizer(specOf({ type: 'rprop' }), 'float32', alternating)
  // Every turn halves the step, and the step after a turn does not count as one: ten turns in twenty steps.
  expect(carry['step']?.data[0]).toBeCloseTo(0.01 * 0.5 ** 10, 9)
})

describe('settings', () => {
  test.each([
    ['sgd', { learningRate: 0.001, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }],
    ['adam', { learningRate: 0.001, beta1: 0.9, beta2: 0.999, weightDecay: 0, amsgrad: false, formulation: 'torch' }],
    ['sparseAdam', { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
    ['adadelta', { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 }],
    ['adagrad', { learningRate: 0.01, learningRateDecay: 0, initialAccumulator: 0, epsilon: 1e-10, weightDecay: 0 }],
    ['rmsprop', { learningRate: 0.01, alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false, weightDecay: 0 }],
    ['rprop', { learningRate: 0.01, etaMinus: 0.5, etaPlus: 1.2, minStep: 1e-6, maxStep: 50 }],
    ['asgd', { learningRate: 0.01, lambda: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0 }],
    [
      'lbfgs',
      {
        learningRate: 1,
        maxIterations: 20,
        toleranceGradient: 1e-7,
        toleranceChange: 1e-9,
        history: 100,
        lineSearch: 'none',
      },
    ],
  ])("%s has PyTorch's defaults", (type, defaults) => {
    expect(optimizerSchema.parse({ type })).toEqual({ type, ...defaults })
  })

  test.each([
    [{ type: 'sgd', nesterov: true }],
    [{ type: 'sgd', nesterov: true, momentum: 0.9, dampening: 0.1 }],
    [{ type: 'sgd', learningRate: 0 }],
    [{ type: 'adam', beta2: 1 }],
    [{ type: 'rprop', etaPlus: 1 }],
    [{ type: 'rprop', minStep: 1, maxStep: 0.5 }],
    [{ type: 'adagrad', epsilon: -1 }],
    [{ type: 'rmsprop', alpah: 0.9 }],
  ])('%j is refused', (settings) => {
    expect(optimizerSchema.safeParse(settings).success).toBe(false)
  })
})
