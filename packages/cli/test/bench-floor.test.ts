/** The floor: that it has every product of the step, and nothing that could be left out. */
import { builtins, referenceBackend, type Tensor, tensor, type TensorMap } from '@isograd/core'
import { type Dataset, dataTable } from '@isograd/core/data'
import { type Program, verify } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { type Floor, floorOf, requireProducts, stateBytesOf } from '../src/bench/jobs/floor-program.js'
import { type PlanSource, trainingProgram, workloadFrom, workloadsOf } from '../src/bench/workload.js'

const BATCH = 5
const FEATURES = 12
const CLASSES = 4

/** Samples of zeros: a floor has nothing to do with their values. */
function blank(shape: readonly number[], count: number, rows: number): PlanSource {
  const column = (each: readonly number[]) => {
    const whole = [rows, ...each]
    return tensor('uint8', whole, new Uint8Array(whole.reduce((product, size) => product * size, 1)))
  }
  const table = dataTable({ image: column(shape), label: column([]) })
  const dataset: Dataset = {
    name: 'blank',
    origin: 'a test',
    fields: {
      image: { dtype: 'uint8', shape, encoding: { kind: 'numbers', scale: 1 / 255 } },
      label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count } },
    },
    target: 'label',
    splits: { train: table, test: table },
  }
  return { dataset, registry: builtins }
}

interface Case {
  readonly floor: Floor
  readonly training: Program
  readonly carry: TensorMap
}

function caseOf(layers: readonly object[], optimizer: object = { type: 'adam' }): Case {
  const workload = workloadFrom({
    name: 'floor',
    data: { dataset: 'digits' },
    model: { layers },
    optimizer,
    batchSize: BATCH,
    epochs: 1,
  })
  const { program: training, carry } = trainingProgram(workload, blank([3, 4], CLASSES, 20))
  return { training, carry, floor: floorOf(training, carry, BATCH) }
}

const dense = (units: number) => ({ type: 'dense', units })
const activation = { type: 'activation' }
const deep = [{ type: 'flatten' }, dense(7), activation, dense(6), activation, dense(CLASSES)]

function products(program: Program): number {
  return program.nodes.filter(({ op }) => op === 'matmul').length
}

function element({ shape, data }: Tensor, row: number, column: number, transposed: boolean): number {
  const columns = shape[1] ?? 0
  return data[transposed ? column * columns + row : row * columns + column] ?? Number.NaN
}

function matrix(shape: readonly number[], data: ArrayLike<number>): Tensor {
  return tensor('float32', shape, data)
}

/** A B with A or B read transposed where asked, as plain sums. */
function multiply(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const [rows, inner] = [a.shape[transposeA ? 1 : 0] ?? 0, a.shape[transposeA ? 0 : 1] ?? 0]
  const columns = b.shape[transposeB ? 0 : 1] ?? 0
  const data = Array.from({ length: rows * columns }, (_, i) =>
    Array.from(
      { length: inner },
      (__, k) => element(a, Math.floor(i / columns), k, transposeA) * element(b, k, i % columns, transposeB),
    ).reduce((sum, term) => sum + term, 0),
  )
  return matrix([rows, columns], data)
}

async function scan({ floor }: Case, steps: number): Promise<TensorMap> {
  const executable = await referenceBackend().compile(floor.program, {})
  const { carry } = await executable.scan(floor.carry, {
    [floor.tick]: tensor('int32', [steps], new Int32Array(steps)),
  })
  return carry
}

function named(tensors: TensorMap, name: string): Tensor {
  const found = tensors[name]
  if (found === undefined) throw new Error(`no "${name}" among ${Object.keys(tensors).join(', ')}`)
  return found
}

describe('the floor', () => {
  it('has the products of the step and no other operation', () => {
    const { floor, training } = caseOf(deep)
    verify(floor.program)
    expect(floor.program.nodes.map(({ op }) => op)).toEqual(Array.from({ length: 8 }, () => 'matmul'))
    expect(products(floor.program)).toBe(products(training))
  })

  it('has the operations of the closed form: 6 n_in n_out a sample for each layer, 4 for the first', () => {
    const weights = [FEATURES * 7, 7 * 6, 6 * CLASSES]
    const expected = BATCH * weights.reduce((sum, count, i) => sum + (i === 0 ? 4 : 6) * count, 0)
    expect(caseOf(deep).floor.operations).toBe(expected)
  })

  it('chains the products as the step does, the weights in their places', async () => {
    const one = caseOf([{ type: 'flatten' }, dense(7), activation, dense(CLASSES)])
    const [x, ...others] = Object.entries(one.floor.carry).filter(([name]) => name.endsWith('/even'))
    expect(others).toEqual([])
    const batch = named(one.floor.carry, x?.[0] ?? '')
    expect(batch.shape).toEqual([BATCH, FEATURES])
    const [first, second] = [named(one.carry, 'dense1.weight'), named(one.carry, 'dense2.weight')]
    const hidden = multiply(batch, first, false, false)
    const logits = multiply(hidden, second, false, false)
    const back = multiply(logits, second, false, true)
    const expected = [multiply(hidden, logits, true, false), multiply(batch, back, true, false)]
    const after = await scan(one, 1)
    const gradients = Object.entries(after).filter(([name]) => name.startsWith('product'))
    expect(gradients.map(([, { shape }]) => shape)).toEqual(expected.map(({ shape }) => shape))
    for (const [i, [, { data }]] of gradients.entries()) {
      for (const [at, value] of (expected[i]?.data ?? []).entries()) expect(data[at]).toBeCloseTo(value, 5)
    }
    expect(after['dense1.weight']?.data).toEqual(first.data)
  })

  it('computes something new in every step', async () => {
    const one = caseOf(deep)
    const [first, second, third] = [await scan(one, 1), await scan(one, 2), await scan(one, 3)]
    const changing = Object.keys(first).filter((name) => name.startsWith('product'))
    expect(changing).toHaveLength(3)
    for (const name of changing) {
      expect(first[name]?.data).not.toEqual(second[name]?.data)
      expect(first[name]?.data).toEqual(third[name]?.data)
    }
  })

  it('leaves no result unused', () => {
    const { program } = caseOf(deep).floor
    const used = new Set([
      ...program.nodes.flatMap(({ inputs }) => inputs),
      ...program.outputs.carry.map(({ value }) => value),
    ])
    expect(program.nodes.filter(({ id }) => !used.has(id))).toEqual([])
  })

  it.each([
    ['dropout', [{ type: 'flatten' }, dense(7), activation, { type: 'dropout' }, dense(CLASSES)]],
    ['batchNorm', [{ type: 'flatten' }, dense(7), { type: 'batchNorm' }, activation, dense(CLASSES)]],
    ['residual', [{ type: 'flatten' }, dense(7), { type: 'residual', layers: [dense(7), activation] }, dense(CLASSES)]],
    ['a linear layer', [{ type: 'flatten' }, dense(CLASSES)]],
  ])('keeps every product of a network with %s', (_, layers) => {
    const { floor, training } = caseOf(layers)
    verify(floor.program)
    expect(products(floor.program)).toBe(products(training))
  })

  it('keeps every product of every preset on digits', async () => {
    const workloads = (await workloadsOf(['all'])).filter(({ arm }) => ['mnist', 'digits'].includes(arm.data.dataset))
    const counts = workloads.map((workload) => {
      const { program: training, carry } = trainingProgram(workload, blank([28, 28], 10, 12_000))
      const { program } = floorOf(training, carry, 10)
      return [products(program), products(training)]
    })
    expect(counts.map(([floor]) => floor)).toEqual(counts.map(([, training]) => training))
  })

  it('is refused for a step without a product', () => {
    const { program } = caseOf(deep).floor
    expect(() => requireProducts({ ...program, nodes: [] })).toThrow('a step has no matrix product, and so no floor')
    expect(() => requireProducts(program)).not.toThrow()
  })

  it('counts the bytes that a step carries on: three tensors a parameter with Adam, one with plain descent', () => {
    const parameters = FEATURES * 7 + 7 + 7 * 6 + 6 + 6 * CLASSES + CLASSES
    expect(stateBytesOf(caseOf(deep).carry)).toBe(3 * 4 * parameters)
    expect(stateBytesOf(caseOf(deep, { type: 'sgd' }).carry)).toBe(4 * parameters)
  })
})
