/** Every seeded fault must be found, named at the right place, and never blamed on the healthy. */
import { describe, expect, it } from 'vitest'
import { faultPlan } from '../src/compare/faults/experiment.js'
import { faults, tryFault } from '../src/compare/faults/index.js'
import { change, rewriteProgram } from '../src/compare/faults/rewrite.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'
import { smallPlan } from './check-subjects.js'

describe('seeded faults on the reference backend', () => {
  it.each(faults.map((fault) => [fault.id, fault] as const))('%s', async (_, fault) => {
    const trial = await tryFault(fault, referenceBackend())
    expect(trial.found).toMatchObject(fault.expected)
    expect(trial.found?.backend).toBe('faulty')
    expect(trial.wronged).toEqual([])
    expect(trial.ok).toBe(true)
  })

  it('are many, each with an id of its own', () => {
    const ids = faults.map(({ id }) => id)
    expect(ids.length).toBeGreaterThanOrEqual(25)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('of the vanished gradient concerns one that has vanished', async () => {
    const fault = faults.find(({ id }) => id === 'vanished-gradient')
    if (fault === undefined) throw new Error('no such fault')
    const { found } = await tryFault(fault, referenceBackend())
    expect(found?.measured).toBeCloseTo(0.1, 6)
    // The sentence has the norm of the gradient.
    expect(Number(/norm ([\d.e-]+)/.exec(found?.sentence ?? '')?.[1])).toBeLessThan(1e-7)
  })
})

describe('a trial', () => {
  it('fails for a fault that is none', async () => {
    const [first] = faults
    if (first === undefined) throw new Error('no fault')
    const harmless = { ...first, wrap: (backend: typeof healthy) => ({ ...backend, name: 'faulty' }) }
    const healthy = referenceBackend()
    const trial = await tryFault(harmless, healthy)
    expect(trial).toMatchObject({ named: false, ok: false, wronged: [] })
    expect(trial.found).toBeUndefined()
  })

  it('fails for a fault that is found elsewhere than expected', async () => {
    const [first] = faults
    if (first === undefined) throw new Error('no fault')
    const misplaced = { ...first, expected: { ...first.expected, layer: 'dense3' } }
    expect(await tryFault(misplaced, referenceBackend())).toMatchObject({ named: false, ok: false })
  })
})

describe('rewriting a program', () => {
  const program = smallPlan().program('train')

  it('keeps ids, names and types of what it changes, and leaves a program that is sound', () => {
    const doubled = rewriteProgram(program, (node, emit) =>
      node.op === 'matmul'
        ? change('add', [emit(node.op, node.inputs, node.attributes), emit(node.op, node.inputs, node.attributes)], {})
        : undefined,
    )
    expect(verify(doubled)).toBe(doubled)
    const products = program.nodes.filter(({ op }) => op === 'matmul')
    expect(products.length).toBeGreaterThan(2)
    expect(doubled.nodes).toHaveLength(program.nodes.length + 2 * products.length)
    for (const { id, name, type } of products) {
      expect(doubled.nodes.find((node) => node.id === id)).toMatchObject({ op: 'add', name, type })
    }
    expect(doubled.outputs).toEqual(program.outputs)
  })

  it('leaves alone what it does not change', () => {
    expect(rewriteProgram(program, () => undefined)).toEqual(program)
  })
})

describe('the experiment of the faults', () => {
  it('has a batch that is not whole, and square inner weights', () => {
    const { partialStep, model } = faultPlan('relu')
    expect(partialStep).toBe(2)
    expect(model.parameters.find(({ name }) => name === 'dense2.weight')?.shape).toEqual([12, 12])
    expect(model.masks).toHaveLength(1)
  })
})
