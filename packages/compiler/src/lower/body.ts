/**
 * The inner part of loops over elements: what elementwise nodes compute at one place, what they load and store. What does
 * not depend on the inner loops is loaded outside of them.
 */
import type { ProgramNode, ValueId } from '@isograd/core/ir'
import { knownOf } from '../fuse/values.js'
import { alongRuns, broadcastStrides, collapse, rowMajor } from '../fuse/view.js'
import { constant, load, local } from '../loops/build.js'
import { type Buffer, type Expression, type Index, loadedAs, type Statement } from '../loops/loops.js'
import { elementOf } from './elements.js'
import { type Access, elementTypes, type KernelWriter, placeAt, sumOf } from './writer.js'

/** An operand: a number, a node of the same group, or memory; rows of memory by number for a gather. */
type Operand =
  | { readonly kind: 'number'; readonly value: number; readonly node: ValueId }
  | { readonly kind: 'member'; readonly id: ValueId }
  | { readonly kind: 'memory'; readonly access: Access; readonly rows?: Rows }

/** Row numbers of a gather. */
interface Rows {
  readonly numbers: Access
  readonly limit: number
  readonly stride: number
  readonly node: ProgramNode
}

/** Nodes of one shape with their operands, before it is known by which loops they are walked. */
export interface Elements {
  readonly shape: readonly number[]
  readonly nodes: readonly { readonly node: ProgramNode; readonly operands: readonly Operand[] }[]
  readonly stores: readonly { readonly id: ValueId; readonly access: Access }[]
}

function memoryOf(kernel: KernelWriter, id: ValueId, shape: readonly number[]): Operand {
  const source = knownOf(kernel.program.values.sources, id)
  if (source.kind === 'number') return { kind: 'number', value: source.value, node: id }
  const strides = broadcastStrides(source.view, shape)
  return { kind: 'memory', access: { ...kernel.program.access(source.view), strides } }
}

/** Rows of the source by numbers: the axes of the numbers come first, then those of a row. */
function gathered(kernel: KernelWriter, node: ProgramNode, shape: readonly number[]): Operand[] {
  const { sources, types } = kernel.program.values
  const [from, by] = node.inputs
  if (from === undefined || by === undefined) throw new Error('a gather has two inputs')
  const lead = knownOf(types, by).shape.length
  const source = knownOf(sources, from)
  const rows = knownOf(sources, by)
  if (source.kind === 'number') return [{ kind: 'number', value: source.value, node: from }]
  const { offset, strides } = source.view
  const [stride = 0, ...within] = strides
  const access = {
    buffer: kernel.program.bufferOf(source.view.base),
    offset,
    strides: [...Array(lead).fill(0), ...within],
  }
  const limit = Number(knownOf(types, from).shape[0])
  if (rows.kind === 'number') {
    if (rows.value < 0 || rows.value >= limit) throw new Error(`row ${rows.value} is outside 0 .. ${limit - 1}`)
    return [{ kind: 'memory', access: { ...access, offset: offset + rows.value * stride } }]
  }
  const numbers = {
    ...kernel.program.access(rows.view),
    strides: [...rows.view.strides, ...shape.slice(lead).map(() => 0)],
  }
  return [{ kind: 'memory', access, rows: { numbers, limit, stride, node } }]
}

/**
 * The elementwise nodes of a group.
 * @param root the node whose results are given rather than loaded; absent for none.
 * @param isStored tells if a node's results are needed in memory.
 */
export function elementsOf(
  kernel: KernelWriter,
  group: {
    readonly nodes: readonly ProgramNode[]
    readonly shape: readonly number[]
    readonly root?: ProgramNode | undefined
  },
  isStored: (id: ValueId) => boolean,
): Elements {
  const { shape, nodes, root } = group
  const { sources } = kernel.program.values
  const members = new Set(nodes.map(({ id }) => id))
  const operand = (id: ValueId): Operand => {
    const source = knownOf(sources, id)
    const isMember = source.kind === 'view' && members.has(source.view.base)
    return isMember ? { kind: 'member', id: source.view.base } : memoryOf(kernel, id, shape)
  }
  const stored = nodes.filter(({ id }) => isStored(id))
  return {
    shape,
    nodes: nodes
      .filter((node) => node !== root)
      .map((node) => ({
        node,
        operands: node.op === 'gatherRows' ? gathered(kernel, node, shape) : node.inputs.map(operand),
      })),
    stores: stored.map(({ id }) => ({
      id,
      access: { buffer: kernel.program.bufferOf(id), offset: 0, strides: rowMajor(shape) },
    })),
  }
}

/** Everything that is walked. */
export function accessesOf({ nodes, stores }: Elements): Access[] {
  const loaded = nodes.flatMap(({ operands }) =>
    operands.flatMap((operand) =>
      operand.kind === 'memory' ? [operand.access, ...(operand.rows === undefined ? [] : [operand.rows.numbers])] : [],
    ),
  )
  return [...loaded, ...stores.map(({ access }) => access)]
}

/** The runs of axes that may be walked as one. */
export function runsOf(elements: Elements, extra: readonly (readonly number[])[] = []): number[][] {
  return collapse(elements.shape, [...accessesOf(elements).map(({ strides }) => strides), ...extra])
}

/** A body at a place: statements by the number of loops that they stand in, and the values of nodes at the innermost. */
export interface Body {
  readonly levels: readonly Statement[][]
  readonly valueOf: (id: ValueId) => Expression
  /** Tells if the innermost loop may have lanes. */
  readonly isVector: boolean
}

/** Strides of an access along runs. */
function runStrides({ strides }: Access, runs: readonly (readonly number[])[]): number[] {
  return alongRuns(strides, runs)
}

const keyOf = (buffer: Buffer, index: Index): string => `${buffer.id}@${JSON.stringify(index)}`

/**
 * Writes what elementwise nodes do at one place.
 * @param runs runs of axes, the outermost loop first.
 * @param at the place along each run.
 * @param given values of nodes that are there already.
 */
export function bodyAt(
  kernel: KernelWriter,
  elements: Elements,
  runs: readonly (readonly number[])[],
  at: readonly Index[],
  given: ReadonlyMap<ValueId, Expression>,
): Body {
  const levels: Statement[][] = Array.from({ length: runs.length + 1 }, () => [])
  const values = new Map(given)
  const loaded = new Map<string, Expression>()
  let isVector = true
  const put = (depth: number, value: Expression): Expression => {
    if (value.kind === 'local' || value.kind === 'constant') return value
    const name = kernel.local()
    levels[depth]?.push({ kind: 'let', local: name, value })
    return local(value.type, name)
  }
  const see = (strides: readonly number[]): void => {
    const last = strides.at(-1)
    if (last !== undefined && last > 1) isVector = false
  }
  const read = (access: Access, rows?: Rows): Expression => {
    const strides = runStrides(access, runs)
    see(strides)
    const row = rows === undefined ? undefined : rowOf(rows)
    const depth = Math.max(strides.findLastIndex((stride) => stride !== 0) + 1, row === undefined ? 0 : row.depth)
    const place = placeAt({ offset: access.offset, strides }, at)
    const index =
      row === undefined
        ? place
        : sumOf(0, [
            [place, 1],
            [row.index, 1],
          ])
    const key = keyOf(access.buffer, index)
    const value = loaded.get(key) ?? put(depth, load(access.buffer, index))
    loaded.set(key, value)
    return value
  }
  const rowNumbers = new Map<string, { readonly depth: number; readonly index: Index }>()
  const rowOf = ({ numbers, limit, stride, node }: Rows) => {
    const strides = runStrides(numbers, runs)
    const depth = strides.findLastIndex((one) => one !== 0) + 1
    if (depth === runs.length && depth > 0) isVector = false
    const row = load(numbers.buffer, placeAt({ offset: numbers.offset, strides }, at))
    const key = `${keyOf(numbers.buffer, placeAt({ offset: numbers.offset, strides }, at))}*${stride}<${limit}`
    const known = rowNumbers.get(key)
    if (known !== undefined) return known
    const name = kernel.local()
    levels[depth]?.push({ kind: 'guard', local: name, row, limit, fault: kernel.program.fault(node, limit) })
    const made = { depth, index: { constant: 0, terms: [{ local: name, stride }] } }
    rowNumbers.set(key, made)
    return made
  }
  const valueOf = (id: ValueId): Expression => knownOf(values, id)
  const take = (operand: Operand): Expression => {
    if (operand.kind === 'member') return valueOf(operand.id)
    if (operand.kind === 'memory') return read(operand.access, operand.rows)
    const { dtype } = knownOf(kernel.program.values.types, operand.node)
    return constant(loadedAs[elementTypes[dtype]], operand.value)
  }
  const innermost = runs.length
  for (const { node, operands } of elements.nodes) {
    const taken = operands.map(take)
    const bind = (value: Expression): Expression => put(innermost, value)
    const value = node.op === 'gatherRows' ? taken[0] : elementOf(node, taken, bind)
    if (value === undefined) throw new Error(`"${node.name}" has no operand`)
    values.set(node.id, put(innermost, value))
  }
  for (const { id, access } of elements.stores) {
    const strides = runStrides(access, runs)
    see(strides)
    levels[innermost]?.push({
      kind: 'store',
      buffer: access.buffer,
      index: placeAt({ offset: access.offset, strides }, at),
      value: valueOf(id),
    })
  }
  return { levels, valueOf, isVector }
}

/** Nests statements: those of a level stand in so many loops. */
export function nest(
  levels: readonly (readonly Statement[])[],
  loops: readonly { readonly local: number; readonly extent: number }[],
  isVector: boolean,
): Statement[] {
  const [outer = [], ...inner] = levels
  const [loop, ...rest] = loops
  if (loop === undefined) return [...outer]
  const vector = isVector && rest.length === 0 && loop.extent >= LEAST_LANES
  return [...outer, { kind: 'for', ...loop, vector, body: nest(inner, rest, isVector) }]
}

/** Below so many iterations lanes are not worth it. */
const LEAST_LANES = 4
