/** Programs that compute the forward pass again for its gradient: the same bits, and fewer values at once. */
import { describe, expect, test } from 'vitest'
import type { Program } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'
import { elementCount } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'

const layers = [
  { type: 'flatten' },
  ...Array.from({ length: 8 }, (_, i) => [
    { type: 'dense', units: 12, ...(i === 3 && { name: 'skipped' }) },
    { type: 'batchNorm' },
    { type: 'activation', function: 'tanh' },
    ...(i === 5 ? [{ type: 'add', inputs: ['skipped', -1] }] : []),
    { type: 'dropout', rate: 0.25 },
  ]).flat(),
  { type: 'dense', units: 10 },
]

const planWith = (recompute: boolean) => smallPlan({ model: { layers }, recompute })

/** Elements of a value of 16 rows. */
function sizeOf({ type }: Program['nodes'][number]): number {
  return elementCount(type.shape.map((dim) => (dim === 'batch' ? 16 : dim)))
}

/** Elements of a batch of 16 that are held at once by who frees each value after its last reader. */
function mostHeld({ nodes, outputs }: Program): number {
  const last = new Map(nodes.flatMap(({ inputs }, i) => inputs.map((id) => [id, i] as const)))
  for (const { value } of [...outputs.carry, ...outputs.ys]) last.set(value, nodes.length)
  let [held, most] = [0, 0]
  const freed = Array.from({ length: nodes.length + 1 }, () => 0)
  for (const [i, node] of nodes.entries()) {
    held += sizeOf(node)
    most = Math.max(most, held)
    const end = last.get(node.id) ?? i
    freed[end] = Number(freed[end]) + sizeOf(node)
    held -= Number(freed[i])
  }
  return most
}

describe('a forward pass that is computed again', () => {
  test.each(['train', 'observed', 'gradients', 'probe'] as const)(
    'gives the bits of the plain program of %s',
    async (role) => {
      const [plain, again] = [planWith(false), planWith(true)]
      const scans = await Promise.all(
        [plain, again].map(async (plan) => {
          const executable = await referenceBackend().compile(plan.program(role), plan.constants(role))
          const held = role === 'probe' ? plan.initial : {}
          const count = role === 'probe' ? 1 : 2
          return executable.scan(plan.carryFor(role, plan.initial), plan.xs(role, { first: 0, count }, held))
        }),
      )
      expect(scans[1]).toEqual(scans[0])
      expect(() => verify(again.program(role))).not.toThrow()
      expect(again.program(role).nodes.length).toBeGreaterThan(plain.program(role).nodes.length)
    },
  )

  test('holds fewer values at once, and computes each at most twice', () => {
    const [plain, again] = [planWith(false).program('train'), planWith(true).program('train')]
    expect(mostHeld(again)).toBeLessThan(0.8 * mostHeld(plain))
    const names = again.nodes.map(({ name }) => name)
    const repeated = names.filter((name) => name.endsWith('/again'))
    expect(new Set(names).size).toBe(names.length)
    expect(repeated.every((name) => names.includes(name.replace('/again', '')))).toBe(true)
  })

  test('leaves programs alone that have no gradient', () => {
    expect(planWith(true).program('evaluate:test')).toEqual(planWith(false).program('evaluate:test'))
  })
})
