/** Loops over all elements of a group, or of a view that is copied. */
import { elementCount } from '@isograd/core/backend'
import type { ValueId } from '@isograd/core/ir'
import { collapse, rowMajor } from '../fuse/view.js'
import type { Buffer, Expression, Index, Statement } from '../loops/loops.js'
import { bodyAt, type Elements, nest, runsOf } from './body.js'
import { type Access, along, elementAt, type KernelWriter, placeAt } from './writer.js'

/** Iterations of each run. */
export function extentsOf(shape: readonly number[], runs: readonly (readonly number[])[]): number[] {
  return runs.map((run) => elementCount(run.map((axis) => shape[axis] ?? 1)))
}

/** A loop for each run: its local, and the place that it moves. */
export function loopsFor(kernel: KernelWriter, shape: readonly number[], runs: readonly (readonly number[])[]) {
  const loops = extentsOf(shape, runs).map((extent) => ({ local: kernel.local(), extent }))
  return { loops, at: loops.map(({ local }): Index => along(local)) }
}

/** Computes and stores elementwise nodes, wherever they are. */
export function loopsOver(
  kernel: KernelWriter,
  elements: Elements,
  given: (runs: readonly (readonly number[])[], at: readonly Index[]) => ReadonlyMap<ValueId, Expression> = () => new Map(),
): Statement[] {
  if (elementCount(elements.shape) === 0) return []
  const runs = runsOf(elements)
  const { loops, at } = loopsFor(kernel, elements.shape, runs)
  const { levels, isVector } = bodyAt(kernel, elements, runs, at, given(runs, at))
  return nest(levels, loops, isVector)
}

/** Copies what is walked into a buffer, row-major from an element on, or along strides. */
export function copyInto(
  kernel: KernelWriter,
  shape: readonly number[],
  from: Access,
  to: Buffer,
  { offset = 0, strides = rowMajor(shape) }: { readonly offset?: number; readonly strides?: readonly number[] } = {},
): Statement[] {
  if (elementCount(shape) === 0) return []
  const runs = collapse(shape, [from.strides, strides])
  const { loops, at } = loopsFor(kernel, shape, runs)
  const along = (all: readonly number[]): number[] => runs.map((run) => all[run.at(-1) ?? 0] ?? 0)
  const [read, written] = [along(from.strides), along(strides)]
  const value = elementAt({ ...from, strides: read }, at)
  const index = placeAt({ offset, strides: written }, at)
  const isVector = (read.at(-1) ?? 0) <= 1 && (written.at(-1) ?? 1) === 1
  const levels = loops.map((): Statement[] => [])
  return nest([...levels, [{ kind: 'store', buffer: to, index, value }]], loops, isVector)
}

/** The same with memory of its own: where it lies then. */
export function copied(kernel: KernelWriter, name: string, shape: readonly number[], from: Access) {
  const buffer = kernel.program.buffer(name, from.buffer.type, elementCount(shape))
  const access: Access = { buffer, offset: 0, strides: rowMajor(shape) }
  return { access, statements: copyInto(kernel, shape, from, buffer) }
}
