/** What a body uses: buffers, locals of other bodies, wide registers. */
import type { Buffer, Expression, Index, Local, RegisterType, Statement } from '../loops/loops.js'

/** What is called at each thing of a body. */
export interface Visitor {
  readonly buffer?: (buffer: Buffer, index?: Index) => void
  /** A local that is read. */
  readonly read?: (local: Local, type: RegisterType) => void
  /** A local that gets its value here. */
  readonly named?: (local: Local) => void
  readonly type?: (type: RegisterType) => void
}

function visitIndex(index: Index, visitor: Visitor): void {
  for (const { local } of index.terms) visitor.read?.(local, 'i32')
}

const expressions: {
  readonly [K in Expression['kind']]: (e: Extract<Expression, { kind: K }>, visitor: Visitor) => void
} = {
  constant: () => undefined,
  local: ({ local, type }, visitor) => visitor.read?.(local, type),
  load: ({ buffer, index }, visitor) => {
    visitor.buffer?.(buffer, index)
    visitIndex(index, visitor)
  },
  unary: ({ x }, visitor) => visitExpression(x, visitor),
  binary: ({ x, y }, visitor) => [x, y].forEach((one) => visitExpression(one, visitor)),
  compare: ({ x, y }, visitor) => [x, y].forEach((one) => visitExpression(one, visitor)),
  select: ({ condition, x, y }, visitor) => [condition, x, y].forEach((one) => visitExpression(one, visitor)),
  convert: ({ x }, visitor) => visitExpression(x, visitor),
}

/** Visits an expression. */
export function visitExpression(e: Expression, visitor: Visitor): void {
  visitor.type?.(e.type)
  const rule = expressions[e.kind] as (e: Expression, visitor: Visitor) => void
  rule(e, visitor)
}

const valued = ({ local, value }: { local: Local; value: Expression }, visitor: Visitor): void => {
  visitExpression(value, visitor)
  visitor.named?.(local)
}

const statements: {
  readonly [K in Statement['kind']]: (s: Extract<Statement, { kind: K }>, visitor: Visitor) => void
} = {
  for: ({ local, body }, visitor) => {
    visitor.named?.(local)
    visit(body, visitor)
  },
  let: valued,
  variable: valued,
  assign: ({ local, value }, visitor) => {
    visitExpression(value, visitor)
    visitor.read?.(local, value.type)
  },
  store: ({ buffer, index, value }, visitor) => {
    visitExpression(value, visitor)
    visitor.buffer?.(buffer, index)
    visitIndex(index, visitor)
  },
  reduce: ({ local, over, value }, visitor) => {
    visitor.named?.(over)
    visitExpression(value, visitor)
    visitor.named?.(local)
  },
  product: ({ a, b, row, column, value, body }, visitor) => {
    for (const { buffer, start } of [a, b]) {
      visitor.buffer?.(buffer)
      visitIndex(start, visitor)
    }
    for (const local of [row, column, value]) visitor.named?.(local)
    visit(body, visitor)
  },
  guard: ({ local, row }, visitor) => {
    visitExpression(row, visitor)
    visitor.named?.(local)
  },
}

/** Visits the statements of a body, in order. */
export function visit(body: readonly Statement[], visitor: Visitor): void {
  for (const s of body) {
    const rule = statements[s.kind] as (s: Statement, visitor: Visitor) => void
    rule(s, visitor)
  }
}

/** The buffers that a body reads or writes, in order of first use. */
export function buffersIn(body: readonly Statement[]): readonly Buffer[] {
  const found = new Map<number, Buffer>()
  visit(body, { buffer: (buffer) => found.set(buffer.id, found.get(buffer.id) ?? buffer) })
  return [...found.values()]
}

/** Locals that a body reads and does not name, with their types. */
export function freeIn(body: readonly Statement[]): ReadonlyMap<Local, RegisterType> {
  const own = new Set<Local>()
  const free = new Map<Local, RegisterType>()
  visit(body, {
    named: (local) => own.add(local),
    read: (local, type) => {
      if (!own.has(local)) free.set(local, type)
    },
  })
  return free
}

const isWideType = (type: RegisterType): boolean => type === 'f64' || type === 'i64'

/** True where a register of a body takes eight bytes. */
export function isWide(body: readonly Statement[], ...more: Expression[]): boolean {
  let found = false
  const visitor: Visitor = { type: (type) => (found ||= isWideType(type)) }
  visit(body, visitor)
  for (const e of more) visitExpression(e, visitor)
  return found
}
