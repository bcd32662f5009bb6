/** Observing a step: slices, float64 evaluations, and what they are held against. */
import { describe, expect, it } from 'vitest'
import { sliceStep } from '../src/backend/scan.js'
import { Float64Evaluator } from '../src/observe/float64-evaluator.js'
import { checkNodes } from '../src/compare/operations/node-check.js'
import { Observer } from '../src/observe/observer.js'
import { slicesOf } from '../src/observe/slices.js'
import type { NumericTensor } from '../src/ir/ops/operation.js'
import type { ProgramNode } from '../src/ir/program.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { referenceBackend } from '../src/reference/backend.js'
import { bytesPerElement, elementCount } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'

function bytesOf({ type }: ProgramNode, batch: number): number {
  return bytesPerElement[type.dtype] * elementCount(type.shape.map((dim) => (dim === 'batch' ? batch : dim)))
}

describe('slices', () => {
  const plan = smallPlan()
  const program = plan.program('observed')
  const { batchSize } = plan.arm

  it('are one where everything fits, and hold every node once, in order, where it does not', () => {
    expect(slicesOf(program, batchSize)).toHaveLength(1)
    const slices = slicesOf(program, batchSize, 3000)
    expect(slices.length).toBeGreaterThan(5)
    expect(slices.flatMap(({ nodes }) => nodes)).toEqual(program.nodes)
  })

  it('tap what their nodes read, and stay within their size unless one node alone exceeds it', () => {
    const byName = new Map(program.nodes.map((node) => [node.name, node]))
    const byId = new Map(program.nodes.map((node) => [node.id, node]))
    for (const { nodes, program: tapped } of slicesOf(program, batchSize, 3000)) {
      const taps = tapped.outputs.ys.flatMap(({ name }) => byName.get(name) ?? [])
      const needed = new Set(nodes.flatMap((node) => [node, ...node.inputs.flatMap((id) => byId.get(id) ?? [])]))
      expect(new Set(taps)).toEqual(needed)
      const bytes = taps.reduce((sum, node) => sum + bytesOf(node, batchSize), 0)
      expect(bytes <= 3000 || nodes.length === 1).toBe(true)
    }
  })
})

function inputsOf(plan: TrainingPlan, step: number) {
  const stretch = { first: step, count: 1 }
  const batch = plan.batchOf(stretch)
  return { constants: plan.constants('observed'), carry: plan.initial, xs: plan.xs('observed', stretch), batch }
}

function evaluated(plan: TrainingPlan, precision: 'exact' | 'rounded') {
  const { xs, ...inputs } = inputsOf(plan, 0)
  const program = plan.program('observed')
  const evaluator = new Float64Evaluator(program, { ...inputs, x: sliceStep(xs, 0) }, precision)
  for (const node of program.nodes) {
    evaluator.next(node)
    evaluator.release(node)
  }
  return evaluator.outputs
}

async function referenceOutputs(plan: TrainingPlan) {
  const { constants, carry, xs } = inputsOf(plan, 0)
  const executable = await referenceBackend().compile(plan.program('observed'), constants)
  return executable.scan(carry, xs)
}

function numbersOf(tensors: Readonly<Record<string, NumericTensor>>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data)]))
}

const rich = {
  model: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 8 },
      { type: 'batchNorm' },
      { type: 'activation' },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 10 },
    ],
  },
}

describe('a float64 evaluation', () => {
  it.each([{}, rich])('that rounds is the reference backend in float32, bit for bit', async (changes) => {
    const plan = smallPlan(changes)
    const [evaluator, { carry, ys }] = [evaluated(plan, 'rounded'), await referenceOutputs(plan)]
    expect(numbersOf(evaluator.carry)).toEqual(numbersOf(carry))
    expect(numbersOf(evaluator.ys)).toEqual(numbersOf(ys))
  })

  it('that is exact is the reference backend in float64', async () => {
    const plan = smallPlan({ ...rich, precision: 'float64' })
    const [evaluator, { ys }] = [evaluated(plan, 'exact'), await referenceOutputs(plan)]
    expect(numbersOf(evaluator.ys)).toEqual(numbersOf(ys))
  })
})

describe('checking nodes', () => {
  it('finds the same through many slices as through one', async () => {
    const plan = smallPlan(rich)
    const { constants, ...rest } = inputsOf(plan, 0)
    const program = plan.program('observed')
    const check = async (mostBytes?: number) => {
      const observer = new Observer(referenceBackend(), constants)
      const slices = slicesOf(program, rest.batch, mostBytes)
      const { steps } = await checkNodes({ program, slices, constants, ...rest, whole: true }, [observer])
      await observer.close()
      return steps.get(observer.backend)
    }
    const [one, many] = [await check(), await check(2000)]
    expect(one?.nodes).toHaveLength(program.nodes.length)
    expect(many?.nodes).toEqual(one?.nodes)
    expect(many?.result.carry).toEqual(one?.result.carry)
  })

  it('finds the reference within half a unit of everything, and rounding alone in its whole step', async () => {
    const plan = smallPlan(rich)
    const { constants, ...rest } = inputsOf(plan, 0)
    const program = plan.program('observed')
    const observer = new Observer(referenceBackend(), constants)
    const slices = slicesOf(program, rest.batch)
    const { steps } = await checkNodes({ program, slices, constants, ...rest, whole: true }, [observer])
    const checked = steps.get(observer.backend)
    const nodes = checked?.nodes ?? []
    expect(nodes.map(({ node }) => node.name)).toEqual(program.nodes.map(({ name }) => name))
    expect(Math.max(...nodes.map(({ own }) => own.ratio))).toBeLessThanOrEqual(0.5001)
    // The reference is what the noise is measured with.
    for (const { whole, noise } of nodes) expect(noise).toBe(whole)
    expect(checked?.miswired).toEqual([])
  })
})
