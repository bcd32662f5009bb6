/** Planted faults of optimizers, metrics and initializers: each is found by its law, and the state is named. */
import { describe, expect, it } from 'vitest'
import { checkExtension } from '../src/conformance/index.js'
import { each, initializer, type InitializerRecord } from '../src/model/initializers/initializer.js'
import {
  type HostOptimizer,
  hostOptimizer,
  named,
  optimizer,
  type ProgramOptimizer,
} from '../src/optimize/optimizers/optimizer.js'
import { builtins } from '../src/registry/builtins.js'
import type { Extension } from '../src/registry/registry.js'
import { type Accumulator, meanOfRows, rowMetric, summedMetric } from '../src/task/metrics/metric.js'
import { tensor } from '../src/tensor.js'

async function breaches(extension: Extension): Promise<string[]> {
  const results = await checkExtension(builtins, extension)
  expect(results.length).toBeGreaterThan(0)
  return results.filter(({ ok }) => !ok).map(({ law, detail }) => `${law}: ${detail}`)
}

/** p <- p - 0.1 v, v <- 0.9 v + g, with something done otherwise. */
function momentum(changes: Partial<ProgramOptimizer>): Extension {
  const right: ProgramOptimizer = {
    runs: 'program',
    state: () => ({ velocity: 0 }),
    scalars: () => ({ rate: 0.1 }),
    update: ({ b, parameter, gradient, state, scalars }) => {
      const velocity = b.add(b.mul(named(state, 'velocity'), b.constant(0.9, parameter.type.dtype)), gradient)
      return { parameter: b.sub(parameter, b.mul(velocity, named(scalars, 'rate'))), state: { velocity } }
    },
  }
  return { optimizers: { mine: optimizer({ ...right, ...changes }) } }
}

/** An optimizer on the host that counts its steps. */
function descent(step: HostOptimizer['step']): Extension {
  const mine = hostOptimizer({
    runs: 'host',
    statePrefix: 'mine/',
    initial: () => ({ 'mine/count': tensor('float64', [1], [0]) }),
    checkState: () => {},
    updates: () => 1,
    step,
  })
  return { optimizers: { mine } }
}

describe('an optimizer', () => {
  it('that is right holds its laws', async () => {
    expect(await breaches(momentum({}))).toEqual([])
  })

  it('that forgets a state fails by its name', async () => {
    const forgetting = momentum({
      update: ({ b, parameter, gradient }) => ({ parameter: b.sub(parameter, gradient), state: {} }),
    })
    const [first] = await breaches(forgetting)
    expect(first).toBe('state: state "velocity" is declared by state() and does not come back from update()')
  })

  it('that gives a state which it has not declared, or one of another shape, fails by its name', async () => {
    const undeclared = momentum({
      update: ({ b, parameter, gradient, state }) => ({
        parameter: b.sub(parameter, gradient),
        state: { velocity: named(state, 'velocity'), squares: gradient },
      }),
    })
    expect((await breaches(undeclared))[0]).toBe('state: state "squares" comes back and is not declared by state()')
    const reduced = momentum({
      update: ({ b, parameter, gradient }) => ({
        parameter: b.sub(parameter, gradient),
        state: { velocity: b.reduceSum(gradient) },
      }),
    })
    expect((await breaches(reduced))[0]).toBe(
      'state: state "velocity": expected float64[3,4], as the parameter is, got float64[]',
    )
  })

  it('that computes in float64 only fails', async () => {
    const wide = momentum({
      update: ({ b, parameter, gradient, state }) => ({
        parameter: b.sub(parameter, b.mul(gradient, b.constant(0.1, 'float64'))),
        state,
      }),
    })
    expect(await breaches(wide)).toEqual(['float32: [core] mul: input dtypes differ: float32 and float64'])
  })

  it('that leaves its parameters, or diverges, fails', async () => {
    const still = momentum({ update: ({ parameter, state }) => ({ parameter, state }) })
    expect(await breaches(still)).toEqual(['update: "parameter" is the same after 6 steps'])
    const diverging = momentum({ scalars: (_, t) => ({ rate: 1 / (t - 1) }) })
    expect((await breaches(diverging))[0]).toMatch(/^finite: "parameter", element 0: -?Infinity after 6 steps$/)
  })

  it('whose steps are not the same twice fails', async () => {
    let calls = 0
    const counting = momentum({ scalars: () => ({ rate: 1 / ++calls }) })
    expect(await breaches(counting)).toEqual([
      expect.stringMatching(/^determinism: "parameter.* after 6 steps at once and in two halves: first .*, then/),
    ])
  })

  it('on the host is held to the names of its state, to the loss and to what it was lent', async () => {
    const right = descent(async (evaluate, state, parameters) => {
      const { loss, gradient } = await evaluate(parameters)
      return { loss, state, parameters: parameters.map((value, i) => value - 0.01 * Number(gradient[i])) }
    })
    expect(await breaches(right)).toEqual([])
    const writing = descent(async (evaluate, state, parameters) => {
      const { loss, gradient } = await evaluate(parameters)
      for (const [i, slope] of gradient.entries()) parameters[i] = Number(parameters[i]) - 0.01 * slope
      return { loss, state, parameters }
    })
    expect((await breaches(writing))[0]).toBe('state: "parameters" are written to')
    const renamed = descent(async (evaluate, state, parameters) => {
      const { loss, gradient } = await evaluate(parameters)
      const moved = parameters.map((value, i) => value - 0.01 * Number(gradient[i]))
      return { loss, state: { ...state, count: tensor('float64', [1], [1]) }, parameters: moved }
    })
    expect(await breaches(renamed)).toEqual(['state: state "count": expected a name that begins with "mine/"'])
  })
})

const facts = { format: 'number', better: 'smaller', suits: ['numbers'], isUsual: false } as const

function metricOf(accumulator: (width: number) => Accumulator): Extension {
  const mine = rowMetric({
    ...facts,
    label: () => 'mine',
    reads: 'rows',
    accumulator: (_, width) => accumulator(width),
  })
  return { metrics: { mine } }
}

function largest(output: ArrayLike<number>, target: ArrayLike<number>): number {
  return Math.max(...Array.from(output, (value, i) => Math.abs(value - Number(target[i]))))
}

describe('a metric', () => {
  it('that is right holds its laws', async () => {
    expect(await breaches(metricOf((width) => meanOfRows(width, width, largest)))).toEqual([])
  })

  it('that is a mean of means of batches depends on how rows are split', async () => {
    const means = metricOf((width) => {
      const values: number[] = []
      return {
        add: (output, target, rows) => {
          const one = meanOfRows(width, width, largest)
          one.add(output, target, rows)
          values.push(one.result().value)
        },
        result: () => ({ value: values.reduce((sum, value) => sum + value, 0) / values.length, error: 0 }),
      }
    })
    expect(await breaches(means)).toEqual([
      expect.stringMatching(/^batches: "value" of .* "numbers": [\d.]+ in one batch, [\d.]+ in batches of 1, 14$/),
    ])
  })

  it('that hides NaN fails', async () => {
    const hiding = metricOf((width) =>
      meanOfRows(width, width, (output, target) => {
        const worst = largest(output, target)
        return Number.isNaN(worst) ? 0 : worst
      }),
    )
    expect(await breaches(hiding)).toEqual([
      'NaN: "value" of outputs that are NaN, for targets of the type "numbers": expected NaN, got 0',
    ])
  })

  it('that counts NaN as told right fails', async () => {
    const mine = summedMetric({
      label: () => 'not told wrong',
      format: 'percent',
      better: 'larger',
      suits: ['flags'],
      isUsual: false,
      reads: 'sum',
      emit: ({ b, output, target }) => {
        const sides = b.mul(output, b.sub(b.add(target, target), b.constant(1, output.type.dtype)))
        const wrong = b.cast(b.greater(b.zerosLike(output), sides), output.type.dtype)
        return b.reduceSum(b.sub(b.constant(1, output.type.dtype), b.reduceMax(wrong, [1])))
      },
      error: () => 0,
    })
    expect(await breaches({ metrics: { mine } })).toEqual([
      'NaN: "value" of outputs that are NaN, for targets of the type "flags": expected NaN or worse than 1, got 1',
    ])
  })
})

function filling(fill: InitializerRecord['fill']): Extension {
  return { initializers: { mine: initializer({ fill }) } }
}

describe('an initializer', () => {
  it('that draws elsewhere than from its stream, of another size, or no numbers fails', async () => {
    expect(await breaches(filling((_, context) => each(context, () => context.stream.normal())))).toEqual([])
    let calls = 0
    expect(await breaches(filling((_, context) => each(context, () => ++calls)))).toEqual([
      expect.stringMatching(/^determinism: element 0 from one stream: first \d+, then \d+$/),
    ])
    expect(await breaches(filling(() => new Float64Array(3)))).toEqual(['shape: expected 24 numbers for [6,4], got 3'])
    expect(await breaches(filling((_, context) => each(context, (i) => 1 / (i - 2))))).toEqual([
      'finite: element 2 is Infinity',
    ])
  })
})
