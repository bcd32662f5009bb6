/** Errors in units in the last place against closed forms, the sample, and planted faults that are found at their inputs. */
import { describe, expect, it } from 'vitest'
import { measureOperation } from '../src/compare/atlas/measure.js'
import { atlasOperations, operationsMatching } from '../src/compare/atlas/operations.js'
import { bitsOfFloat32 } from '../src/compare/atlas/points.js'
import { allSlices, type OperandSlice, SLICE, sampledSlices } from '../src/compare/atlas/sample.js'
import { specialFault, unitsOff } from '../src/compare/atlas/units.js'
import { worstInputs } from '../src/compare/atlas/worst-inputs.js'
import type { AtlasRow, MissingRow } from '../src/compare/atlas/measure.js'
import { BackendError, UnsupportedOpError } from '../src/errors.js'
import { referenceBackend } from '../src/reference/backend.js'
import { faultyBackend } from './faulty-backend.js'

const INFINITE = Number.POSITIVE_INFINITY
const LARGEST = (2 - 2 ** -23) * 2 ** 127

describe('units in the last place', () => {
  it.each([
    // Above 1 numbers are 2^-23 apart, below it 2^-24: there a unit is that of 1/2 to 1.
    [1 + 2 ** -23, 1, 1],
    [1 - 2 ** -24, 1, 0.5],
    [1, 1 - 2 ** -24, 1],
    [3, 2 + 2 ** -22, 2 ** 22 - 1],
    // Below 2^-126 they are 2^-149 apart throughout.
    [2 ** -149, 0, 1],
    [0, 3 * 2 ** -149, 3],
    [2 ** -126, 2 ** -126 - 2 ** -151, 0.25],
    [-(2 ** -140), 2 ** -140, 1024],
    // Infinity is the next number behind the largest.
    [INFINITE, LARGEST, 1],
    [LARGEST, 2 ** 200, 1],
    [INFINITE, 2 ** 128 - 2 ** 102, 0.25],
    // The number nearest to a third, as a fraction: (2^25 / 3 rounded - 2^25 / 3) units.
    [Math.fround(1 / 3), 1 / 3, 11_184_811 - 2 ** 25 / 3],
  ])('%d for %d is off by %d', (got, exact, units) => {
    expect(unitsOff(got, exact)).toBeCloseTo(units, 6)
    expect(unitsOff(-got, -exact)).toBe(unitsOff(got, exact))
  })

  it.each([
    [Number.NaN, 1, 'NaN for a number'],
    [Number.NaN, INFINITE, 'NaN for a number'],
    [0, Number.NaN, 'a number for NaN'],
    [LARGEST, INFINITE, 'a number for infinity'],
    [-INFINITE, INFINITE, 'a number for infinity'],
    [INFINITE, 1, 'infinity for a number'],
    [-INFINITE, LARGEST, 'infinity for a number'],
    [INFINITE, LARGEST, undefined],
    [INFINITE, 1e39, undefined],
    [Number.NaN, Number.NaN, undefined],
  ])('%d for %d is %s', (got, exact, kind) => {
    expect(specialFault(got, exact)).toBe(kind)
  })
})

function highsOf(slices: Iterable<OperandSlice>, operand: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (const slice of slices) {
    for (const value of slice[operand] ?? []) {
      const high = bitsOfFloat32(value) >>> 23
      counts.set(high, (counts.get(high) ?? 0) + 1)
    }
  }
  return counts
}

describe('a sample', () => {
  it('of numbers has every sign and exponent alike, and every sixteenth of the fractions', () => {
    const slices = [...sampledSlices(1, 510 * 64, 3)]
    const counts = highsOf(slices, 0)
    expect(counts.size).toBe(512)
    const all = slices.flatMap(([x]) => [...(x ?? [])]).map(bitsOfFloat32)
    for (const high of [0, 100, 127, 254, 256, 510]) {
      const parts = all.filter((bits) => bits >>> 23 === high).map((bits) => (bits >>> 19) & 15)
      expect(parts.length).toBeGreaterThanOrEqual(64)
      expect(new Set(parts).size).toBe(16)
    }
    expect(sampledSlices(1, 100, 3).next().value).toEqual(sampledSlices(1, 100, 3).next().value)
    expect(sampledSlices(1, 100, 3).next().value).not.toEqual(sampledSlices(1, 100, 4).next().value)
  })

  it('of pairs has every exponent of both, NaN and infinity with all that is special', () => {
    const slices = [...sampledSlices(2, 60_000, 0)]
    expect([highsOf(slices, 0).size, highsOf(slices, 1).size]).toEqual([512, 512])
    const pairs = slices.flatMap(([x, y]) => [...(x ?? [])].map((each, i) => [each, (y ?? [])[i]] as const))
    for (const wanted of [
      [INFINITE, -INFINITE],
      [0, -0],
      [Number.NaN, 1],
      [2 ** -149, 2 ** -149],
    ] as const) {
      expect(pairs.some((pair) => pair.every((value, i) => Object.is(value, wanted[i])))).toBe(true)
    }
  })

  it('of everything goes on where the slice before ended', () => {
    const slices = allSlices()
    const [first, second] = [slices.next().value, slices.next().value] as [OperandSlice, OperandSlice]
    const bits = [first, second].map(([x]) => new Uint32Array((x as Float32Array<ArrayBuffer>).buffer))
    expect(bits.map((each) => [each.length, each[0], each.at(-1)])).toEqual([
      [SLICE, 0, SLICE - 1],
      [SLICE, SLICE, 2 * SLICE - 1],
    ])
  })
})

const numbers = (...values: readonly number[]): OperandSlice[] => [[Float32Array.from(values)]]
const [exp, log, sign, tanh] = ['exp', 'log', 'sign', 'tanh'].map(
  (name) => operationsMatching('--only', [name])[0],
) as [
  (typeof atlasOperations)[number],
  (typeof atlasOperations)[number],
  (typeof atlasOperations)[number],
  (typeof atlasOperations)[number],
]

function namesOf(arity: number): string[] {
  return atlasOperations.filter((each) => each.arity === arity).map(({ name }) => name)
}

describe('operations', () => {
  it('are those of one or two numbers', () => {
    expect(namesOf(1)).toEqual(['neg', 'abs', 'sign', 'exp', 'log', 'sqrt', 'relu', 'sigmoid', 'tanh'])
    expect(namesOf(2)).toEqual(['add', 'sub', 'mul', 'div', 'maximum', 'minimum'])
    expect(() => operationsMatching('--only', ['sqr'])).toThrow(
      /^\[isograd\] --only: .*got "sqr"; did you mean "sqrt"\?$/,
    )
  })
})

/** The number, zero in the place of a subnormal one. */
function flushed(value: number): number {
  return Math.abs(value) < 2 ** -126 ? 0 : value
}

function stop(): void {
  throw new Error('stopped')
}

async function rowOf(...given: Parameters<typeof measureOperation>): Promise<AtlasRow> {
  const [row] = await measureOperation(...given)
  return row as AtlasRow
}

describe('a measurement', () => {
  it('of the reference finds the nearest numbers', async () => {
    for (const operation of atlasOperations) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { errors, ratio, isSound } = await rowOf(
        operation,
        [referenceBackend()],
        sampledSlices(operation.arity, 3000, 1),
      )
      expect([operation.name, errors.nearest, isSound]).toEqual([operation.name, errors.count, true])
      expect(Math.max(...errors.byExponent.map(({ units }) => units))).toBeLessThanOrEqual(0.5)
      expect(errors).toMatchObject({ faults: [], zeroSigns: 0, flushed: { results: 0, operands: 0 } })
      expect(ratio).toBeLessThanOrEqual(0.5)
    }
  })

  it('finds a planted error at its input, and what it is in units and of its bound', async () => {
    const at = Math.fround(3.7)
    const wrong = faultyBackend({
      operations: {
        exp: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i) =>
            inputs[0]?.data[i] === at ? Math.fround(y) + 100 * 2 ** -18 : y,
          ),
      },
    })
    const { errors, ratio, isSound } = await rowOf(exp, [wrong], [...sampledSlices(1, 510, 0), ...numbers(at)])
    const [worst] = errors.byExponent.toSorted((a, b) => b.units - a.units)
    // e^3.7 is between 32 and 64: its unit is 2^-18. The rounding before is half of one at most.
    expect(worst).toMatchObject({ operands: [at], high: bitsOfFloat32(at) >>> 23 })
    expect(Math.abs(Number(worst?.units) - 100)).toBeLessThanOrEqual(0.5)
    // Allowed are 4 units of the largest size that a unit may have beside the number.
    expect(ratio).toBeGreaterThan(100 / 16)
    expect(ratio).toBeLessThan(100 / 4)
    expect([errors.inexact, isSound]).toEqual([1, false])
    expect(worstInputs([{ operation: 'exp', backend: 'faulty', errors, ratio, isSound }]).operations['exp']?.[0]).toBe(
      '406ccccd',
    )
  })

  it('judges normal results of an exponent beside subnormal ones that are more units off, which are allowed', async () => {
    const [normal, subnormal] = [-70, -90]
    // e^-70 is between 2^-101 and 2^-100; e^-90 is below 2^-126, where units are 2^-149.
    const planted: Readonly<Record<number, number>> = { [normal]: 100 * 2 ** -124, [subnormal]: 1000 * 2 ** -149 }
    const wrong = faultyBackend({
      operations: {
        exp: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i) => y + (planted[Number(inputs[0]?.data[i])] ?? 0)),
      },
    })
    const allowed = await rowOf(exp, [wrong], numbers(subnormal))
    const both = await rowOf(exp, [wrong], numbers(normal, subnormal))
    expect(allowed.isSound).toBe(true)
    expect(both.isSound).toBe(false)
    expect(both.errors.byExponent.map(({ operands }) => operands)).toEqual([[subnormal]])
    expect(both.ratio).toBeGreaterThan(100 / 16)
  })

  it('tells flushed numbers and signs of zero from errors, and counts what is special by kind', async () => {
    const wrong = faultyBackend({
      operations: {
        exp: (inputs, attributes, shape, right) => right(inputs, attributes, shape).map(flushed),
        log: ([x]) => Float64Array.from(x?.data ?? []).map((value) => Math.log(flushed(value))),
        sign: ([x]) => Float64Array.from(x?.data ?? []).map((value) => (value === 0 ? -value : Math.sign(value))),
        tanh: ([x]) =>
          Float64Array.from(x?.data ?? []).map((value) => (Math.abs(value) > 50 ? Number.NaN : Math.tanh(value))),
      },
    })
    const backends = [wrong]
    const flushing = await rowOf(exp, backends, numbers(-100, -90, -1, 1))
    expect([flushing.errors.flushed.results, flushing.errors.inexact, flushing.isSound]).toEqual([2, 0, true])
    const operands = await rowOf(log, backends, numbers(2 ** -130, 2 ** -126, 1))
    expect([operands.errors.flushed.operands, operands.errors.faults, operands.isSound]).toEqual([1, [], true])
    const zeros = await rowOf(sign, backends, numbers(0, -0, 3))
    expect([zeros.errors.zeroSigns, zeros.isSound]).toEqual([2, true])
    const { errors, isSound } = await rowOf(tanh, backends, numbers(60, 2, -INFINITE))
    expect(isSound).toBe(false)
    expect(errors.faults).toEqual([
      { kind: 'NaN for a number', count: 2, first: { operands: [60], got: Number.NaN, exact: 1 } },
    ])
  })

  it('goes on where a backend fails or lacks an operation, and says why', async () => {
    const failing = faultyBackend({ scan: () => Promise.reject(new BackendError('faulty', 'out of luck')) })
    const lacking = faultyBackend({ compile: () => Promise.reject(new UnsupportedOpError('faulty', 'exp', 'float32')) })
    const short = faultyBackend({
      scan: async (right, carry, xs) => {
        const { ys } = await right.scan(carry, xs)
        return { carry: {}, ys: { z: { ...ys['z'], shape: [1, 1], data: new Float32Array(1) } as never } }
      },
    })
    const rows = await measureOperation(exp, [failing, lacking, short, referenceBackend()], numbers(1, 2))
    expect(rows.map((row) => (row as MissingRow).isUnsupported)).toEqual([false, true, false, undefined])
    expect((rows[0] as MissingRow).reason).toContain('out of luck')
    expect((rows[2] as MissingRow).reason).toContain('expected float32[1,2], got float32[1,1]')
    expect((rows[3] as AtlasRow).errors.count).toBe(2)
  })

  it('ends with what is thrown between slices', async () => {
    await expect(measureOperation(exp, [referenceBackend()], allSlices(), stop)).rejects.toThrow('stopped')
  })
})
