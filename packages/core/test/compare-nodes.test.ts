/** Observing a step: slices, float64 evaluations, and what they are held against. */
import { describe, expect, it } from 'vitest'
import { sliceStep } from '../src/backend/scan.js'
import { Float64Evaluator } from '../src/compare/operations/float64-evaluator.js'
import { checkNodes } from '../src/compare/operations/node-check.js'
import { Observer } from '../src/compare/operations/observer.js'
import { slicesOf } from '../src/compare/operations/slices.js'
import type { TrainingCase } from '../src/compare/steps/training-case.js'
import type { NumericTensor } from '../src/ir/ops/operation.js'
import type { ProgramNode } from '../src/ir/program.js'
import { referenceBackend } from '../src/reference/backend.js'
import { bytesPerElement, elementCount } from '../src/tensor.js'
import { smallCase } from './check-subjects.js'

function bytesOf({ type }: ProgramNode, batch: number): number {
  return bytesPerElement[type.dtype] * elementCount(type.shape.map((dim) => (dim === 'batch' ? batch : dim)))
}

describe('slices', () => {
  const { programs, plan } = smallCase()
  const program = programs.observed

  it('are one where everything fits, and hold every node once, in order, where it does not', () => {
    expect(slicesOf(program, plan.batchSize)).toHaveLength(1)
    const slices = slicesOf(program, plan.batchSize, 3000)
    expect(slices.length).toBeGreaterThan(5)
    expect(slices.flatMap(({ nodes }) => nodes)).toEqual(program.nodes)
  })

  it('tap what their nodes read, and stay within their size unless one node alone exceeds it', () => {
    const byName = new Map(program.nodes.map((node) => [node.name, node]))
    const byId = new Map(program.nodes.map((node) => [node.id, node]))
    for (const { nodes, program: tapped } of slicesOf(program, plan.batchSize, 3000)) {
      const taps = tapped.outputs.ys.flatMap(({ name }) => byName.get(name) ?? [])
      const needed = new Set(nodes.flatMap((node) => [node, ...node.inputs.flatMap((id) => byId.get(id) ?? [])]))
      expect(new Set(taps)).toEqual(needed)
      const bytes = taps.reduce((sum, node) => sum + bytesOf(node, plan.batchSize), 0)
      expect(bytes <= 3000 || nodes.length === 1).toBe(true)
    }
  })
})

function inputsOf(trainingCase: TrainingCase, step: number) {
  const { constants, initial } = trainingCase
  const batch = trainingCase.rows(step).shape[1] ?? 0
  return { constants: constants.train, carry: initial, xs: trainingCase.stepInputs(step), batch }
}

function evaluated(trainingCase: TrainingCase, precision: 'exact' | 'rounded') {
  const { xs, ...inputs } = inputsOf(trainingCase, 0)
  const program = trainingCase.programs.observed
  const evaluator = new Float64Evaluator(program, { ...inputs, x: sliceStep(xs, 0) }, precision)
  for (const node of program.nodes) {
    evaluator.next(node)
    evaluator.release(node)
  }
  return evaluator.outputs
}

async function referenceOutputs(trainingCase: TrainingCase) {
  const { constants, carry, xs } = inputsOf(trainingCase, 0)
  const executable = await referenceBackend().compile(trainingCase.programs.observed, constants)
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
    const trainingCase = smallCase(changes)
    const [evaluator, { carry, ys }] = [evaluated(trainingCase, 'rounded'), await referenceOutputs(trainingCase)]
    expect(numbersOf(evaluator.carry)).toEqual(numbersOf(carry))
    expect(numbersOf(evaluator.ys)).toEqual(numbersOf(ys))
  })

  it('that is exact is the reference backend in float64', async () => {
    const trainingCase = smallCase({ ...rich, precision: 'float64' })
    const [evaluator, { ys }] = [evaluated(trainingCase, 'exact'), await referenceOutputs(trainingCase)]
    expect(numbersOf(evaluator.ys)).toEqual(numbersOf(ys))
  })
})

describe('checking nodes', () => {
  it('finds the same through many slices as through one', async () => {
    const trainingCase = smallCase(rich)
    const { constants, ...rest } = inputsOf(trainingCase, 0)
    const program = trainingCase.programs.observed
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
    const trainingCase = smallCase(rich)
    const { constants, ...rest } = inputsOf(trainingCase, 0)
    const program = trainingCase.programs.observed
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
