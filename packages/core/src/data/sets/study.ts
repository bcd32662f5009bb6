/**
 * Small sets that are drawn from a seed, for study: numbers to tell from numbers, two categories, flags. Sample `i` of a
 * table depends on the seed and on `i` alone, so a larger set begins with the smaller one.
 */
import * as z from 'zod/mini'
import { RandomStream } from '../../random/stream.js'
import { tensor } from '../../tensor.js'
import { type Dataset, type DataTable, dataTable } from '../dataset.js'
import type { Field } from '../field.js'
import { type DataSize, generated } from '../record.js'
import { checkRange, FIRST_INDEX } from './samples.js'

/** The values of one sample by field. */
type Sample = Readonly<Record<string, readonly number[]>>

const seedSetting = { seed: z._default(z.int().check(z.gte(0)), 0), noise: z._default(z.number().check(z.gte(0)), 0.1) }

function drawTable(fields: Dataset['fields'], count: number, draw: (index: number) => Sample): DataTable {
  const samples = Array.from({ length: count }, (_, i) => draw(i))
  const columns = Object.entries(fields).map(([name, { dtype, shape }]) => {
    const values = samples.flatMap((sample) => sample[name] ?? [])
    return [name, tensor(dtype, [count, ...shape], values)] as const
  })
  return dataTable(Object.fromEntries(columns))
}

/** More would no longer be a set to study, and would not fit into memory. */
const MOST_SAMPLES = 1_000_000

/** A set of 2,000 training and 500 test samples unless told otherwise. */
function drawn(
  name: string,
  seed: number,
  { train = 2000, test = 500 }: DataSize,
  fields: Dataset['fields'],
  draw: (stream: RandomStream) => Sample,
): Dataset {
  const table = (split: 'train' | 'test', count: number): DataTable => {
    checkRange(name, `${split} samples`, count, 1, MOST_SAMPLES)
    return drawTable(fields, count, (i) => draw(new RandomStream(seed, 'study', FIRST_INDEX[split] + i)))
  }
  return {
    name,
    origin: `drawn, seed ${seed}`,
    fields,
    target: 'y',
    splits: { train: table('train', train), test: table('test', test) },
  }
}

function numbers(...shape: number[]): Field {
  return { dtype: 'float64', shape, encoding: { kind: 'numbers' } }
}

/** y = sin(x) + noise on [-pi, pi). */
export const sine = generated({
  from: 'generator',
  about: 'y = sin(x) with noise, 2,000 + 500 samples or any number: a regression',
  settings: seedSetting,
  make: ({ seed, noise }, size) =>
    drawn('sine', seed, size, { x: numbers(1), y: numbers() }, (stream) => {
      const x = Math.PI * (2 * stream.uniform() - 1)
      return { x: [x], y: [Math.sin(x) + noise * stream.normal()] }
    }),
})

/**
 * y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise of ten uniform numbers, five of which do not count.
 * Friedman, The Annals of Statistics 19 (1991).
 */
export const friedman1 = generated({
  from: 'generator',
  about: 'Friedman #1, ten numbers of which five count, 2,000 + 500 samples or any number: a regression',
  settings: { ...seedSetting, noise: z._default(z.number().check(z.gte(0)), 1) },
  make: ({ seed, noise }, size) =>
    drawn('friedman1', seed, size, { x: numbers(10), y: numbers() }, (stream) => {
      const x = Array.from({ length: 10 }, () => stream.uniform())
      const [x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0] = x
      const signal = 10 * Math.sin(Math.PI * x1 * x2) + 20 * (x3 - 0.5) ** 2 + 10 * x4 + 5 * x5
      return { x, y: [signal + noise * stream.normal()] }
    }),
})

/** Two half circles, one inside the other's end. */
export const moons = generated({
  from: 'generator',
  about: 'two interleaved half circles, 2,000 + 500 samples or any number: two categories',
  settings: seedSetting,
  make: ({ seed, noise }, size) => {
    const y: Field = { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 2, names: ['upper', 'lower'] } }
    return drawn('moons', seed, size, { x: numbers(2), y }, (stream) => {
      const side = stream.below(2)
      const angle = Math.PI * stream.uniform()
      const [cosine, sine_] = [Math.cos(angle), Math.sin(angle)]
      const [first, second] = side === 0 ? [cosine, sine_] : [1 - cosine, 0.5 - sine_]
      return { x: [first + noise * stream.normal(), second + noise * stream.normal()], y: [side] }
    })
  },
})

/** Points of the plane with the flags x > 0, y > 0 and x y > 0. */
export const quadrants = generated({
  from: 'generator',
  about: 'points with three flags by their quadrant, 2,000 + 500 samples or any number: several labels',
  settings: { seed: seedSetting.seed },
  make: ({ seed }, size) => {
    const y: Field = { dtype: 'uint8', shape: [3], encoding: { kind: 'numbers' } }
    return drawn('quadrants', seed, size, { x: numbers(2), y }, (stream) => {
      const [first, second] = [2 * stream.uniform() - 1, 2 * stream.uniform() - 1]
      return { x: [first, second], y: [first > 0, second > 0, first * second > 0].map(Number) }
    })
  },
})
