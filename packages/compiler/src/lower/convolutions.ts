/**
 * Convolutions as products: for each sample and group the elements that windows read are laid side by side, [channels *
 * window, results], in memory that is used again for the next.
 */
import { elementCount } from '@isograd/core/backend'
import type { NodeOf, ValueId } from '@isograd/core/ir'
import type { Group } from '../fuse/groups.js'
import { knownOf } from '../fuse/values.js'
import { isContiguous, rowMajor } from '../fuse/view.js'
import { binary, load, local } from '../loops/build.js'
import type { Buffer, Index, Matrix, Statement } from '../loops/loops.js'
import { elementsOf } from './body.js'
import { copied, copyInto } from './loops-over.js'
import { around, epilogue, floatType, memoryOf, type Task, withEpilogue } from './products.js'
import { isStored } from './stored.js'
import { channelAt, fill, isIdentity, type Samples, sliding, zeroOf } from './windows.js'
import { added, laid, type Sizes } from './window-rows.js'
import { type Access, along, type KernelWriter, origin, type Rule, sumOf } from './writer.js'

type Convolution = NodeOf<'convolve'> | NodeOf<'convolveData'> | NodeOf<'convolveFilter'>

function sizesOf(
  kernel: KernelWriter,
  node: Convolution,
  samples: readonly number[],
  weights: readonly number[],
): Sizes {
  const [batch = 0, , ...input] = samples
  const [outputs = 0, channels = 0, ...size] = weights
  const { groups } = node.attributes
  const window = sliding(node.attributes, input, size)
  return {
    type: floatType(kernel, node.id),
    batch,
    groups,
    channels,
    outputs: outputs / groups,
    window,
    inner: channels * elementCount(size),
    results: elementCount(window.output),
  }
}

/** An input that lies row-major in the arena, or is copied there. */
export function settled(
  kernel: KernelWriter,
  id: ValueId,
): { access: Access; shape: readonly number[]; before: Statement[] } {
  const { access, shape, before } = memoryOf(kernel, id)
  if (access.buffer.space === 'arena' && isContiguous({ shape, strides: access.strides })) {
    return { access: { ...access, strides: rowMajor(shape) }, shape, before }
  }
  const copy = copied(kernel, `${access.buffer.name}/packed`, shape, access)
  return { access: copy.access, shape, before: [...before, ...copy.statements] }
}

const samplesOf = (access: Access, [batch = 0, channels = 0, ...spatial]: readonly number[]): Samples => ({
  access,
  batch,
  channels,
  spatial,
})

/** Where the rows that windows read lie: in the samples themselves where nothing has to be moved. */
function rowsOf(kernel: KernelWriter, sizes: Sizes, samples: Samples, sample: Index, group: Index, buffer: Buffer) {
  const { results, channels, window } = sizes
  if (isIdentity(window)) {
    const start = channelAt(samples, sample, sumOf(0, [[group, channels]]))
    return { before: [], matrix: { buffer: samples.access.buffer, start, rowStride: results, columnStride: 1 } }
  }
  const matrix: Matrix = { buffer, start: origin, rowStride: results, columnStride: 1 }
  return { before: laid(kernel, sizes, { samples, sample, group, buffer }), matrix }
}

/** The kernel of a group: [outputs, channels * window], or turned over. */
function weightsOf(access: Access, { outputs, inner }: Sizes, group: Index, isTurned: boolean): Matrix {
  const start = sumOf(access.offset, [[group, outputs * inner]])
  const [rowStride, columnStride] = isTurned ? [1, inner] : [inner, 1]
  return { buffer: access.buffer, start, rowStride, columnStride }
}

function inputsOf(kernel: KernelWriter, node: Convolution) {
  const [left, right] = node.inputs
  if (left === undefined || right === undefined) throw new Error('a convolution has two inputs')
  return [settled(kernel, left), settled(kernel, right)] as const
}

/** Loops over samples and groups. */
function loopsOf(kernel: KernelWriter, { batch, groups }: Sizes) {
  const loops = [batch, groups].map((extent) => ({ local: kernel.local(), extent }))
  const [sample = origin, group = origin] = loops.map(({ local: one }) => along(one))
  return { loops, sample, group }
}

/** Memory for the rows that windows read of a sample. */
const scratch = (kernel: KernelWriter, { inner, results, type }: Sizes): Buffer =>
  kernel.program.buffer('windows', type, inner * results)

/** The convolution, and what takes its results. */
export const convolve: Rule = (kernel, group: Group) => {
  const node = group.root
  if (node?.op !== 'convolve') throw new Error('a convolution is missing')
  const [x, w] = inputsOf(kernel, node)
  const sizes = sizesOf(kernel, node, x.shape, w.shape)
  const { shape } = knownOf(kernel.program.values.types, node.id)
  if (elementCount(shape) === 0) return []
  const samples = samplesOf(x.access, x.shape)
  const task: Task = {
    kernel,
    root: node.id,
    type: sizes.type,
    shape,
    lead: [[0]],
    rows: [1],
    columns: shape.map((_, axis) => axis).filter((axis) => axis >= 2 && shape[axis] !== 1),
    elements: elementsOf(kernel, group, isStored(kernel, group)),
  }
  const buffer = scratch(kernel, sizes)
  const make = (one: Task): Statement[] => {
    const { loops, sample, group: at } = loopsOf(kernel, sizes)
    const [row, column, value] = [kernel.local(), kernel.local(), kernel.local()]
    const rows = sumOf(0, [
      [at, sizes.outputs],
      [along(row), 1],
    ])
    const { outside, inside } = epilogue(
      one,
      { lead: [sample], rows, columns: along(column) },
      local(sizes.type, value),
    )
    const read = rowsOf(kernel, sizes, samples, sample, at, buffer)
    const product: Statement = {
      kind: 'product',
      type: sizes.type,
      rows: sizes.outputs,
      inner: sizes.inner,
      columns: sizes.results,
      a: weightsOf(w.access, sizes, at, false),
      b: read.matrix,
      row,
      column,
      value,
      body: inside,
    }
    return around(outside, loops, [...read.before, product])
  }
  return [...x.before, ...w.before, ...withEpilogue(task, make)]
}

/** The gradient by the samples: what each result hands to the elements that it was read from. */
export const convolveData: Rule = (kernel, group: Group) => {
  const node = group.root
  if (node?.op !== 'convolveData') throw new Error('a convolution is missing')
  const [y, w] = inputsOf(kernel, node)
  const { shape } = knownOf(kernel.program.values.types, node.id)
  const sizes = sizesOf(kernel, node, shape, w.shape)
  if (elementCount(shape) === 0) return []
  const { loops, sample, group: at } = loopsOf(kernel, sizes)
  const to = kernel.program.bufferOf(node.id)
  const samples = samplesOf({ buffer: to, offset: 0, strides: rowMajor(shape) }, shape)
  const results = samplesOf(y.access, y.shape)
  const rows = scratch(kernel, sizes)
  const [row, column, value] = [kernel.local(), kernel.local(), kernel.local()]
  const product: Statement = {
    kind: 'product',
    type: sizes.type,
    rows: sizes.inner,
    inner: sizes.outputs,
    columns: sizes.results,
    a: weightsOf(w.access, sizes, at, true),
    b: {
      buffer: y.access.buffer,
      start: channelAt(results, sample, sumOf(0, [[at, sizes.outputs]])),
      rowStride: sizes.results,
      columnStride: 1,
    },
    row,
    column,
    value,
    body: [
      {
        kind: 'store',
        buffer: rows,
        index: sumOf(0, [
          [along(row), sizes.results],
          [along(column), 1],
        ]),
        value: local(sizes.type, value),
      },
    ],
  }
  const clear = fill(kernel, to, origin, elementCount(shape), zeroOf(sizes.type))
  return [
    ...y.before,
    ...w.before,
    ...clear,
    ...around([], loops, [product, ...added(kernel, sizes, { samples, sample, group: at, buffer: rows })]),
  ]
}

/** The gradient by the kernel, summed sample after sample: [channels * window, outputs], then turned over. */
export const convolveFilter: Rule = (kernel, group: Group) => {
  const node = group.root
  if (node?.op !== 'convolveFilter') throw new Error('a convolution is missing')
  const [x, y] = inputsOf(kernel, node)
  const { shape } = knownOf(kernel.program.values.types, node.id)
  const sizes = sizesOf(kernel, node, x.shape, shape)
  const { groups, inner, outputs, results, type } = sizes
  const to = kernel.program.bufferOf(node.id)
  const { loops, sample, group: at } = loopsOf(kernel, sizes)
  const samples = samplesOf(x.access, x.shape)
  const turned = kernel.program.buffer('results/turned', type, results * outputs)
  const total = kernel.program.buffer(`${node.name}/turned`, type, groups * inner * outputs)
  const from = channelAt(samplesOf(y.access, y.shape), sample, sumOf(0, [[at, outputs]]))
  const turn = turnedCopy(kernel, { buffer: y.access.buffer, from, to: turned, rows: outputs, columns: results })
  const read = rowsOf(kernel, sizes, samples, sample, at, scratch(kernel, sizes))
  const [row, column, value] = [kernel.local(), kernel.local(), kernel.local()]
  const index = sumOf(0, [
    [at, inner * outputs],
    [along(row), outputs],
    [along(column), 1],
  ])
  const product: Statement = {
    kind: 'product',
    type,
    rows: inner,
    inner: results,
    columns: outputs,
    a: read.matrix,
    b: { buffer: turned, start: origin, rowStride: outputs, columnStride: 1 },
    row,
    column,
    value,
    body: [{ kind: 'store', buffer: total, index, value: binary('add', load(total, index), local(type, value)) }],
  }
  const whole = { buffer: total, offset: 0, strides: [inner * outputs, 1, outputs] }
  return [
    ...x.before,
    ...y.before,
    ...fill(kernel, total, origin, total.length, zeroOf(type)),
    ...around([], loops, [...turn, ...read.before, product]),
    ...copyInto(kernel, [groups, outputs, inner], whole, to),
  ]
}

/** Copies a matrix with rows and columns exchanged. */
function turnedCopy(
  kernel: KernelWriter,
  { buffer, from, to, rows, columns }: { buffer: Buffer; from: Index; to: Buffer; rows: number; columns: number },
): Statement[] {
  const [row, column] = [kernel.local(), kernel.local()]
  const value = load(
    buffer,
    sumOf(0, [
      [from, 1],
      [along(row), columns],
      [along(column), 1],
    ]),
  )
  const store: Statement = {
    kind: 'store',
    buffer: to,
    index: sumOf(0, [
      [along(column), rows],
      [along(row), 1],
    ]),
    value,
  }
  const inner: Statement = { kind: 'for', local: row, extent: rows, vector: false, body: [store] }
  return [{ kind: 'for', local: column, extent: columns, vector: false, body: [inner] }]
}
