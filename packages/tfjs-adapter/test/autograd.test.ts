/**
 * Programs that TensorFlow.js differentiates: what it is asked for, where its gradients go, what is left of the
 * program's own, and that nothing stays behind. Expected numbers are derivatives worked out by hand.
 */
import { builtins, referenceBackend } from '@isograd/core'
import { type ScanResult, tensor } from '@isograd/core/backend'
import { Builder, gradient, type Program, tap } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { arrangePasses } from '../src/autograd/arrangement.js'
import { openBackend, autogradVariants, tf } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'
import { first, numbers, run } from './autograd-run.js'

const SCALAR = { dtype: 'float32', shape: [] } as const

/** a_i = f(w_i a_(i-1)) from x on, with f' at every unit and the last output's derivative by every weight. */
function scalarUnits(weights: readonly number[], type: string): Program {
  const b = new Builder('units')
  let a = b.xs('x', SCALAR)
  const units = weights.map((weight) => {
    const w = b.mul(a, b.constant(weight, 'float32'))
    const z = b.add(w, b.zerosLike(w))
    const output = builtins.activations[type]?.emit(b, z, {})
    if (output === undefined) throw new RangeError(`no activation ${type}`)
    a = output
    return { z, output }
  })
  const ys = units.flatMap(({ z, output }, i) => [
    [`derivative${i}`, first(gradient(b, output, [z]))] as const,
    [`gradient${i}`, first(gradient(b, a, [z]))] as const,
  ])
  return b.finish({ carry: {}, ys: Object.fromEntries(ys) })
}

describe.each(autogradVariants)('%s', (variant) => {
  it('differentiates a polynomial', async () => {
    // y = x^3 + 2x: y' = 3x^2 + 2
    const b = new Builder('cubic')
    const x = b.xs('x', SCALAR)
    const y = b.add(b.mul(x, b.mul(x, x)), b.add(x, x))
    const program = b.finish({ carry: {}, ys: { y, slope: first(gradient(b, y, [x])) } })
    const { ys } = await run(variant, program, { xs: { x: tensor('float32', [3], [0, 2, -3]) } })
    expect(numbers(ys)).toEqual({ y: [0, 12, -33], slope: [2, 14, 29] })
  })

  it('differentiates several losses, by inputs and by what is computed from them', async () => {
    // u = w x, v = u^2, loss = 3 v: dloss/dw = 6 w x^2, dloss/du = 6u, dloss/dv = 3, dv/du = 2u
    const b = new Builder('nested')
    const x = b.xs('x', SCALAR)
    const w = b.carry('w', SCALAR)
    const u = b.mul(w, x)
    const v = b.mul(u, u)
    const loss = b.mul(v, b.constant(3, 'float32'))
    const [byW, byU, byV] = gradient(b, loss, [w, u, v])
    const vByU = first(gradient(b, v, [u]))
    const program = b.finish({ carry: { w }, ys: { loss, v, byW: byW ?? w, byU: byU ?? w, byV: byV ?? w, vByU } })
    const inputs = { carry: { w: tensor('float32', [], [5]) }, xs: { x: tensor('float32', [2], [1, 2]) } }
    const { ys } = await run(variant, program, inputs)
    expect(numbers(ys)).toEqual({
      loss: [75, 300],
      v: [25, 100],
      byW: [30, 120],
      byU: [30, 60],
      byV: [3, 3],
      vByU: [10, 20],
    })
  })

  it('gives a value that is its own loss the gradient 1, and one that the loss does not see 0', async () => {
    const b = new Builder('ends')
    const [x, other] = [b.xs('x', SCALAR), b.xs('other', { dtype: 'float32', shape: ['batch', 2] })]
    const hidden = b.mul(b.sign(x), b.constant(4, 'float32'))
    const loss = b.add(x, hidden)
    const [byLoss, byOther, byHidden] = gradient(b, loss, [loss, other, hidden])
    const byX = first(gradient(b, x, [x]))
    const ofSign = first(gradient(b, b.reduceSum(hidden), [x]))
    const ys = { loss, x, hidden, byLoss: byLoss ?? x, byOther: byOther ?? x, byHidden: byHidden ?? x, byX, ofSign }
    const program = b.finish({ carry: {}, ys })
    const xs = { x: tensor('float32', [1], [3]), other: tensor('float32', [1, 2, 2], [1, 2, 3, 4]) }
    const result = await run(variant, program, { xs })
    expect(numbers(result.ys)).toMatchObject({
      loss: [7],
      byLoss: [1],
      byOther: [0, 0, 0, 0],
      byHidden: [1],
      byX: [1],
      ofSign: [0],
    })
  })

  it('takes a gradient that is also a value of the forward part for both', async () => {
    // loss = w (w x) has dloss/d(w x) = w, the carry input itself, and goes on to use it.
    const b = new Builder('shared')
    const [w, x] = [b.carry('w', SCALAR), b.xs('x', SCALAR)]
    const u = b.mul(w, x)
    const loss = b.mul(w, u)
    const byU = first(gradient(b, loss, [u]))
    expect(byU).toBe(w)
    const program = b.finish({ carry: { w: b.add(w, byU) }, ys: { loss, byU } })
    const inputs = { carry: { w: tensor('float32', [], [3]) }, xs: { x: tensor('float32', [2], [1, 1]) } }
    const { carry, ys } = await run(variant, program, inputs)
    expect(numbers(ys)).toEqual({ loss: [9, 36], byU: [3, 6] })
    expect(numbers(carry)).toEqual({ w: [12] })
  })

  it('differentiates through a gradient', async () => {
    // y = x^3, slope = 3x^2, penalty = slope^2 = 9x^4: penalty' = 36x^3
    const b = new Builder('penalty')
    const x = b.xs('x', SCALAR)
    const y = b.mul(x, b.mul(x, x))
    const slope = first(gradient(b, y, [x]))
    const penalty = b.mul(slope, slope)
    const program = b.finish({ carry: {}, ys: { y, slope, penalty, byX: first(gradient(b, penalty, [x])) } })
    const { ys } = await run(variant, program, { xs: { x: tensor('float32', [2], [1, 2]) } })
    expect(numbers(ys)).toEqual({ y: [1, 8], slope: [3, 12], penalty: [9, 144], byX: [36, 288] })
  })

  it('keeps apart two parameters that share one tensor', async () => {
    // loss = 2p + 5q; both carries come out of the first step as the same value.
    const b = new Builder('aliases')
    const [p, q] = [b.carry('p', SCALAR), b.carry('q', SCALAR)]
    const step = b.xs('step', SCALAR)
    const loss = b.add(b.mul(p, b.constant(2, 'float32')), b.mul(q, b.constant(5, 'float32')))
    const [byP, byQ] = gradient(b, b.mul(loss, step), [p, q])
    const both = b.add(p, q)
    const scaled = b.mul(loss, step)
    const program = b.finish({ carry: { p: both, q: both }, ys: { scaled, byP: byP ?? p, byQ: byQ ?? q } })
    const carry = { p: tensor('float32', [], [1]), q: tensor('float32', [], [1]) }
    const { ys } = await run(variant, program, { carry, xs: { step: tensor('float32', [3], [1, 10, 100]) } })
    expect(numbers(ys)).toMatchObject({ byP: [2, 20, 200], byQ: [5, 50, 500] })
  })

  it.each(['sigmoid', 'relu', 'linear', 'gelu'])(
    'differentiates a chain of %s units, every unit by itself and all of them',
    async (activation) => {
      const program = scalarUnits([0.7, -1.2, 0.9, 1.6, 0.8], activation)
      const xs = { x: tensor('float32', [1], [0.5]) }
      const got = await run(variant, program, { xs })
      const reference = await referenceBackend().compile(program, {})
      const want = await reference.scan({}, xs)
      expect(Object.keys(want.ys)).toHaveLength(10)
      for (const [name, { data }] of Object.entries(want.ys)) {
        expect(got.ys[name]?.data[0]).toBeCloseTo(Number(data[0]), 6)
      }
    },
  )

  it('sees that two gradients are not one, though the program takes them for it', async () => {
    const b = new Builder('shared')
    const [x, y] = [b.xs('x', SCALAR), b.xs('y', SCALAR)]
    const loss = b.sub(x, y)
    const program = b.finish({
      carry: {},
      ys: { loss, byX: first(gradient(b, loss, [x])), byY: first(gradient(b, loss, [y])) },
    })
    const [ofX, ofY] = program.gradients ?? []
    // A rule for x - y that forgets the sign would give both the value 1, of which a program has but one.
    const merged = { ...program, gradients: [ofX, { ...ofY, gradient: ofX?.gradient }] } as Program
    const xs = { x: tensor('float32', [1], [2]), y: tensor('float32', [1], [3]) }
    await expect(run(variant, merged, { xs })).rejects.toThrow(
      `[${variant}] gradients with respect to "x" and "y" of "shared", step 0: the program has one value for both, but TensorFlow.js finds that they differ by 2`,
    )
    const sum = b.add(x, y)
    const equal = gradient(b, sum, [x, y])
    expect(equal[0]).toBe(equal[1])
    const right = b.finish({ carry: {}, ys: { sum, byX: equal[0] ?? x } })
    expect(numbers((await run(variant, right, { xs })).ys)).toEqual({ sum: [5], byX: [1] })
  })

  it('computes what is tapped of our gradients by our program, and changes nothing else', async () => {
    const b = new Builder('tapped')
    const x = b.xs('x', { dtype: 'float32', shape: [3] })
    const loss = b.reduceSum(b.exp(b.tanh(x)))
    const program = b.finish({ carry: {}, ys: { loss, slope: first(gradient(b, loss, [x])) } })
    const xs = { x: tensor('float32', [1, 3], [-1, 0, 0.5]) }
    const plain = await run(variant, program, { xs })
    const tapped = await run(
      variant,
      tap(
        program,
        program.nodes.map(({ name }) => name),
      ),
      { xs },
    )
    expect(Object.keys(tapped.ys).length).toBeGreaterThan(Object.keys(plain.ys).length)
    expect({ ...tapped.ys, ...plain.ys }).toEqual(tapped.ys)
  })

  it('runs on its own engine whichever is active, and leaves that one active', async () => {
    const network: Network = { widths: [20, 8, 4], rows: 30, activation: 'relu' }
    const program = trainingProgram(network)
    const train = async (): Promise<ScanResult> => {
      const backend = await openBackend(variant)
      const executable = await backend.compile(program, dataOf(network))
      const result = await executable.scan(weightsOf(program), stepsOf(network, 3, 8))
      await backend.dispose()
      return result
    }
    const results: ScanResult[] = []
    for (const active of ['wasm', 'cpu']) {
      await openBackend('tfjs-wasm')
      await openBackend('tfjs-cpu')
      await tf.setBackend(active)
      results.push(await train())
      expect(tf.getBackend()).toBe(active)
    }
    expect(results[0]).toEqual(results[1])
  })
})

describe('an arrangement', () => {
  it('has no node that serves our gradients alone', () => {
    const program = trainingProgram({ widths: [6, 5, 4, 3], rows: 9, activation: 'sigmoid' })
    const { before, after } = arrangePasses(program)
    const passes = before.flatMap((task) => ('pass' in task ? [task.pass] : []))
    const computed = [...before.flatMap((task) => ('pass' in task ? [] : [task])), ...after]
    const differentiated = passes.flatMap(({ nodes }) => nodes.map(({ node }) => node))
    expect(passes.map(({ targets }) => targets.length)).toEqual([6])
    const ours = program.nodes.filter(({ stage }) => stage.endsWith('gradient'))
    expect(ours.length).toBeGreaterThan(20)
    const seed = program.nodes.findLast(({ op, stage }) => op === 'constant' && stage === 'forward')?.name
    expect([...computed, ...differentiated].filter(({ stage }) => stage.endsWith('gradient'))).toEqual([])
    // Everything else is computed once, but for the 1 with which our differentiation begins.
    const others = program.nodes.filter(({ stage, name }) => !stage.endsWith('gradient') && name !== seed)
    expect([...computed, ...differentiated].map(({ name }) => name).toSorted()).toEqual(
      others.map(({ name }) => name).toSorted(),
    )
  })
})
