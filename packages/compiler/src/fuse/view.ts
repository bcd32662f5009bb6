/**
 * Views: how the elements of a value lie in the memory of another. Reshapes, transposes, slices and broadcasts move nothing
 * where a view can say them.
 */
import { elementCount } from '@isograd/core/backend'
import type { ValueId } from '@isograd/core/ir'

/** Element `at` of a value is element `offset + sum of strides * at` of the base, which lies row-major. */
export interface View {
  /** The value whose memory it is. */
  readonly base: ValueId
  readonly shape: readonly number[]
  readonly offset: number
  readonly strides: readonly number[]
}

/** Strides of row-major order. */
export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
}

/** The whole of a value as it lies. */
export function wholeOf(base: ValueId, shape: readonly number[]): View {
  return { base, shape, offset: 0, strides: rowMajor(shape) }
}

/** Tells if the elements lie side by side in row-major order. */
export function isContiguous({ shape, strides }: Pick<View, 'shape' | 'strides'>): boolean {
  const plain = rowMajor(shape)
  return shape.every((length, axis) => length === 1 || strides[axis] === plain[axis])
}

/** Tells if a view is all of its base in order, be it of another shape. */
export function isWhole(view: View, baseShape: readonly number[]): boolean {
  return view.offset === 0 && elementCount(view.shape) === elementCount(baseShape) && isContiguous(view)
}

/** Strides that read a value of `shape` as if it were broadcast to `target`. */
export function broadcastStrides(
  { shape, strides }: Pick<View, 'shape' | 'strides'>,
  target: readonly number[],
): number[] {
  const lead = target.length - shape.length
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : entryAt(strides, axis - lead)))
}

/** Runs of axes that every access walks as one: each run with the axes that it joins, in order. */
export function collapse(shape: readonly number[], accesses: readonly (readonly number[])[]): number[][] {
  const runs: number[][] = []
  for (const [axis, length] of shape.entries()) {
    if (length === 1) continue
    const run = runs.at(-1)
    const last = run?.at(-1)
    const joins = last !== undefined && accesses.every((strides) => strides[last] === Number(strides[axis]) * length)
    if (joins) run?.push(axis)
    else runs.push([axis])
  }
  return runs
}

/** An entry of a list. @throws Error where there is none. */
export function entryAt<T>(list: readonly T[], i: number): T {
  const entry = list[i]
  if (entry === undefined) throw new Error(`entry ${i} of ${list.length} is missing`)
  return entry
}

/** Entries of some axes. */
export const ofAxes = (list: readonly number[], axes: readonly number[]): number[] =>
  axes.map((axis) => entryAt(list, axis))

/** Strides along runs of axes: that of the last axis of each; a run without axes is a single element. */
export function alongRuns(strides: readonly number[], runs: readonly (readonly number[])[]): number[] {
  return runs.map((run) => {
    const last = run.at(-1)
    return last === undefined ? 0 : entryAt(strides, last)
  })
}
