/** Poolings and their gradients, plane by plane. */
import { elementCount } from '@isograd/core/backend'
import type { NodeOf } from '@isograd/core/ir'
import { knownOf } from '../fuse/values.js'
import { rowMajor } from '../fuse/view.js'
import { binary, compare, constant, load, local, select } from '../loops/build.js'
import type { Buffer, Expression, Index, Statement } from '../loops/loops.js'
import { settled } from './convolutions.js'
import { around, floatType, memoryOf } from './products.js'
import {
  channelAt,
  fill,
  isFull,
  overPlace,
  type Place,
  placesOf,
  plus,
  type Samples,
  type Sliding,
  sliding,
  spatialStrides,
  zeroOf,
} from './windows.js'
import { type Access, along, type KernelWriter, origin, type Rule, sumOf } from './writer.js'

type Pooling = NodeOf<'maxPool'> | NodeOf<'maxPoolData'> | NodeOf<'sumPool'> | NodeOf<'sumPoolData'>

/** A pooling, plane by plane: what is pooled, and where its results lie. */
interface Pool {
  readonly kernel: KernelWriter
  readonly type: 'f32' | 'f64'
  readonly window: Sliding
  readonly places: readonly Place[]
  readonly samples: Samples
}

function poolOf(kernel: KernelWriter, node: Pooling, access: Access, shape: readonly number[]): Pool {
  const [batch = 0, channels = 0, ...spatial] = shape
  const window = sliding(node.attributes, spatial, node.attributes.window)
  const samples = { access, batch, channels, spatial }
  return { kernel, type: floatType(kernel, node.id), window, places: placesOf(window), samples }
}

/** Calls for every plane of the samples; `results` is the first result of the plane. */
function overPlanes(
  { kernel, samples, window }: Pool,
  inner: (plane: { readonly sample: Index; readonly channel: Index; readonly results: Index }) => readonly Statement[],
): Statement[] {
  const loops = [samples.batch, samples.channels].map((extent) => ({ local: kernel.local(), extent }))
  const [sample = origin, channel = origin] = loops.map(({ local: one }) => along(one))
  const size = elementCount(window.output)
  const results = sumOf(0, [
    [sample, samples.channels * size],
    [channel, size],
  ])
  return around([], loops, inner({ sample, channel, results }))
}

const stridesOf = ({ window, samples }: Pool, of: Samples = samples) => ({
  results: rowMajor(window.output),
  samples: spatialStrides(of),
})

/** The input at `i` of a node, in memory. */
function inputAt(kernel: KernelWriter, node: Pooling, i: number) {
  const id = node.inputs[i]
  if (id === undefined) throw new Error(`"${node.name}" has no input ${i}`)
  return memoryOf(kernel, id)
}

function wholeOf(kernel: KernelWriter, node: Pooling): { to: Buffer; shape: readonly number[]; access: Access } {
  const { shape } = knownOf(kernel.program.values.types, node.id)
  const to = kernel.program.bufferOf(node.id)
  return { to, shape, access: { buffer: to, offset: 0, strides: rowMajor(shape) } }
}

/** Sum of what each window reads. */
export const sumPool: Rule = (kernel, { root }) => {
  if (root?.op !== 'sumPool') throw new Error('a pooling is missing')
  const x = inputAt(kernel, root, 0)
  const { to } = wholeOf(kernel, root)
  const pool = poolOf(kernel, root, x.access, x.shape)
  const added = overPlanes(pool, ({ sample, channel, results }) => {
    const from = channelAt(pool.samples, sample, channel)
    return pool.places.flatMap((place) =>
      overPlace(
        kernel,
        pool.window,
        place,
        stridesOf(pool),
        (result, read) => {
          const index = plus(results, result)
          return [
            {
              kind: 'store',
              buffer: to,
              index,
              value: binary('add', load(to, index), load(x.access.buffer, plus(from, read))),
            },
          ]
        },
        true,
      ),
    )
  })
  return [...x.before, ...fill(kernel, to, origin, to.length, zeroOf(pool.type)), ...added]
}

/** Each result is handed to all that its window read. */
export const sumPoolData: Rule = (kernel, { root }) => {
  if (root?.op !== 'sumPoolData') throw new Error('a pooling is missing')
  const y = inputAt(kernel, root, 0)
  const { to, shape, access } = wholeOf(kernel, root)
  const pool = poolOf(kernel, root, access, shape)
  const from: Samples = { ...pool.samples, access: y.access }
  const given = y.access.strides.slice(2)
  const added = overPlanes(pool, ({ sample, channel }) => {
    const [start, source] = [channelAt(pool.samples, sample, channel), channelAt(from, sample, channel)]
    return pool.places.flatMap((place) =>
      overPlace(
        kernel,
        pool.window,
        place,
        { results: given, samples: spatialStrides(pool.samples) },
        (result, read) => {
          const index = plus(start, read)
          const value = binary('add', load(to, index), load(y.access.buffer, plus(source, result)))
          return [{ kind: 'store', buffer: to, index, value }]
        },
        given.at(-1) === 1,
      ),
    )
  })
  return [...y.before, ...fill(kernel, to, origin, to.length, zeroOf(pool.type)), ...added]
}

/** Tells if a place takes over from the best so far: NaN is larger than all numbers, and of equal ones the first stays. */
function takesOver(x: Expression, best: Expression): Expression {
  const isFirstNaN = binary('and', compare('ne', x, x), compare('eq', best, best))
  return binary('or', compare('gt', x, best), isFirstNaN)
}

/** Elements that windows read of a plane, [places, results], and where they are elements at all. */
interface Laid {
  readonly buffer: Buffer
  /** 1 where a place lies inside of the samples; undefined where all do. */
  readonly inside: Buffer | undefined
}

/** Memory for what windows read, and what is done once before the first plane. */
function laidOf({ kernel, window, places, type }: Pool): { laid: Laid; before: Statement[] } {
  const length = elementCount(window.window) * elementCount(window.output)
  const buffer = kernel.program.buffer('windows', type, length)
  if (isFull(window, places)) return { laid: { buffer, inside: undefined }, before: [] }
  const inside = kernel.program.buffer('windows/inside', 'i32', length)
  const results = rowMajor(window.output)
  const marks = places.flatMap((place) =>
    overPlace(
      kernel,
      window,
      place,
      { results, samples: results },
      (result) => [{ kind: 'store', buffer: inside, index: placeIn(window, place, result), value: constant('i32', 1) }],
      false,
    ),
  )
  const clear = fill(kernel, buffer, origin, length, zeroOf(type))
  const unmarked = fill(kernel, inside, origin, length, constant('i32', 0))
  return { laid: { buffer, inside }, before: [...clear, ...unmarked, ...marks] }
}

/** The element of a place for a result. */
const placeIn = (window: Sliding, { number }: Place, result: Index): Index =>
  plus({ constant: number * elementCount(window.output), terms: [] }, result)

/** Copies what windows read of a plane. */
function lay(pool: Pool, samples: Samples, from: Index, to: Buffer): Statement[] {
  const { kernel, window, places } = pool
  return places.flatMap((place) =>
    overPlace(
      kernel,
      window,
      place,
      stridesOf(pool, samples),
      (result, read) => {
        const value = load(samples.access.buffer, plus(from, read))
        return [{ kind: 'store', buffer: to, index: placeIn(window, place, result), value }]
      },
      true,
    ),
  )
}

/** A loop over the results of a plane: finds the largest of each window, and the number of its place. */
function overLargest(
  { kernel, window, places, type }: Pool,
  { buffer, inside }: Laid,
  inner: (at: Index, best: Expression, number: Expression) => readonly Statement[],
): Statement {
  const result = kernel.local()
  const at = along(result)
  const body: Statement[] = []
  const put = (value: Expression): Expression => {
    const name = kernel.local()
    body.push({ kind: 'let', local: name, value })
    return local(value.type, name)
  }
  let [best, number]: [Expression, Expression] = [zeroOf(type), constant('i32', -1)]
  for (const place of places) {
    const index = placeIn(window, place, at)
    const x = put(load(buffer, index))
    const isFirst = place === places[0] && inside === undefined
    const isEmpty = compare('eq', number, constant('i32', -1))
    const larger = takesOver(x, best)
    const isInside = inside && compare('ne', load(inside, index), constant('i32', 0))
    const takes = isInside ? put(binary('and', isInside, binary('or', isEmpty, larger))) : put(larger)
    best = isFirst ? x : put(select(takes, x, best))
    number = isFirst ? constant('i32', place.number) : put(select(takes, constant('i32', place.number), number))
  }
  body.push(...inner(at, best, number))
  return { kind: 'for', local: result, extent: elementCount(window.output), vector: true, body }
}

/** The value at the place where each window's samples are largest. */
export const maxPool: Rule = (kernel, { root }) => {
  if (root?.op !== 'maxPool') throw new Error('a pooling is missing')
  const [x, v] = [inputAt(kernel, root, 0), inputAt(kernel, root, 1)]
  const { to } = wholeOf(kernel, root)
  const pool = poolOf(kernel, root, x.access, x.shape)
  const values: Samples = { ...pool.samples, access: v.access }
  const { laid, before } = laidOf(pool)
  const isSame = root.inputs[0] === root.inputs[1]
  const other = isSame ? laid.buffer : kernel.program.buffer('windows/values', pool.type, laid.buffer.length)
  const planes = overPlanes(pool, ({ sample, channel, results }) => [
    ...lay(pool, pool.samples, channelAt(pool.samples, sample, channel), laid.buffer),
    ...(isSame ? [] : lay(pool, values, channelAt(values, sample, channel), other)),
    overLargest(pool, laid, (at, best, number) => {
      const value = isSame ? best : chosen(pool, other, at, number)
      return [{ kind: 'store', buffer: to, index: plus(results, at), value }]
    }),
  ])
  return [...x.before, ...v.before, ...before, ...planes]
}

/** The value at the place of a number. */
function chosen({ window, places, type }: Pool, from: Buffer, at: Index, number: Expression): Expression {
  return places.reduce<Expression>((other, place) => {
    const isHere = compare('eq', number, constant('i32', place.number))
    return select(isHere, load(from, placeIn(window, place, at)), other)
  }, zeroOf(type))
}

/** Each result is handed to the place where its window's samples are largest. */
export const maxPoolData: Rule = (kernel, { root }) => {
  if (root?.op !== 'maxPoolData') throw new Error('a pooling is missing')
  const [first, second] = root.inputs
  if (first === undefined || second === undefined) throw new Error('a pooling has two inputs')
  const x = memoryOf(kernel, first)
  const y = settled(kernel, second)
  const { to, access } = wholeOf(kernel, root)
  const pool = poolOf(kernel, root, x.access, x.shape)
  const { type, window, places } = pool
  const result: Samples = { ...pool.samples, access }
  const { laid, before } = laidOf(pool)
  const planes = overPlanes(pool, ({ sample, channel, results }) => {
    const start = channelAt(result, sample, channel)
    const source = sumOf(y.access.offset, [[results, 1]])
    const handed = overLargest(pool, laid, (at, _, number) =>
      places.map((place) => {
        const isHere = compare('eq', number, constant('i32', place.number))
        const value = select(isHere, load(y.access.buffer, plus(source, at)), zeroOf(type))
        return { kind: 'store', buffer: laid.buffer, index: placeIn(window, place, at), value }
      }),
    )
    const added = places.flatMap((place) =>
      overPlace(
        kernel,
        window,
        place,
        stridesOf(pool, result),
        (at, read) => {
          const index = plus(start, read)
          const value = binary('add', load(to, index), load(laid.buffer, placeIn(window, place, at)))
          return [{ kind: 'store', buffer: to, index, value }]
        },
        true,
      ),
    )
    return [...lay(pool, pool.samples, channelAt(pool.samples, sample, channel), laid.buffer), handed, ...added]
  })
  return [...x.before, ...y.before, ...before, ...fill(kernel, to, origin, to.length, zeroOf(type)), ...planes]
}
