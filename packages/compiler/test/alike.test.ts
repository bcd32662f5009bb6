/** Kernels that are alike are written once: the steps of a recurrent layer, which read slices of one sequence. */
import { builtins, parseExperiment, planFor, type TrainingPlan } from '@isograd/core'
import { datasetOptionsOf, loadDataset } from '@isograd/core/node'
import { describe, expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { callsOf } from '../src/loops/alike.js'
import { binary, load } from '../src/loops/build.js'
import { interpreting } from '../src/loops/interpret.js'
import type { Buffer, Kernel } from '../src/loops/loops.js'
import { lower } from '../src/lower/lower.js'
import type { Target } from '../src/target.js'
import { createWasm } from '../src/wasm/target.js'

const buffer = (id: number, rest: Partial<Buffer> = {}): Buffer => {
  return { id, name: `b${id}`, type: 'f32', length: 100, space: 'arena', index: 0, ...rest }
}
const at = (place: number, stride = 1) => ({ constant: place, terms: [{ local: 0, stride }] })

/** c[i + to] = a[i + first] + b[i + second], for i below 8. */
function sum(
  [a, first]: [Buffer, number],
  [b, second]: [Buffer, number],
  [c, to]: [Buffer, number],
  stride = 1,
): Kernel {
  const value = binary('add', load(a, at(first)), load(b, at(second, stride)))
  const body = [{ kind: 'store' as const, buffer: c, index: at(to), value }]
  return { name: 'sum', locals: 1, body: [{ kind: 'for', local: 0, extent: 8, vector: false, body }] }
}

const [a, b, c, d] = [buffer(0), buffer(1), buffer(2), buffer(3)]

describe('kernels', () => {
  const first = sum([a, 0], [b, 10], [c, 20])
  const found = (other: Kernel) => callsOf([first, other]).kernels.length

  it('are alike on other buffers, and at other places of them', () => {
    const { kernels, calls } = callsOf([first, sum([d, 0], [b, 10], [c, 20]), sum([b, 3], [d, 7], [c, 28])])
    expect(kernels).toEqual([first])
    expect(calls.map(({ places }) => places.map(({ buffer: { id }, element }) => [id, element]))).toEqual([
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
      [
        [3, 0],
        [1, 0],
        [2, 0],
      ],
      [
        [1, 3],
        [3, -3],
        [2, 8],
      ],
    ])
  })

  it('are not alike where a stride, a type, or what is one buffer and what two differs', () => {
    expect(found(sum([a, 0], [b, 10], [c, 20], 2))).toBe(2)
    expect(found(sum([buffer(4, { type: 'i32' }), 0], [b, 10], [c, 20]))).toBe(2)
    expect(found(sum([buffer(5, { space: 'x' }), 0], [b, 10], [c, 20]))).toBe(2)
    expect(found(sum([b, 0], [b, 10], [c, 20]))).toBe(2)
    expect(callsOf([sum([b, 0], [b, 10], [c, 20]), sum([b, 5], [b, 14], [c, 20])]).kernels).toHaveLength(2)
  })
})

async function recurrent(type: string, length: number): Promise<TrainingPlan> {
  const { arms } = parseExperiment({
    name: `${type}-${length}`,
    data: { dataset: 'adding', options: { length }, limit: 12, testLimit: 4 },
    task: 'regression',
    model: {
      layers: [
        { type, units: 5 },
        { type: 'dense', units: 1 },
      ],
    },
    optimizer: { type: 'adam' },
    batchSize: 4,
    epochs: 1,
  })
  const [armName = '', arm] = Object.entries(arms)[0] ?? []
  if (arm === undefined) throw new Error('no arm')
  const dataset = await loadDataset('adding', { registry: builtins, ...datasetOptionsOf(arm, builtins) })
  return planFor({ armName, arm, dataset, registry: builtins })
}

async function trained(plan: TrainingPlan, target: Target) {
  const backend = compilerBackend(target, { device: 'cpu', options: {} })
  const executable = await backend.compile(plan.program(plan.stepRole), plan.tables['train']?.constants ?? {})
  const result = await executable.scan(plan.stepCarry, plan.xs(plan.stepRole, plan.stretch(0, 3)))
  await backend.dispose()
  return result
}

describe.each(['simpleRnn', 'gru', 'lstm'])('the steps of %s', (type) => {
  it('are written as often for a sequence of any length', async () => {
    const [short, long] = await Promise.all([10, 30].map((length) => recurrent(type, length)))
    const shapes = [short, long].map((plan) => {
      if (plan === undefined) throw new Error('no plan')
      return callsOf(lower(plan.program(plan.stepRole), 4).kernels).kernels.length
    })
    expect(shapes[0]).toBe(shapes[1])
  })

  it('give the bits of the interpreter', async () => {
    const plan = await recurrent(type, 9)
    expect(await trained(plan, createWasm())).toEqual(await trained(plan, interpreting))
  })
})
