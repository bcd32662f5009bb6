/** Loops over all elements of a group, or of a view that is copied. */
import { elementCount } from '@isograd/core/backend'
import type { ValueId } from '@isograd/core/ir'
import { alongRuns, collapse, entryAt, ofAxes, rowMajor } from '../fuse/view.js'
import type { Buffer, Expression, Index, Statement } from '../loops/loops.js'
import { bodyAt, type Elements, nest, runsOf } from './body.js'
import { type Access, along as alongLocal, elementAt, type KernelWriter, placeAt } from './writer.js'

/** Iterations of each run. */
export function extentsOf(shape: readonly number[], runs: readonly (readonly number[])[]): number[] {
  return runs.map((run) => elementCount(ofAxes(shape, run)))
}

/** A loop for each run: its local, and the place that it moves. */
export function loopsFor(kernel: KernelWriter, shape: readonly number[], runs: readonly (readonly number[])[]) {
  const loops = extentsOf(shape, runs).map((extent) => ({ local: kernel.local(), extent }))
  return { loops, at: loops.map(({ local }): Index => alongLocal(local)) }
}

/** Computes and stores elementwise nodes, wherever they are. */
export function loopsOver(
  kernel: KernelWriter,
  elements: Elements,
  given: (runs: readonly (readonly number[])[], at: readonly Index[]) => ReadonlyMap<ValueId, Expression> = () =>
    new Map(),
): Statement[] {
  if (elementCount(elements.shape) === 0) return []
  const runs = runsOf(elements)
  const { loops, at } = loopsFor(kernel, elements.shape, runs)
  const { levels, isVector } = bodyAt(kernel, elements, runs, at, given(runs, at))
  return nest(levels, loops, isVector)
}

/** Where a copy is written: an element, and strides along the axes of what is copied. */
interface Target {
  readonly offset?: number
  readonly strides?: readonly number[]
}

/** Copies what is walked into a buffer, row-major from an element on, or along strides. */
export function copyInto(
  kernel: KernelWriter,
  shape: readonly number[],
  from: Access,
  to: Buffer,
  { offset = 0, strides = rowMajor(shape) }: Target = {},
): Statement[] {
  if (elementCount(shape) === 0) return []
  const runs = collapse(shape, [from.strides, strides])
  const [read, written] = [alongRuns(from.strides, runs), alongRuns(strides, runs)]
  const extents = extentsOf(shape, runs)
  const [above = 0, last = 0] = read.slice(-2)
  // Rows are written, columns are read: block by block, so that each line of the cache is used as a whole.
  const isTurned = extents.length > 1 && above === 1 && last !== 1 && written.at(-1) === 1
  const put = (at: readonly Index[]): Statement => ({
    kind: 'store',
    buffer: to,
    index: placeAt({ offset, strides: written }, at),
    value: elementAt({ ...from, strides: read }, at),
  })
  if (isTurned) return turned(kernel, extents, put)
  const loops = extents.map((extent) => ({ local: kernel.local(), extent }))
  const isVector = runs.length > 0 && entryAt(read, runs.length - 1) <= 1 && written.at(-1) === 1
  const levels = loops.map((): Statement[] => [])
  return nest([...levels, [put(loops.map(({ local }) => alongLocal(local)))]], loops, isVector)
}

/** Elements of a line of the cache. */
const BLOCK = 16

/** Loops whose last two run in blocks. */
function turned(
  kernel: KernelWriter,
  extents: readonly number[],
  put: (at: readonly Index[]) => Statement,
): Statement[] {
  const outer = extents.slice(0, -2).map((extent) => ({ local: kernel.local(), extent }))
  const [rows = 1, columns = 1] = extents.slice(-2)
  const [rowBlocks, columnBlocks] = [Math.floor(rows / BLOCK), Math.floor(columns / BLOCK)]
  const part = (
    first: readonly [number, number],
    blocks: readonly [number, number],
    sizes: readonly [number, number],
  ) => {
    const loops = [...blocks, ...sizes].map((extent) => ({ local: kernel.local(), extent }))
    const place = (axis: 0 | 1): Index => ({
      constant: first[axis],
      terms: [
        { local: entryAt(loops, axis).local, stride: BLOCK },
        { local: entryAt(loops, axis + 2).local, stride: 1 },
      ],
    })
    const body = put([...outer.map(({ local }) => alongLocal(local)), place(0), place(1)])
    const isEmpty = loops.some(({ extent }) => extent === 0)
    return isEmpty ? [] : nest([...loops.map((): Statement[] => []), [body]], loops, false)
  }
  const [restRows, restColumns] = [rows % BLOCK, columns % BLOCK]
  const parts = [
    ...part([0, 0], [rowBlocks, columnBlocks], [BLOCK, BLOCK]),
    ...part([rowBlocks * BLOCK, 0], [1, columnBlocks], [restRows, BLOCK]),
    ...part([0, columnBlocks * BLOCK], [rowBlocks, 1], [BLOCK, restColumns]),
    ...part([rowBlocks * BLOCK, columnBlocks * BLOCK], [1, 1], [restRows, restColumns]),
  ]
  return nest([...outer.map((): Statement[] => []), parts], outer, false)
}

/** The same with memory of its own: where it lies then. */
export function copied(kernel: KernelWriter, name: string, shape: readonly number[], from: Access) {
  const buffer = kernel.program.buffer(name, from.buffer.type, elementCount(shape))
  const access: Access = { buffer, offset: 0, strides: rowMajor(shape) }
  return { access, statements: copyInto(kernel, shape, from, buffer) }
}
