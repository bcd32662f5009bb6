/** Windows over spatial axes: for each place of a window the results that it lies inside of the samples for, as loops. */
import { elementCount } from '@isograd/core/backend'
import { entryAt, rowMajor } from '../fuse/view.js'
import type { Buffer, Expression, Index, Statement } from '../loops/loops.js'
import { constant } from '../loops/build.js'
import { nest } from './body.js'
import { type Access, along, type KernelWriter, sumOf } from './writer.js'

/** The moves of a window, as the attributes of convolutions and poolings have them. */
export interface Moves {
  readonly strides: readonly number[]
  readonly padding: readonly (readonly [number, number])[]
  readonly dilations: readonly number[]
}

/** One place of a window. */
export interface Place {
  /** Its number, row-major. */
  readonly number: number
  /** The first result on each axis for which it lies inside of the samples, and how many follow. */
  readonly first: readonly number[]
  readonly count: readonly number[]
  /** The place of the samples that it has for the first of them, on each axis. */
  readonly reads: readonly number[]
}

/** A window over samples: lengths of the samples, of the window and of the results on each axis. */
export interface Sliding extends Moves {
  readonly input: readonly number[]
  readonly window: readonly number[]
  readonly output: readonly number[]
}

/** The window with the lengths of its results. */
export function sliding(moves: Moves, input: readonly number[], window: readonly number[]): Sliding {
  const { strides, padding, dilations } = moves
  const output = input.map((length, i) => {
    const [before, after] = entryAt(padding, i)
    return (
      Math.floor(
        (length + before + after - (entryAt(dilations, i) * (entryAt(window, i) - 1) + 1)) / entryAt(strides, i),
      ) + 1
    )
  })
  return { strides, padding, dilations, input, window, output }
}

function axisPlace({ strides, padding, dilations, input, output }: Sliding, axis: number, k: number) {
  const [stride, offset] = [entryAt(strides, axis), k * entryAt(dilations, axis) - entryAt(padding, axis)[0]]
  const first = Math.max(0, Math.ceil(-offset / stride))
  const end = Math.min(entryAt(output, axis), Math.floor((entryAt(input, axis) - 1 - offset) / stride) + 1)
  return { first, count: Math.max(0, end - first), reads: first * stride + offset }
}

/** The places of a window, row-major, without those that lie inside for no result. */
export function placesOf(window: Sliding): Place[] {
  const strides = rowMajor(window.window)
  return Array.from({ length: elementCount(window.window) }, (_, number) => {
    const axes = window.window.map((length, axis) =>
      axisPlace(window, axis, Math.floor(number / entryAt(strides, axis)) % length),
    )
    return {
      number,
      first: axes.map(({ first }) => first),
      count: axes.map(({ count }) => count),
      reads: axes.map(({ reads }) => reads),
    }
  }).filter(({ count }) => count.every((one) => one > 0))
}

/** Tells if every place of the window lies inside of the samples for every result. */
export function isFull(window: Sliding, places: readonly Place[]): boolean {
  const all = elementCount(window.output)
  return places.length === elementCount(window.window) && places.every(({ count }) => elementCount(count) === all)
}

/** Tells if the window is a single place that reads the samples in order: nothing has to be moved. */
export function isIdentity(window: Sliding): boolean {
  const { strides, padding } = window
  return (
    elementCount(window.window) === 1 &&
    [...strides].every((one) => one === 1) &&
    padding.flat().every((one) => one === 0)
  )
}

/** Loops over the results of a place: `inner` is given the place among results, and among the samples. */
export function overPlace(
  kernel: KernelWriter,
  window: Sliding,
  place: Pick<Place, 'first' | 'count' | 'reads'>,
  strides: { readonly results: readonly number[]; readonly samples: readonly number[] },
  inner: (results: Index, samples: Index) => readonly Statement[],
  isVector: boolean,
): Statement[] {
  const loops = place.count.map((extent) => ({ local: kernel.local(), extent }))
  const results = sumOf(
    0,
    loops.map(
      ({ local }, i) =>
        [{ constant: entryAt(place.first, i), terms: [{ local, stride: 1 }] }, entryAt(strides.results, i)] as const,
    ),
  )
  const samples = sumOf(
    0,
    loops.map(
      ({ local }, i) =>
        [
          { constant: entryAt(place.reads, i), terms: [{ local, stride: entryAt(window.strides, i) }] },
          entryAt(strides.samples, i),
        ] as const,
    ),
  )
  const levels = loops.map((): Statement[] => [])
  const lastStride = entryAt(window.strides, loops.length - 1) * entryAt(strides.samples, loops.length - 1)
  return nest([...levels, [...inner(results, samples)]], loops, isVector && lastStride === 1)
}

/** Sets elements side by side to a number. */
export function fill(
  kernel: KernelWriter,
  buffer: Buffer,
  start: Index,
  length: number,
  value: Expression,
): Statement[] {
  if (length === 0) return []
  const one = kernel.local()
  const index = sumOf(0, [
    [start, 1],
    [along(one), 1],
  ])
  return [{ kind: 'for', local: one, extent: length, vector: true, body: [{ kind: 'store', buffer, index, value }] }]
}

/** Zero of a float type. */
export const zeroOf = (type: 'f32' | 'f64'): Expression => constant(type, 0)

/** Samples [batch, channels, ...spatial] as they are walked. */
export interface Samples {
  readonly access: Access
  readonly batch: number
  readonly channels: number
  readonly spatial: readonly number[]
}

/** Strides of the spatial axes. */
export const spatialStrides = ({ access }: Samples): number[] => access.strides.slice(2)

/** The first element of a channel of a sample. */
export function channelAt({ access }: Samples, sample: Index, channel: Index): Index {
  const [bySample = 0, byChannel = 0] = access.strides
  return sumOf(access.offset, [
    [sample, bySample],
    [channel, byChannel],
  ])
}

/** Joins two places. */
export const plus = (a: Index, b: Index): Index =>
  sumOf(0, [
    [a, 1],
    [b, 1],
  ])
