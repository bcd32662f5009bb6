/** Surveys of backends that are wrong on purpose: what differs is told at the operation that computes otherwise, and as what. */
import { describe, expect, it } from 'vitest'
import { changesBetween, type Survey, summaryOf, surveyOperations } from '../src/compare/index.js'
import { conformanceCases } from '../src/conformance/index.js'
import { Builder } from '../src/ir/builder.js'
import { roundTo } from '../src/numerics/rounding.js'
import { referenceBackend } from '../src/reference/backend.js'
import { tensor } from '../src/tensor.js'
import { type Faults, faultyBackend } from './faulty-backend.js'

/** exp of x, and the square root of that. */
const ids = ['exp/vector/float32', 'sqrt/vector/float32', 'matmul/k130/nn/float32', 'relu/patterns/float32']
const cases = conformanceCases().flatMap((one) => (one.kind === 'values' && ids.includes(one.id) ? [one] : []))

function rooted() {
  const b = new Builder('rooted')
  const x = b.xs('x', { dtype: 'float32', shape: [4] })
  const program = b.finish({ carry: {}, ys: { y: b.sqrt(b.exp(x)) } })
  return { program, constants: {}, scans: [{ carry: {}, xs: { x: tensor('float32', [1, 4], [0.1, 0.7, 1.3, 2.9]) } }] }
}

const subjects = [...cases, { id: 'rooted', build: rooted }]

function survey(faults: Faults): Promise<Survey> {
  return surveyOperations(faultyBackend(faults), subjects)
}

/** The next number of float32 away from zero. */
function next(value: number): number {
  return roundTo('float32', roundTo('float32', value) * (1 + 2 ** -23))
}

/** The square root of the subject "rooted". */
function root(from: Survey) {
  return from.nodes.find(({ id }) => id.startsWith('rooted') && id.endsWith('sqrt'))
}

/** A number rounded to 11 significant bits. */
function coarse(value: number): number {
  const scale = 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10)
  return Math.round(value / scale) * scale
}

/** The number of float32 with these bits. */
function ofBits(word: number): number {
  return new Float32Array(Uint32Array.of(word).buffer)[0] as number
}

const sound = survey({})
const wrongRoot: Faults = {
  operations: { sqrt: (inputs, attributes, shape, right) => right(inputs, attributes, shape).map((y) => y * 1.001) },
}

describe('a survey', () => {
  it('of a sound backend finds nothing out of bounds, and the same bits again', async () => {
    const [first, again] = [await sound, await survey({})]
    expect(summaryOf(first)).toMatchObject({ failing: [], precision: 'float32' })
    expect(summaryOf(again).digest).toBe(summaryOf(first).digest)
    expect(changesBetween(first, again)).toEqual([])
  })

  it('has the error of a wrong operation by its bound of one unit in the last place', async () => {
    const { failing, worst, precision } = summaryOf(await survey(wrongRoot))
    expect(failing.map(({ operation, standing }) => [operation, standing])).toEqual([['sqrt', 'wrong']])
    // A thousandth is 2^23 / 1000 of the units in the last place that numbers just below a power of two have.
    expect(failing[0]?.error.ratio).toBeGreaterThan(2 ** 22 / 1000)
    expect(failing[0]?.error.ratio).toBeLessThan(2 ** 23 / 1000 + 1)
    expect(worst?.id).toBe(failing[0]?.id)
    expect(precision).not.toBe('float32')
  })

  it('tells of failures and refusals by subject, and goes on', async () => {
    const { failures, nodes } = await surveyOperations(
      {
        ...referenceBackend(),
        compile: async (program, constants) => {
          if (program.name.startsWith('exp')) throw Object.assign(new Error('out of ink'), { name: 'BackendError' })
          return referenceBackend().compile(program, constants)
        },
      },
      subjects,
    )
    expect(failures).toEqual([{ id: 'exp/vector/float32', message: 'out of ink' }])
    expect(new Set(nodes.map(({ operation }) => operation))).toEqual(new Set(['sqrt', 'matmul', 'relu', 'exp']))
  })
})

describe('what changed from one survey to another', () => {
  it('is a fault at the operation, and mended the other way round', async () => {
    const [before, after] = [await sound, await survey(wrongRoot)]
    const [fault, ...others] = changesBetween(before, after)
    expect([fault?.kind, fault?.operation, others]).toEqual(['fault', 'sqrt', []])
    expect(changesBetween(after, before)).toMatchObject([{ kind: 'mended', operation: 'sqrt' }])
  })

  it('is rounding where other bits are within the bounds, and what follows from it is left out', async () => {
    const after = await survey({
      operations: {
        exp: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i) => (i % 64 === 0 ? next(y) : y)),
      },
    })
    // The square root of "rooted" has other bits too, on other inputs.
    expect(root(after)?.given).not.toBe(root(await sound)?.given)
    expect(changesBetween(await sound, after)).toMatchObject([{ kind: 'rounding', operation: 'exp' }])
  })

  it('is precision where all results of a function are a unit in the last place too large', async () => {
    const after = await survey({
      operations: { exp: (inputs, attributes, shape, right) => right(inputs, attributes, shape).map(next) },
    })
    expect(changesBetween(await sound, after)).toMatchObject([{ kind: 'precision', operation: 'exp' }])
  })

  it('is a fault where products read their operands in TF32, which is named', async () => {
    const after = await survey({
      operations: {
        matmul: (inputs, attributes, shape, right) =>
          right(
            inputs.map((input) => ({ ...input, data: Float64Array.from(input.data, coarse) })),
            attributes,
            shape,
          ),
      },
    })
    const [change] = changesBetween(await sound, after)
    expect([change?.kind, change?.operation]).toEqual(['fault', 'matmul'])
    expect(summaryOf(after).precision).toBe('matmul TF32 (10 bits)')
  })

  it('counts every NaN as the same, and a number in its place as a fault', async () => {
    const otherNaN = await survey({
      operations: {
        relu: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y) => (Number.isNaN(y) ? ofBits(0xffc00001) : y)),
      },
    })
    expect(changesBetween(await sound, otherNaN)).toEqual([])
    const noNaN = await survey({
      operations: {
        relu: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y) => (Number.isNaN(y) ? 0 : y)),
      },
    })
    expect(changesBetween(await sound, noNaN)).toMatchObject([
      { kind: 'fault', operation: 'relu', after: { unbounded: { expected: Number.NaN, got: 0 } } },
    ])
  })

  it('is a fault where a subject fails since', async () => {
    const before = await sound
    const after = { ...before, failures: [{ id: 'exp/vector/float32', message: 'out of ink' }] }
    expect(changesBetween(before, after)).toMatchObject([{ kind: 'fault', id: 'exp/vector/float32' }])
    expect(changesBetween(after, before)).toMatchObject([{ kind: 'mended', message: 'out of ink' }])
    expect(summaryOf(after).digest).not.toBe(summaryOf(before).digest)
  })
})
