/** Operations that move elements, the sums of rows by number, and the rows that are treated as wholes. */
import { elementCount } from '@isograd/core/backend'
import { knownOf } from '../fuse/values.js'
import { entryAt, rowMajor } from '../fuse/view.js'
import { binary, compare, constant, load, local, select } from '../loops/build.js'
import type { Expression, Index, Statement } from '../loops/loops.js'
import { elementary } from '../math/index.js'
import { copyInto } from './loops-over.js'
import { floatType, memoryOf } from './products.js'
import { fill } from './windows.js'
import { along, elementTypes, type KernelWriter, origin, type Rule, sumOf } from './writer.js'

/** Copies an input to where the value of the node lies. */
export const copy: Rule = (kernel, { root }) => {
  const [input] = root?.inputs ?? []
  if (root === undefined || input === undefined) throw new Error('there is nothing to copy')
  const { access, shape, before } = memoryOf(kernel, input)
  return [...before, ...copyInto(kernel, shape, access, kernel.program.bufferOf(root.id))]
}

/** The inputs one after the other along an axis. */
export const concat: Rule = (kernel, { root }) => {
  if (root?.op !== 'concat') throw new Error('there is nothing to join')
  const { shape } = knownOf(kernel.program.values.types, root.id)
  const strides = rowMajor(shape)
  const step = entryAt(strides, root.attributes.axis)
  let start = 0
  return root.inputs.flatMap((id) => {
    const { access, shape: part, before } = memoryOf(kernel, id)
    const offset = start * step
    start += entryAt(part, root.attributes.axis)
    return [...before, ...copyInto(kernel, part, access, kernel.program.bufferOf(root.id), { offset, strides })]
  })
}

/** Rows of zeros with a one where the label says. */
export const oneHot: Rule = (kernel, { root }) => {
  const [input] = root?.inputs ?? []
  if (root?.op !== 'oneHot' || input === undefined) throw new Error('there are no labels')
  const { depth } = root.attributes
  const type = floatType(kernel, root.id)
  const { access, shape, before } = labelsOf(kernel, input)
  const to = kernel.program.bufferOf(root.id)
  const [row, label, place] = [kernel.local(), kernel.local(), kernel.local()]
  const value = local('i32', label)
  const isInside = binary('and', compare('ge', value, constant('i32', 0)), compare('gt', constant('i32', depth), value))
  const index = sumOf(0, [
    [along(row), depth],
    [along(place), 1],
  ])
  const body: Statement[] = [
    { kind: 'let', local: label, value: load(access.buffer, sumOf(access.offset, [[along(row), 1]])) },
    { kind: 'let', local: place, value: select(isInside, value, constant('i32', 0)) },
    { kind: 'store', buffer: to, index, value: select(isInside, constant(type, 1), constant(type, 0)) },
  ]
  const rows: Statement = { kind: 'for', local: row, extent: elementCount(shape), vector: false, body }
  return [...before, ...fill(kernel, to, origin, to.length, constant(type, 0)), rows]
}

/** Zeros, to which rows are added one after the other, each where its number says: a row may be added to many times. */
export const scatterAddRows: Rule = (kernel, { root }) => {
  const [values, numbers] = root?.inputs ?? []
  if (root?.op !== 'scatterAddRows' || values === undefined || numbers === undefined)
    throw new Error('there are no rows')
  const { count } = root.attributes
  const type = floatType(kernel, root.id)
  const [from, by] = [labelsOf(kernel, values), labelsOf(kernel, numbers)]
  const to = kernel.program.bufferOf(root.id)
  const length = to.length / count
  const [i, row, column] = [kernel.local(), kernel.local(), kernel.local()]
  const at = (start: number, one: number): Index =>
    sumOf(start, [
      [along(one), length],
      [along(column), 1],
    ])
  const value = binary('add', load(to, at(0, row)), load(from.access.buffer, at(from.access.offset, i)))
  const number = load(by.access.buffer, sumOf(by.access.offset, [[along(i), 1]]))
  const add: Statement = { kind: 'store', buffer: to, index: at(0, row), value }
  const body: Statement[] = [
    { kind: 'guard', local: row, row: number, limit: count, fault: kernel.program.fault(root, count) },
    { kind: 'for', local: column, extent: length, vector: true, body: [add] },
  ]
  const rows: Statement = { kind: 'for', local: i, extent: elementCount(by.shape), vector: false, body }
  return [...from.before, ...by.before, ...fill(kernel, to, origin, to.length, constant(type, 0)), rows]
}

/** An input whose elements lie side by side. */
function labelsOf(kernel: KernelWriter, id: Parameters<typeof memoryOf>[1]) {
  const given = memoryOf(kernel, id)
  const buffer = kernel.program.buffer('rows', given.access.buffer.type, elementCount(given.shape))
  const plain = rowMajor(given.shape)
  if (given.access.strides.every((stride, axis) => stride === plain[axis])) return given
  const access = { buffer, offset: 0, strides: plain }
  return { ...given, access, before: [...given.before, ...copyInto(kernel, given.shape, given.access, buffer)] }
}

/** Rows along the last axis, side by side. */
function rowsOf(kernel: KernelWriter, id: Parameters<typeof memoryOf>[1] | undefined) {
  if (id === undefined) throw new Error('there are no rows')
  const { access, shape, before } = labelsOf(kernel, id)
  const length = entryAt(shape, shape.length - 1)
  return { access, before, length, count: elementCount(shape.slice(0, -1)) }
}

/** The place of the first maximum of each row. A NaN is larger than nothing. */
export const argMax: Rule = (kernel, { root }) => {
  const { access, before, length, count } = rowsOf(kernel, root?.inputs[0])
  if (root === undefined) throw new Error('there are no rows')
  const type = elementTypes[knownOf(kernel.program.values.types, root.inputs[0] ?? root.id).dtype]
  const [row, i, best, most, x] = [0, 1, 2, 3, 4].map(() => kernel.local()) as [number, number, number, number, number]
  const start: Index = sumOf(access.offset, [[along(row), length]])
  const register = type === 'f64' ? 'f64' : 'f32'
  const isLarger = compare('gt', local(register, x), local(register, most))
  const body: Statement[] = [
    { kind: 'variable', local: best, value: constant('i32', 0) },
    { kind: 'variable', local: most, value: load(access.buffer, start) },
    {
      kind: 'for',
      local: i,
      extent: length,
      vector: false,
      body: [
        {
          kind: 'let',
          local: x,
          value: load(
            access.buffer,
            sumOf(0, [
              [start, 1],
              [along(i), 1],
            ]),
          ),
        },
        { kind: 'assign', local: best, value: select(isLarger, local('i32', i), local('i32', best)) },
        { kind: 'assign', local: most, value: select(isLarger, local(register, x), local(register, most)) },
      ],
    },
    { kind: 'store', buffer: kernel.program.bufferOf(root.id), index: along(row), value: local('i32', best) },
  ]
  return [...before, { kind: 'for', local: row, extent: count, vector: false, body }]
}

/** x - max - log of the sum of e^(x - max), row by row. */
export const logSoftmax: Rule = (kernel, { root }) => {
  if (root === undefined) throw new Error('there are no rows')
  const { access, before, length, count } = rowsOf(kernel, root.inputs[0])
  const type = floatType(kernel, root.id)
  const to = kernel.program.bufferOf(root.id)
  const [row, over, over2, i, e] = [0, 1, 2, 3, 4].map(() => kernel.local()) as [number, number, number, number, number]
  const [max, sum, log] = [kernel.local(), kernel.local(), kernel.local()]
  const at = (one: number, start = access.offset): Index =>
    sumOf(start, [
      [along(row), length],
      [along(one), 1],
    ])
  const shifted = (one: number): Expression => binary('sub', load(access.buffer, at(one)), local(type, max))
  const inner: Statement[] = []
  const exp = elementary.exp[type](shifted(e), namer(kernel, inner))
  const lead: Statement[] = []
  const logarithm = elementary.log[type](local(type, sum), namer(kernel, lead))
  const powers = kernel.program.buffer('powers', type, length)
  const body: Statement[] = [
    { kind: 'reduce', local: max, op: 'max', over, extent: length, value: load(access.buffer, at(over)) },
    {
      kind: 'for',
      local: e,
      extent: length,
      vector: true,
      body: [...inner, { kind: 'store', buffer: powers, index: along(e), value: exp }],
    },
    { kind: 'reduce', local: sum, op: 'add', over: over2, extent: length, value: load(powers, along(over2)) },
    ...lead,
    { kind: 'let', local: log, value: logarithm },
    {
      kind: 'for',
      local: i,
      extent: length,
      vector: true,
      body: [{ kind: 'store', buffer: to, index: at(i, 0), value: binary('sub', shifted(i), local(type, log)) }],
    },
  ]
  return [...before, { kind: 'for', local: row, extent: count, vector: false, body }]
}

/** Binds values to locals by statements that go before. */
function namer(kernel: KernelWriter, before: Statement[]): (value: Expression) => Expression {
  return (value) => {
    const name = kernel.local()
    before.push({ kind: 'let', local: name, value })
    return local(value.type, name)
  }
}
