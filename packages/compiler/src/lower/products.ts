/** Matrix products, with the elementwise nodes that take their results while they are in registers. */
import { elementCount } from '@isograd/core/backend'
import type { NodeOf, ValueId } from '@isograd/core/ir'
import type { Group } from '../fuse/groups.js'
import { knownOf } from '../fuse/values.js'
import { alongRuns, collapse, entryAt, ofAxes } from '../fuse/view.js'
import { constant, local } from '../loops/build.js'
import type { Expression, Index, Matrix, Statement } from '../loops/loops.js'
import { accessesOf, bodyAt, type Elements, elementsOf } from './body.js'
import { copied, loopsOver } from './loops-over.js'
import { type Access, along, elementAt, elementTypes, type KernelWriter, origin, placeAt, type Rule } from './writer.js'
import { isStored } from './stored.js'

/** An operand as matrices: axes that count them, and the runs of axes that rows and columns are. */
interface Operand {
  readonly access: Access
  readonly shape: readonly number[]
  readonly lead: readonly number[]
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

function operandOf(access: Access, shape: readonly number[], transposed: boolean, joined: boolean): Operand {
  const first = joined ? 0 : shape.length - 2
  const [rows, columns] = [range(first, shape.length - 1), [shape.length - 1]]
  const lead = range(0, first)
  return transposed ? { access, shape, lead, rows: columns, columns: rows } : { access, shape, lead, rows, columns }
}

/** The stride of a run of axes; undefined where they are not one. */
function strideOf({ access, shape }: Operand, axes: readonly number[]): number | undefined {
  const strides = ofAxes(access.strides, axes)
  const runs = collapse(ofAxes(shape, axes), [strides])
  if (runs.length > 1) return undefined
  // A single element is walked by any stride.
  return runs.length === 0 ? 1 : alongRuns(strides, runs)[0]
}

const sizeOf = ({ shape }: Operand, axes: readonly number[]): number => elementCount(ofAxes(shape, axes))

/** An operand whose rows and columns have a stride each, moved in memory where it must be. */
function settled(kernel: KernelWriter, operand: Operand, isB: boolean): { operand: Operand; before: Statement[] } {
  const { access, shape, lead, rows, columns } = operand
  const [rowStride, columnStride] = [strideOf(operand, rows), strideOf(operand, columns)]
  const fits = rowStride !== undefined && columnStride !== undefined
  // A vector load of the last columns may run past them: the arena has room for that, foreign memory has not.
  if (fits && (!isB || (columnStride === 1 && access.buffer.space === 'arena'))) return { operand, before: [] }
  const order = [...lead, ...rows, ...columns]
  const pick = (all: readonly number[]): number[] => ofAxes(all, order)
  const packed = copied(kernel, `${access.buffer.name}/packed`, pick(shape), {
    ...access,
    strides: pick(access.strides),
  })
  const at = (axes: readonly number[]): number[] => axes.map((axis) => order.indexOf(axis))
  const moved = { access: packed.access, shape: pick(shape), lead: at(lead), rows: at(rows), columns: at(columns) }
  return { operand: moved, before: packed.statements }
}

/** The stride of axes that are one run. */
function settledStride(operand: Operand, axes: readonly number[]): number {
  const stride = strideOf(operand, axes)
  if (stride === undefined) throw new Error('an operand is not settled')
  return stride
}

function matrixOf(operand: Operand, leadAt: readonly Index[]): Matrix {
  const { access, lead, rows, columns } = operand
  const start = placeAt({ offset: access.offset, strides: ofAxes(access.strides, lead) }, leadAt)
  return {
    buffer: access.buffer,
    start,
    rowStride: settledStride(operand, rows),
    columnStride: settledStride(operand, columns),
  }
}

/** A product in a group, and how its results lie: axes that count products, then those of rows, then that of columns. */
export interface Task {
  readonly kernel: KernelWriter
  readonly root: ValueId
  readonly type: 'f32' | 'f64'
  readonly shape: readonly number[]
  /** Runs of axes of the results: each of `lead` is a loop around products. */
  readonly lead: readonly (readonly number[])[]
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly elements: Elements
}

/** Tells if every access walks the rows, and the columns, as one. */
function walksAsOne({ elements, lead, rows, columns, shape }: Task): boolean {
  return accessesOf(elements).every(({ strides }) =>
    [...lead, rows, columns].every((axes) => collapse(ofAxes(shape, axes), [ofAxes(strides, axes)]).length <= 1),
  )
}

/**
 * What is done with the results of a product: statements for the loops around it, and those inside of it.
 * @param at the place along each run of `lead`, and what is added to that along the rows.
 */
export function epilogue(
  task: Task,
  at: { readonly lead: readonly Index[]; readonly rows: Index; readonly columns: Index },
  value: Expression,
): { readonly outside: readonly (readonly Statement[])[]; readonly inside: readonly Statement[] } {
  const { kernel, elements, lead, rows, columns } = task
  const runs = [...lead, rows, columns]
  const { levels } = bodyAt(kernel, elements, runs, [...at.lead, at.rows, at.columns], new Map([[task.root, value]]))
  return { outside: levels.slice(0, lead.length + 1), inside: levels.slice(lead.length + 1).flat() }
}

/** Elements that store the results alone. */
function stored(task: Task): Elements {
  const access = task.kernel.program.whole(task.root)
  return { shape: task.shape, nodes: [], stores: [{ id: task.root, access }] }
}

/**
 * Runs a product with what takes its results, in registers where that can be, else over what was stored.
 * @param make the statements of products whose results are taken so.
 */
export function withEpilogue(task: Task, make: (task: Task) => Statement[]): Statement[] {
  const { elements, kernel, root } = task
  if (walksAsOne(task) && canVector(task)) return make(task)
  const after: Elements = { ...elements, stores: elements.stores.filter(({ id }) => id !== root) }
  const whole = kernel.program.whole(root)
  const given = (runs: readonly (readonly number[])[], at: readonly Index[]): ReadonlyMap<ValueId, Expression> => {
    const strides = alongRuns(whole.strides, runs)
    return new Map([[root, elementAt({ ...whole, strides }, at)]])
  }
  return [...make({ ...task, elements: stored(task) }), ...loopsOver(kernel, after, given)]
}

/** Tells if the columns of everything lie side by side, so that they can be lanes. */
function canVector({ elements, columns }: Task): boolean {
  const last = columns.at(-1)
  const isGather = elements.nodes.some(({ node }) => node.op === 'gatherRows')
  return !isGather && accessesOf(elements).every(({ strides }) => last === undefined || entryAt(strides, last) <= 1)
}

/** Loops around statements, the outermost first; each level has statements of its own before the next loop. */
export function around(
  levels: readonly (readonly Statement[])[],
  loops: readonly { readonly local: number; readonly extent: number }[],
  inner: readonly Statement[],
): Statement[] {
  const [own = [], ...rest] = levels
  const [loop, ...more] = loops
  if (loop === undefined) return [...own, ...inner]
  return [...own, { kind: 'for', ...loop, vector: false, body: around(rest, more, inner) }]
}

/** The type of products. @throws where a value is no float. */
export function floatType(kernel: KernelWriter, id: ValueId): 'f32' | 'f64' {
  const type = elementTypes[knownOf(kernel.program.values.types, id).dtype]
  if (type === 'f32' || type === 'f64') return type
  throw new Error(`no products of ${type}`)
}

/** A value as it lies; a number is written to memory first. */
export function memoryOf(
  kernel: KernelWriter,
  id: ValueId,
): { access: Access; shape: readonly number[]; before: Statement[] } {
  const { shape, dtype } = knownOf(kernel.program.values.types, id)
  const source = knownOf(kernel.program.values.sources, id)
  if (source.kind === 'view') return { access: kernel.program.access(source.view), shape, before: [] }
  const type = elementTypes[dtype]
  const buffer = kernel.program.buffer('number', type, 1)
  const store: Statement = {
    kind: 'store',
    buffer,
    index: origin,
    value: constant(type === 'u8' ? 'i32' : type, source.value),
  }
  return { access: { buffer, offset: 0, strides: shape.map(() => 0) }, shape, before: [store] }
}

function inputsOf(kernel: KernelWriter, node: NodeOf<'matmul'>) {
  const [left, right] = node.inputs
  if (left === undefined || right === undefined) throw new Error('a product has two operands')
  const { transposeA, transposeB, joined = false } = node.attributes
  const [x, y] = [memoryOf(kernel, left), memoryOf(kernel, right)]
  const a = settled(kernel, operandOf(x.access, x.shape, transposeA, joined), false)
  const b = settled(kernel, operandOf(y.access, y.shape, transposeB, joined), true)
  return { a: a.operand, b: b.operand, before: [...x.before, ...y.before, ...a.before, ...b.before] }
}

/** A matrix product. */
export const products: Rule = (kernel, group: Group) => {
  const node = group.root
  if (node?.op !== 'matmul') throw new Error('a product is missing')
  const { a, b, before } = inputsOf(kernel, node)
  const shape = knownOf(kernel.program.values.types, node.id).shape
  if (elementCount(shape) === 0) return []
  const [first, last] = [a.lead.length, shape.length - 1]
  const task: Task = {
    kernel,
    root: node.id,
    type: floatType(kernel, node.id),
    shape,
    lead: range(0, first).map((axis) => [axis]),
    rows: range(first, last).filter((axis) => shape[axis] !== 1),
    columns: [last],
    elements: elementsOf(kernel, group, isStored(kernel, group)),
  }
  const make = (one: Task): Statement[] => {
    const loops = one.lead.map((axes) => ({ local: kernel.local(), extent: elementCount(ofAxes(shape, axes)) }))
    const [row, column, value] = [kernel.local(), kernel.local(), kernel.local()]
    const lead = loops.map((loop) => along(loop.local))
    const { outside, inside } = epilogue(
      one,
      { lead, rows: along(row), columns: along(column) },
      local(one.type, value),
    )
    const product: Statement = {
      kind: 'product',
      type: one.type,
      rows: sizeOf(a, a.rows),
      inner: sizeOf(a, a.columns),
      columns: sizeOf(b, b.columns),
      a: matrixOf(a, lead),
      b: matrixOf(b, lead),
      row,
      column,
      value,
      body: inside,
    }
    return around(outside, loops, [product])
  }
  // A sum of nothing is 0.
  if (sizeOf(a, a.columns) === 0)
    return loopsOver(kernel, task.elements, () => new Map([[node.id, constant(task.type, 0)]]))
  return [...before, ...withEpilogue(task, make)]
}
