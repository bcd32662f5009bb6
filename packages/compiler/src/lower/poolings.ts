/** Poolings and their gradients, plane by plane. */
import { elementCount } from '@isograd/core/backend'
import type { NodeOf } from '@isograd/core/ir'
import { knownOf } from '../fuse/values.js'
import { entryAt, rowMajor } from '../fuse/view.js'
import { binary, compare, constant, load, local, select } from '../loops/build.js'
import type { Buffer, Expression, Index, Statement } from '../loops/loops.js'
import { around, floatType, memoryOf } from './products.js'
import {
  channelAt,
  fill,
  isFull,
  overAll,
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

/** The number of the place in each window where the samples are largest, in registers: windows have no padding. */
function largestHere(pool: Pool, at: (place: Place) => Expression, body: Statement[]): Expression {
  const { kernel } = pool
  const put = (value: Expression): Expression => {
    const name = kernel.local()
    body.push({ kind: 'let', local: name, value })
    return local(value.type, name)
  }
  const [first, ...rest] = pool.places
  if (first === undefined) throw new Error('a window has no place')
  let [best, number]: Expression[] = [put(at(first)), constant('i32', first.number)]
  for (const place of rest) {
    const x = put(at(place))
    const takes = put(takesOver(x, best as Expression))
    best = put(select(takes, x, best as Expression))
    number = put(select(takes, constant('i32', place.number), number as Expression))
  }
  return number as Expression
}

/** Writes the number of the place in each window where the samples are largest. */
function findLargest(pool: Pool, from: Index, numbers: Buffer, best: Buffer): Statement[] {
  const { kernel, samples, window, type } = pool
  const size = elementCount(window.output)
  const strides = stridesOf(pool)
  const { buffer } = samples.access
  if (isFull(window, pool.places)) {
    const spatial = spatialStrides(samples)
    return overPlace(
      kernel,
      window,
      overAll(window),
      strides,
      (result, read) => {
        const body: Statement[] = []
        const at = (place: Place): Expression =>
          load(
            buffer,
            plus(
              sumOf(0, [
                [from, 1],
                [read, 1],
              ]),
              sumOf(
                place.reads.reduce((sum, one, axis) => sum + one * entryAt(spatial, axis), 0),
                [],
              ),
            ),
          )
        const number = largestHere(pool, at, body)
        return [...body, { kind: 'store', buffer: numbers, index: result, value: number }]
      },
      true,
    )
  }
  const clear = [
    ...fill(kernel, numbers, origin, size, constant('i32', -1)),
    ...fill(kernel, best, origin, size, zeroOf(type)),
  ]
  const places = pool.places.flatMap((place) =>
    overPlace(
      kernel,
      window,
      place,
      strides,
      (result, read) => {
        const [x, most, number, takes] = [kernel.local(), kernel.local(), kernel.local(), kernel.local()]
        const isEmpty = compare('eq', local('i32', number), constant('i32', -1))
        const taken = local('bool', takes)
        return [
          { kind: 'let', local: x, value: load(buffer, plus(from, read)) },
          { kind: 'let', local: most, value: load(best, result) },
          { kind: 'let', local: number, value: load(numbers, result) },
          { kind: 'let', local: takes, value: binary('or', isEmpty, takesOver(local(type, x), local(type, most))) },
          { kind: 'store', buffer: best, index: result, value: select(taken, local(type, x), local(type, most)) },
          {
            kind: 'store',
            buffer: numbers,
            index: result,
            value: select(taken, constant('i32', place.number), local('i32', number)),
          },
        ]
      },
      type === 'f32',
    ),
  )
  return [...clear, ...places]
}

function scratchOf({ kernel, type, window }: Pool) {
  const size = elementCount(window.output)
  return { numbers: kernel.program.buffer('places', 'i32', size), best: kernel.program.buffer('largest', type, size) }
}

/** The value at the place where each window's samples are largest. */
export const maxPool: Rule = (kernel, { root }) => {
  if (root?.op !== 'maxPool') throw new Error('a pooling is missing')
  const [x, v] = [inputAt(kernel, root, 0), inputAt(kernel, root, 1)]
  const { to } = wholeOf(kernel, root)
  const pool = poolOf(kernel, root, x.access, x.shape)
  const values: Samples = { ...pool.samples, access: v.access }
  const { numbers, best } = scratchOf(pool)
  const planes = overPlanes(pool, ({ sample, channel, results }) => {
    const from = channelAt(values, sample, channel)
    const taken = pool.places.flatMap((place) =>
      overPlace(
        kernel,
        pool.window,
        place,
        stridesOf(pool, values),
        (result, read) => {
          const index = plus(results, result)
          const isHere = compare('eq', load(numbers, result), constant('i32', place.number))
          return [
            {
              kind: 'store',
              buffer: to,
              index,
              value: select(isHere, load(v.access.buffer, plus(from, read)), load(to, index)),
            },
          ]
        },
        pool.type === 'f32',
      ),
    )
    return [...findLargest(pool, channelAt(pool.samples, sample, channel), numbers, best), ...taken]
  })
  return [...x.before, ...v.before, ...fill(kernel, to, origin, to.length, zeroOf(pool.type)), ...planes]
}

/** Each result is handed to the place where its window's samples are largest. */
export const maxPoolData: Rule = (kernel, { root }) => {
  if (root?.op !== 'maxPoolData') throw new Error('a pooling is missing')
  const [x, y] = [inputAt(kernel, root, 0), inputAt(kernel, root, 1)]
  const { to, access } = wholeOf(kernel, root)
  const pool = poolOf(kernel, root, x.access, x.shape)
  const given: Samples = { ...pool.samples, access: y.access }
  const result: Samples = { ...pool.samples, access }
  const { numbers, best } = scratchOf(pool)
  const yStrides = spatialStrides(given)
  const plain = rowMajor(pool.window.output)
  const isPlain = yStrides.every((stride, axis) => stride === plain[axis])
  const packed = isPlain ? undefined : kernel.program.buffer('results', pool.type, elementCount(pool.window.output))
  const planes = overPlanes(pool, ({ sample, channel }) => {
    const source = channelAt(given, sample, channel)
    const start = channelAt(result, sample, channel)
    const copy =
      packed === undefined
        ? []
        : overPlace(
            kernel,
            { ...pool.window, strides: pool.window.strides.map(() => 1) },
            overAll(pool.window),
            { results: plain, samples: yStrides },
            (at, read) => [
              { kind: 'store', buffer: packed, index: at, value: load(y.access.buffer, plus(source, read)) },
            ],
            false,
          )
    const handed = pool.places.flatMap((place) =>
      overPlace(
        kernel,
        pool.window,
        place,
        stridesOf(pool, result),
        (at, read) => {
          const index = plus(start, read)
          const isHere = compare('eq', load(numbers, at), constant('i32', place.number))
          const one = packed === undefined ? load(y.access.buffer, plus(source, at)) : load(packed, at)
          return [
            {
              kind: 'store',
              buffer: to,
              index,
              value: binary('add', load(to, index), select(isHere, one, zeroOf(pool.type))),
            },
          ]
        },
        pool.type === 'f32',
      ),
    )
    return [...findLargest(pool, channelAt(pool.samples, sample, channel), numbers, best), ...copy, ...handed]
  })
  return [...x.before, ...y.before, ...fill(kernel, to, origin, to.length, zeroOf(pool.type)), ...planes]
}
