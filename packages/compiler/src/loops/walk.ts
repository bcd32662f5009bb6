/** The parts of statements and expressions, for whoever looks through a kernel. */
import type { Buffer, Expression, Index, Local, Matrix, Product, RegisterType, Statement } from './loops.js'

/** An element of memory that is read or written. */
interface Element {
  readonly buffer: Buffer
  readonly index: Index
}

type Parts<T extends { kind: string }, R> = { readonly [K in T['kind']]: (part: Extract<T, { kind: K }>) => R }

const none = (): never[] => []

const operandRules: Parts<Expression, readonly Expression[]> = {
  constant: none,
  local: none,
  load: none,
  unary: ({ x }) => [x],
  binary: ({ x, y }) => [x, y],
  compare: ({ x, y }) => [x, y],
  select: ({ condition, x, y }) => [condition, x, y],
  convert: ({ x }) => [x],
}

/** The operands of an expression. */
export function operandsOf(e: Expression): readonly Expression[] {
  const rule = operandRules[e.kind] as (e: Expression) => readonly Expression[]
  return rule(e)
}

/** The parts of a statement. */
interface StatementParts {
  /** Locals that it gives a value, in the order in which code does. */
  readonly declares?: readonly Local[]
  /** Those of them that count. */
  readonly counts?: readonly Local[]
  readonly values?: readonly Expression[]
  readonly body?: readonly Statement[]
  /** Where memory is read or written, beside the loads of the values. */
  readonly places?: readonly Element[]
}

const named = ({ local, value }: { local: Local; value: Expression }): StatementParts => ({
  declares: [local],
  values: [value],
})

const statementRules: Parts<Statement, StatementParts> = {
  for: ({ local, body }) => ({ declares: [local], counts: [local], body }),
  let: named,
  variable: named,
  assign: ({ value }) => ({ values: [value] }),
  store: ({ buffer, index, value }) => ({ values: [value], places: [{ buffer, index }] }),
  reduce: ({ local, over, value }) => ({ declares: [over, local], counts: [over], values: [value] }),
  product: (s) => ({
    declares: [s.column, s.row, s.value],
    counts: [s.column, s.row],
    body: s.body,
    places: matricesOf(s),
  }),
  guard: ({ local, row }) => ({ declares: [local], values: [row] }),
}

/** The parts of a statement. */
export function partsOf(s: Statement): StatementParts {
  const rule = statementRules[s.kind] as (s: Statement) => StatementParts
  return rule(s)
}

const moved = (start: Index, local: Local, stride: number): Index => ({
  constant: start.constant,
  terms: [...start.terms, { local, stride }],
})

const placed = ({ buffer, start }: Matrix, local: Local, stride: number): Element => ({
  buffer,
  index: moved(start, local, stride),
})

/** Where the first terms of a product's element are: in a row of A and in a column of B. */
export function matricesOf({ a, b, row, column }: Product): [a: Element, b: Element] {
  return [placed(a, row, a.rowStride), placed(b, column, b.columnStride)]
}

/** Calls with each expression, operands after what they are of. */
export function eachExpression(values: readonly Expression[], see: (e: Expression) => void): void {
  for (const e of values) {
    see(e)
    eachExpression(operandsOf(e), see)
  }
}

/** Calls with each statement, in order, those of bodies after what they are of. */
export function eachStatement(body: readonly Statement[], see: (s: Statement) => void): void {
  for (const s of body) {
    see(s)
    eachStatement(partsOf(s).body ?? [], see)
  }
}

/** Calls with each expression that statements compute, in order. */
export function eachValue(body: readonly Statement[], see: (e: Expression) => void): void {
  eachStatement(body, (s) => eachExpression(partsOf(s).values ?? [], see))
}

/** Calls with each element that statements read or write, in order. */
export function eachElement(body: readonly Statement[], see: (element: Element) => void): void {
  eachStatement(body, (s) => {
    const { values = [], places = [] } = partsOf(s)
    eachExpression(values, (e) => {
      if (e.kind === 'load') see(e)
    })
    places.forEach(see)
  })
}

/** The length of a body: its statements and expressions. */
export function lengthOf(body: readonly Statement[]): number {
  let parts = 0
  eachStatement(body, () => parts++)
  eachValue(body, () => parts++)
  return parts
}

/** The buffers that a body reads or writes, in order of first use. */
export function buffersIn(body: readonly Statement[]): readonly Buffer[] {
  const found = new Set<Buffer>()
  eachElement(body, ({ buffer }) => found.add(buffer))
  return [...found]
}

/** Locals that a body reads and does not name, with their types. */
export function freeIn(body: readonly Statement[]): ReadonlyMap<Local, RegisterType> {
  const free = new Map<Local, RegisterType>()
  const readIndex = ({ terms }: Index): void => terms.forEach(({ local }) => free.set(local, 'i32'))
  eachStatement(body, (s) => {
    const { values = [], places = [] } = partsOf(s)
    eachExpression(values, (e) => {
      if (e.kind === 'local') free.set(e.local, e.type)
      if (e.kind === 'load') readIndex(e.index)
    })
    if (s.kind === 'assign') free.set(s.local, s.value.type)
    for (const { index } of places) readIndex(index)
  })
  eachStatement(body, (s) => partsOf(s).declares?.forEach((local) => free.delete(local)))
  return free
}

/** True where a register of a body takes eight bytes. */
export function isWide(body: readonly Statement[]): boolean {
  let found = false
  eachValue(body, (e) => (found ||= isWideValue(e)))
  return found
}

const isWideValue = ({ type }: Expression): boolean => type === 'f64' || type === 'i64'
