/** Sums and maxima over axes, with the elementwise nodes whose results they take. */
import { elementCount } from '@isograd/core/backend'
import type { ProgramNode, ValueId } from '@isograd/core/ir'
import type { Group } from '../fuse/groups.js'
import { knownOf } from '../fuse/values.js'
import { alongRuns, entryAt, rowMajor } from '../fuse/view.js'
import { binary, constant, local } from '../loops/build.js'
import type { Expression, Local, Statement } from '../loops/loops.js'
import { bodyAt, type Elements, elementsOf, nest, runsOf } from './body.js'
import { extentsOf, loopsOver } from './loops-over.js'
import { type Access, along, elementTypes, type KernelWriter, placeAt, type Rule } from './writer.js'

interface Sum {
  readonly op: 'add' | 'max'
  readonly axes: readonly number[]
  readonly of: ValueId
  readonly type: 'f32' | 'f64'
}

function sumOf(kernel: KernelWriter, node: ProgramNode): Sum {
  const [of] = node.inputs
  if ((node.op !== 'reduceSum' && node.op !== 'reduceMax') || of === undefined) throw new Error(`${node.op} is no sum`)
  const type = elementTypes[node.type.dtype]
  if (type !== 'f32' && type !== 'f64') throw new Error(`no sums of ${type}`)
  return { op: node.op === 'reduceSum' ? 'add' : 'max', axes: node.attributes.axes, of, type }
}

/** Strides of the results along the axes of what is summed: 0 along those that are summed. */
function resultStrides(shape: readonly number[], axes: readonly number[]): number[] {
  const strides = rowMajor(shape.map((length, axis) => (axes.includes(axis) ? 1 : length)))
  return strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride))
}

const startOf = ({ op, type }: Sum): Expression => constant(type, op === 'add' ? 0 : Number.NEGATIVE_INFINITY)

/** Inlined, a value may be computed from so many loads and nodes; what is larger is stored first. */
const LARGEST_INLINE = 40

const isExpression = (part: unknown): part is Expression => typeof part === 'object' && part !== null && 'kind' in part

/**
 * The nodes of a value with the values of locals in their place: counted before they are written, for a local that is read twice
 * doubles what it stands for, and many in a row are more than any memory holds.
 */
function inlinedSize(value: Expression, lets: ReadonlyMap<Local, Expression>, known: Map<Local, number>): number {
  if (value.kind === 'local') {
    const bound = lets.get(value.local)
    const size = known.get(value.local) ?? (bound === undefined ? 1 : inlinedSize(bound, lets, known))
    known.set(value.local, size)
    return size
  }
  const parts = Object.values(value).filter(isExpression)
  return parts.reduce((sum, part) => sum + inlinedSize(part, lets, known), 1)
}

/** Puts the values of locals in their place. */
function inlined(value: Expression, lets: ReadonlyMap<Local, Expression>): Expression {
  if (value.kind === 'local') {
    const bound = lets.get(value.local)
    return bound === undefined ? value : inlined(bound, lets)
  }
  const parts = Object.entries(value).map(([key, part]) =>
    isExpression(part) ? [key, inlined(part, lets)] : [key, part],
  )
  return Object.fromEntries(parts) as Expression
}

/** Sums in the order of the axes that are kept, then those that are summed. */
function nestOf(
  kernel: KernelWriter,
  sum: Sum,
  elements: Elements,
  input: Access | undefined,
  to: Access,
): Statement[] | undefined {
  const { shape } = elements
  const isSummed = (run: readonly number[]): boolean => run.some((axis) => sum.axes.includes(axis))
  const extra = input === undefined ? [to.strides] : [to.strides, input.strides]
  const all = runsOf(elements, extra)
  const last = all.at(-1)
  const runs = [...all.filter((run) => !isSummed(run)), ...all.filter(isSummed)]
  const kept = all.filter((run) => !isSummed(run)).length
  const loops = extentsOf(shape, runs).map((extent) => ({ local: kernel.local(), extent }))
  const at = loops.map(({ local: one }) => along(one))
  const body = bodyAt(kernel, elements, runs, at, new Map())
  const along_ = (access: Access) => ({
    offset: access.offset,
    strides: alongRuns(access.strides, runs),
  })
  const value =
    input === undefined
      ? body.valueOf(sum.of)
      : ({ kind: 'load', type: sum.type, buffer: input.buffer, index: placeAt(along_(input), at) } as const)
  const total = kernel.local()
  const result = local(sum.type, total)
  const store: Statement = { kind: 'store', buffer: to.buffer, index: placeAt(along_(to), at), value: result }
  const add = (one: Expression): Statement => ({ kind: 'assign', local: total, value: binary(sum.op, result, one) })
  const start: Statement = { kind: 'variable', local: total, value: startOf(sum) }
  const lastIsSummed = last !== undefined && isSummed(last)
  const innermost = loops.at(-1)
  if (!lastIsSummed || innermost === undefined) {
    // The last axis is kept: its lanes each have a sum of their own, whose terms are added one after the other.
    const inside = nest(
      body.levels.slice(kept).map((level, i, levels) => (i === levels.length - 1 ? [...level, add(value)] : level)),
      loops.slice(kept),
      false,
    )
    const outer = body.levels.slice(0, kept)
    const axis = runs[kept - 1]?.at(-1)
    const isUnit = axis === undefined || allUnit(elements, input, to, axis)
    return nest([...outer, [start, ...inside, store]], loops.slice(0, kept), isUnit)
  }
  const lets = new Map(
    (body.levels.at(-1) ?? []).flatMap((one) => (one.kind === 'let' ? [[one.local, one.value] as const] : [])),
  )
  if ((body.levels.at(-1) ?? []).length > lets.size) return undefined
  if (inlinedSize(value, lets, new Map()) > LARGEST_INLINE) return undefined
  const partial = kernel.local()
  const reduce: Statement = {
    kind: 'reduce',
    local: partial,
    op: sum.op,
    over: innermost.local,
    extent: innermost.extent,
    value: inlined(value, lets),
  }
  const levels = body.levels.slice(0, -1)
  if (runs.length - kept === 1) {
    const put: Statement = { ...store, value: local(sum.type, partial) }
    return nest(
      levels.map((level, i) => (i === kept ? [...level, reduce, put] : level)),
      loops.slice(0, kept),
      false,
    )
  }
  const inside = nest(
    levels
      .slice(kept)
      .map((level, i, some) => (i === some.length - 1 ? [...level, reduce, add(local(sum.type, partial))] : level)),
    loops.slice(kept, -1),
    false,
  )
  return nest([...levels.slice(0, kept), [start, ...inside, store]], loops.slice(0, kept), false)
}

function allUnit(elements: Elements, input: Access | undefined, to: Access, axis: number): boolean {
  const loads = elements.nodes.flatMap(({ operands }) =>
    operands.flatMap((one) =>
      one.kind === 'memory' ? [one.access, ...(one.rows === undefined ? [] : [undefined])] : [],
    ),
  )
  return [...loads, ...(input === undefined ? [] : [input]), to].every(
    (access) => access !== undefined && entryAt(access.strides, axis) <= 1,
  )
}

/** The results of a sum of nothing, or of one number again and again. */
function filled(kernel: KernelWriter, { type }: Sum, to: Access, length: number, value: number): Statement[] {
  const one = kernel.local()
  const store: Statement = { kind: 'store', buffer: to.buffer, index: along(one), value: constant(type, value) }
  return length === 0 ? [] : [{ kind: 'for', local: one, extent: length, vector: true, body: [store] }]
}

function sumNumber(sum: Sum, value: number, count: number): number {
  if (sum.op === 'max') return value
  const total = value * count
  return sum.type === 'f32' ? Math.fround(total) : total
}

/** A sum with the elementwise nodes before it. */
export const sums: Rule = (kernel, { root, shape, nodes }: Group) => {
  if (root === undefined) throw new Error('a sum is missing')
  const sum = sumOf(kernel, root)
  const { sources, types } = kernel.program.values
  const source = knownOf(sources, sum.of)
  const strides = resultStrides(shape, sum.axes)
  const to: Access = { buffer: kernel.program.bufferOf(root.id), offset: 0, strides }
  const results = elementCount(knownOf(types, root.id).shape)
  if (elementCount(shape) === 0)
    return filled(kernel, sum, to, results, sum.op === 'add' ? 0 : Number.NEGATIVE_INFINITY)
  if (source.kind === 'number') {
    return filled(kernel, sum, to, results, sumNumber(sum, source.value, elementCount(shape) / results))
  }
  const none = { shape, nodes: [], stores: [] }
  const before = nodes.filter((node) => node !== root)
  if (before.length === 0) return nestOf(kernel, sum, none, kernel.program.access(source.view), to) ?? []
  const fused = nestOf(
    kernel,
    sum,
    elementsOf(kernel, { nodes: before, shape }, () => false),
    undefined,
    to,
  )
  if (fused !== undefined) return fused
  // Too much to be computed inside of the sum: stored first.
  const { base } = source.view
  const first = loopsOver(
    kernel,
    elementsOf(kernel, { nodes: before, shape }, (id) => id === base),
  )
  return [...first, ...(nestOf(kernel, sum, none, kernel.program.whole(base), to) ?? [])]
}
