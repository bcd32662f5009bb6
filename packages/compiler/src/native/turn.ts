/** Copies that turn a matrix: rows are written where columns are read, by blocks that are turned in registers. */
import type { Expression, Statement } from '../loops/loops.js'
import { indexText, pointer, type Scope, strideOf } from './expressions.js'
import { laneBytes, type Machine } from './machine.js'
import { type Output, sharesOf, UNIT } from './output.js'

type For = Extract<Statement, { kind: 'for' }>

/** A copy of elements `to[r * toStride + c] = from[r + c * fromStride]`. */
interface Turn {
  readonly inner: For
  readonly store: Extract<Statement, { kind: 'store' }>
  readonly load: Extract<Expression, { kind: 'load' }>
  readonly type: 'f32' | 'f64'
  readonly toStride: number
  readonly fromStride: number
}

/** The copy that a loop is, if it is one. */
export function turnOf(outer: For): Turn | undefined {
  const [inner, ...others] = outer.body
  if (inner?.kind !== 'for' || inner.vector || others.length > 0) return undefined
  const [store, ...more] = inner.body
  if (store?.kind !== 'store' || store.value.kind !== 'load' || more.length > 0) return undefined
  const { value: load, buffer, index } = store
  const { type } = buffer
  if ((type !== 'f32' && type !== 'f64') || load.buffer.type !== type || load.buffer.id === buffer.id) return undefined
  const isTurn = strideOf(index, inner.local) === 1 && strideOf(load.index, outer.local) === 1
  const [toStride, fromStride] = [strideOf(index, outer.local), strideOf(load.index, inner.local)]
  return isTurn ? { inner, store, load, type, toStride, fromStride } : undefined
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** One of the exchanges that turn a block: between rows that are `d` apart, lanes that are `d` apart. */
function exchange(T: string, L: number, d: number): string[] {
  const lanes = (of: (l: number) => number): string =>
    range(L)
      .map((l) => String(of(l)))
      .join(', ')
  const low = lanes((l) => ((l & d) === 0 ? l : L + l - d))
  const high = lanes((l) => ((l & d) === 0 ? l + d : L + l))
  return range(L)
    .filter((i) => (i & d) === 0)
    .map(
      (i) =>
        `{ const ${T} l = __builtin_shufflevector(v${i}, v${i + d}, ${low}), h = __builtin_shufflevector(v${i}, v${i + d}, ${high}); v${i} = l; v${i + d} = h; }`,
    )
}

/** The function for blocks of a type: of whole vectors by shuffles, at the edges one by one. */
function turnFunction(name: string, type: 'f32' | 'f64', machine: Machine): string {
  const L = machine.bytes / laneBytes[type]
  const T = `${type}x${L}`
  const steps = range(Math.log2(L)).map((bit) => 1 << bit)
  return [
    `CODE void ${name}(${type} *to, const long tr, const ${type} *from, const long fc, const long rows, const long columns) {`,
    '  long r = 0;',
    `#if defined(__clang__) || __GNUC__ >= 12`,
    `  for (; r + ${L} <= rows; r += ${L}) {`,
    '    long k = 0;',
    `    for (; k + ${L} <= columns; k += ${L}) {`,
    `      const ${type} *const p = from + r + k * fc;`,
    `      ${type} *const q = to + r * tr + k;`,
    `      ${T} ${range(L)
      .map((i) => `v${i} = load_${T}(p + ${i} * fc)`)
      .join(', ')};`,
    ...steps.flatMap((d) => exchange(T, L, d)).map((line) => `      ${line}`),
    ...range(L).map((i) => `      store_${T}(q + ${i} * tr, v${i});`),
    '    }',
    `    for (long i = r; i < r + ${L}; i++) for (long l = k; l < columns; l++) to[i * tr + l] = from[i + l * fc];`,
    '  }',
    '#endif',
    '  for (; r < rows; r++) for (long k = 0; k < columns; k++) to[r * tr + k] = from[r + k * fc];',
    '}',
  ].join('\n')
}

/** The call that does what a loop does. */
export function turnLines(
  outer: For,
  { inner, store, load, type, toStride, fromStride }: Turn,
  scope: Scope,
  out: Output,
): string[] {
  const name = `turn_${type}`
  out.functions.set(name, turnFunction(name, type, out.machine))
  const without = (index: typeof store.index): typeof store.index => ({
    ...index,
    terms: index.terms.filter(({ local }) => local !== outer.local && local !== inner.local),
  })
  const to = `${pointer(store.buffer)} + ${indexText(without(store.index), scope)}`
  const from = `${pointer(load.buffer)} + ${indexText(without(load.index), scope)}`
  if (!out.dealt.has(outer))
    return [`${name}(${to}, ${toStride}, ${from}, ${fromStride}, ${outer.extent}, ${inner.extent});`]
  const [first, end] = sharesOf(outer.extent, UNIT)
  const own = `${to} + first * ${toStride}, ${toStride}, ${from} + first, ${fromStride}, ${end} - first, ${inner.extent}`
  return [`{ const long first = ${first}; ${name}(${own}); }`]
}
