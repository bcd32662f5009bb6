import { assert, constantFrom, double, integer, property, asyncProperty } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lbfgs } from '../src/optimize/optimizers/lbfgs/index.js'
import { lbfgsStep, type LbfgsSettings } from '../src/optimize/optimizers/lbfgs/lbfgs.js'
import { cubicMinimum, type Trial } from '../src/optimize/optimizers/lbfgs/line-search.js'
import { dot } from '../src/numerics/norms.js'
import { type CurvaturePair, descentDirection, remember } from '../src/optimize/optimizers/lbfgs/memory.js'
import {
  initialLbfgsState,
  type LbfgsState,
  lbfgsStateOf,
  lbfgsTensors,
} from '../src/optimize/optimizers/lbfgs/state.js'
import { RandomStream } from '../src/random/stream.js'
import { builtins } from '../src/registry/builtins.js'
import { settingsSchema } from '../src/registry/settings.js'
import { trajectories } from './lbfgs-trajectories.js'
import { type Objective, objectives } from './objectives.js'

function settingsOf(settings: Readonly<Record<string, unknown>>): LbfgsSettings {
  return settingsSchema(lbfgs).parse(settings) as unknown as LbfgsSettings
}

/** A closure, and how often and where it was called. */
function watched(objective: Objective) {
  const places: Float64Array[] = []
  const closure = async (x: Float64Array) => {
    places.push(x.slice())
    return objective(x)
  }
  return { places, closure }
}

async function stepThrough(objective: Objective, start: readonly number[], settings: LbfgsSettings, count: number) {
  const { places, closure } = watched(objective)
  let [state, parameters] = [initialLbfgsState, Float64Array.from(start)]
  const results = []
  for (let step = 0; step < count; step++) {
    const before = parameters.slice()
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const result = await lbfgsStep(state, parameters, closure, settings)
    expect(parameters).toEqual(before)
    results.push({ ...result, before, previous: state })
    state = result.state
    parameters = Float64Array.from(result.parameters)
  }
  return { results, places, state, parameters }
}

function largest(values: ArrayLike<number>): number {
  return Math.max(...Array.from(values, Math.abs))
}

describe('the same steps as PyTorch', () => {
  test.each(trajectories)('$objective from $start with $settings', async ({ objective, start, settings, steps }) => {
    const { results } = await stepThrough(objectives[objective], start, settingsOf(settings), steps.length)
    for (const [i, { loss, parameters, iterations, evaluations }] of steps.entries()) {
      const result = results[i]
      expect([result?.state.iterations, result?.state.evaluations]).toEqual([iterations, evaluations])
      expect(Math.abs((result?.loss ?? Number.NaN) - loss)).toBeLessThan(1e-8 * Math.max(1, loss))
      const distances = parameters.map((value, k) => value - (result?.parameters[k] ?? Number.NaN))
      expect(largest(distances)).toBeLessThan(1e-7 * largest(parameters))
    }
  })
})

/** sum_i c_i (x_i - 1)^2 / 2 with curvatures c from 1 to 100. */
function quadratic(x: Float64Array): ReturnType<Objective> {
  const curvatures = x.map((_, i) => 100 ** (i / (x.length - 1)))
  return {
    loss: x.reduce((sum, value, i) => sum + ((curvatures[i] ?? 0) * (value - 1) ** 2) / 2, 0),
    gradient: x.map((value, i) => (curvatures[i] ?? 0) * (value - 1)),
  }
}

describe('converges', () => {
  test.each([
    [[-1.2, 1], 60],
    [[3, -2, 0.5, -1], 120],
  ])('on Rosenbrock from %j in at most %d evaluations', async (start, most) => {
    const settings = settingsOf({ lineSearch: 'strongWolfe', maxIterations: 200, toleranceChange: 1e-15 })
    const { parameters, places, state } = await stepThrough(objectives.rosenbrock, start, settings, 1)
    expect(largest(parameters.map((value) => value - 1))).toBeLessThan(1e-5)
    expect(places.length).toBeLessThanOrEqual(most)
    expect(state.evaluations).toBe(places.length)
  })

  test.each(['strongWolfe', 'none'])(
    'on a quadratic of 30 variables, curvatures 1 to 100, line search %s',
    async (lineSearch) => {
      const settings = settingsOf({ lineSearch, maxIterations: 150, toleranceChange: 0 })
      const start = Array.from({ length: 30 }, (_, i) => Math.sin(i))
      const { parameters, places } = await stepThrough(quadratic, start, settings, 1)
      expect(largest(parameters.map((value) => value - 1))).toBeLessThan(1e-6)
      expect(places.length).toBeLessThan(130)
    },
  )
})

/** f(t) = t^3 - 3 t^2 + 2 t, with f'(t) = 3 t^2 - 6 t + 2 and its minimum at 1 + 1/sqrt(3). */
function cubicAt(t: number): Trial {
  const gradient = new Float64Array()
  return { step: t, loss: t ** 3 - 3 * t ** 2 + 2 * t, slope: 3 * t ** 2 - 6 * t + 2, gradient }
}

function steepAt(step: number, loss: number): Trial {
  return { step, loss, slope: -1, gradient: new Float64Array() }
}

describe('strong Wolfe conditions', () => {
  test.each([
    ['rosenbrock', [-1.2, 1]],
    ['rosenbrock', [2, 2, -3, 0.1]],
    ['wavy', [2.7, -4.1]],
    ['wavy', [8.1, 5.3]],
    ['quartic', [5, -4, 9]],
  ] as const)('hold at every accepted step on %s from %j', async (name, start) => {
    const objective = objectives[name]
    const settings = settingsOf({ lineSearch: 'strongWolfe', maxIterations: 1, learningRate: 3 })
    const { results } = await stepThrough(objective, start, settings, 12)
    for (const { before, state, parameters, previous } of results) {
      const { last } = state
      // A step that found the gradient flat made no iteration.
      if (last === undefined || state.iterations === previous.iterations) continue
      const { direction, stepLength } = last
      if (parameters.every((value, i) => value === before[i])) continue
      const [from, to] = [objective(before), objective(parameters)]
      const slope = dot(from.gradient, direction)
      expect(slope).toBeLessThan(0)
      expect(to.loss).toBeLessThanOrEqual(from.loss + 1e-4 * stepLength * slope)
      expect(Math.abs(dot(to.gradient, direction))).toBeLessThanOrEqual(0.9 * Math.abs(slope))
      const moved = before.map((value, i) => value + stepLength * (direction[i] ?? 0))
      expect(largest(moved.map((value, i) => value - (parameters[i] ?? 0)))).toBe(0)
    }
    expect(results.filter(({ state, previous }) => state.iterations > previous.iterations).length).toBeGreaterThan(3)
  })

  test('trial steps are the minima of cubics', () => {
    const minimum = 1 + 1 / Math.sqrt(3)
    assert(
      property(double({ min: 0, max: 0.9, noNaN: true }), double({ min: 1.1, max: 4, noNaN: true }), (a, b) => {
        expect(cubicMinimum(cubicAt(a), cubicAt(b), 0, 9)).toBeCloseTo(minimum, 7)
        expect(cubicMinimum(cubicAt(b), cubicAt(a), 0, 9)).toBeCloseTo(minimum, 7)
      }),
    )
    expect(cubicMinimum(cubicAt(0), cubicAt(3), 2, 9)).toBe(2)
    expect(cubicMinimum(cubicAt(0), cubicAt(3), 0, 1.25)).toBe(1.25)
  })

  test('where the cubic has no minimum the trial goes to the middle', () => {
    const [from, to] = [steepAt(0, 0), steepAt(1, -0.9)]
    expect(cubicMinimum(from, to, 1.01, 10)).toBeCloseTo(5.505, 12)
  })
})

/** The BFGS update of an explicit inverse Hessian: (I - r s y') H (I - r y s') + r s s', with r = 1 / (y . s). */
function updateInverse(h: readonly Float64Array[], { step: s, change: y }: CurvaturePair): Float64Array[] {
  const r = 1 / dot(y, s)
  const hy = h.map((row) => dot(row, y))
  const yhy = dot(y, Float64Array.from(hy))
  return h.map((row, i) =>
    row.map((value, j) => {
      const [si, sj] = [s[i] ?? 0, s[j] ?? 0]
      return value - r * (si * (hy[j] ?? 0) + (hy[i] ?? 0) * sj) + (r * r * yhy + r) * si * sj
    }),
  )
}

function pairOf(y: number): CurvaturePair {
  return { step: Float64Array.of(1), change: Float64Array.of(y) }
}

describe('the two loops', () => {
  test('give the product of minus the explicit inverse Hessian with the gradient', () => {
    assert(
      property(integer({ min: 0, max: 1e6 }), integer({ min: 1, max: 8 }), (seed, count) => {
        const stream = new RandomStream(seed, 'sample')
        const draw = (): Float64Array => new Float64Array(6).map(() => stream.normal())
        const pairs = Array.from({ length: count }, (): CurvaturePair => {
          const step = draw()
          // Positive curvature: y is s stretched, with a little of something else.
          const noise = draw()
          return { step, change: step.map((value, i) => (1 + i) * value + 0.1 * (noise[i] ?? 0)) }
        }).filter(({ step, change }) => dot(step, change) > 0.1)
        const newest = pairs.at(-1)
        const scale = newest === undefined ? 1 : dot(newest.change, newest.step) / dot(newest.change, newest.change)
        const identity = Array.from({ length: 6 }, (_, i) => new Float64Array(6).map((__, j) => (i === j ? scale : 0)))
        const inverse = pairs.reduce<Float64Array[]>((h, pair) => updateInverse(h, pair), identity)
        const gradient = draw()
        const direction = descentDirection(pairs, gradient)
        const expected = inverse.map((row) => -dot(row, gradient))
        const difference = largest(direction.map((value, i) => value - (expected[i] ?? Number.NaN)))
        expect(difference).toBeLessThan(1e-9 * Math.max(1, largest(expected)))
      }),
      { numRuns: 60 },
    )
  })

  test('the newest pair obeys the secant equation: H y = s', () => {
    const step = Float64Array.of(1, -2, 0.5)
    const change = Float64Array.of(0.3, -4, 2)
    const direction = descentDirection(
      [
        { step: Float64Array.of(0, 1, 1), change: Float64Array.of(1, 2, 2) },
        { step, change },
      ],
      change,
    )
    expect(largest(direction.map((value, i) => value + (step[i] ?? 0)))).toBeLessThan(1e-14)
  })

  test('pairs without curvature are not remembered, and the oldest are forgotten', () => {
    expect(remember([], pairOf(1e-10), 5)).toEqual([])
    expect(remember([], pairOf(-1), 5)).toEqual([])
    expect(remember([], pairOf(Number.NaN), 5)).toEqual([])
    const three = [1, 2, 3].reduce<readonly CurvaturePair[]>((memory, y) => remember(memory, pairOf(y), 2), [])
    expect(three.map(({ change }) => change[0])).toEqual([2, 3])
  })
})

/** Functions that give a line search nothing to find. */
const hostile: Readonly<Record<string, Objective>> = {
  'falls for ever': (x) => ({ loss: x.reduce((sum, value) => sum - value, 0), gradient: x.map(() => -1) }),
  'is not a number': (x) => ({ loss: Number.NaN, gradient: x.map(() => Number.NaN) }),
  'has a wrong gradient': (x) => ({
    loss: x.reduce((sum, value) => sum + value ** 2, 0),
    gradient: x.map((value) => -2 * value),
  }),
  'has a kink': (x) => ({ loss: x.reduce((sum, value) => sum + Math.abs(value), 0), gradient: x.map(Math.sign) }),
  wavy: objectives.wavy,
}

test('a step evaluates at most maxEvaluations and one line search, whatever the function does', async () => {
  await assert(
    asyncProperty(
      constantFrom(...Object.values(hostile)),
      constantFrom('none', 'strongWolfe'),
      integer({ min: 1, max: 12 }),
      integer({ min: 1, max: 20 }),
      double({ min: 0.01, max: 50, noNaN: true }),
      async (objective, lineSearch, maxIterations, maxEvaluations, learningRate) => {
        const settings = settingsOf({ lineSearch, maxIterations, maxEvaluations, learningRate })
        const { places, state } = await stepThrough(objective, [1.3, -0.4], settings, 1)
        expect(state.evaluations).toBe(places.length)
        expect(state.iterations).toBeLessThanOrEqual(maxIterations)
        // Without a search, one evaluation an iteration; with one, up to 26 in the last.
        const most = lineSearch === 'none' ? Math.min(maxIterations, Math.max(maxEvaluations, 2)) : maxEvaluations + 26
        expect(places.length).toBeLessThanOrEqual(most)
      },
    ),
    { numRuns: 100 },
  )
})

test('a flat place is left at once', async () => {
  const { results, places } = await stepThrough(objectives.rosenbrock, [1, 1], settingsOf({}), 1)
  expect(places).toHaveLength(1)
  expect(results[0]?.parameters).toEqual(Float64Array.of(1, 1))
  expect(results[0]?.state).toEqual({ ...initialLbfgsState, evaluations: 1 })
})

test('a run goes on from the tensors of its state bit for bit', async () => {
  const settings = settingsOf({ lineSearch: 'strongWolfe', maxIterations: 3, history: 4 })
  const straight = await stepThrough(objectives.rosenbrock, [-1.2, 1, 2], settings, 6)
  const { closure } = watched(objectives.rosenbrock)
  let [state, parameters]: [LbfgsState, Float64Array] = [initialLbfgsState, Float64Array.of(-1.2, 1, 2)]
  for (let step = 0; step < 6; step++) {
    // oxlint-disable-next-line no-await-in-loop
    const result = await lbfgsStep(lbfgsStateOf(lbfgsTensors(state)), parameters, closure, settings)
    ;({ state, parameters } = result)
    expect(lbfgsStateOf({ ...lbfgsTensors(state), other: lbfgsTensors(state)['lbfgs/counts'] ?? never() })).toEqual(
      state,
    )
  }
  expect(parameters).toEqual(straight.parameters)
  expect(state).toEqual(straight.state)
  expect(state.memory).toHaveLength(4)
})

function never(): never {
  throw new Error('the counts are always there')
}

test('a state with a tensor missing is refused by name', () => {
  expect(() => lbfgsStateOf({})).toThrow(/tensor "lbfgs\/counts" is missing/)
  expect(lbfgsStateOf(lbfgsTensors(initialLbfgsState))).toEqual(initialLbfgsState)
})

test('the table has it as the only one of its optimizers that runs on the host', () => {
  const onHost = Object.entries(builtins.optimizers).filter(([, { runs }]) => runs === 'host')
  expect(onHost).toEqual([['lbfgs', lbfgs]])
})
