/** Loops as text, for people. */
import type {
  BinaryOp,
  Buffer,
  CompareOp,
  Expression,
  Index,
  LoopProgram,
  Matrix,
  Statement,
  UnaryOp,
} from './loops.js'

const signs: Readonly<Record<BinaryOp | CompareOp, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  max: 'max',
  min: 'min',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr: '>>',
  ushr: '>>>',
  gt: '>',
  ge: '>=',
  eq: '=',
  ne: '!=',
}

const functions: Readonly<Record<UnaryOp, string>> = {
  neg: '-',
  abs: 'abs',
  sqrt: 'sqrt',
  nearest: 'nearest',
  bits: 'bits',
  float: 'float',
}

const place = ({ constant, terms }: Index): string => {
  const moved = terms.map(({ local, stride }) => (stride === 1 ? `i${local}` : `${stride}*i${local}`))
  return [...moved, ...(constant === 0 && moved.length > 0 ? [] : [String(constant)])].join(' + ')
}

const named = ({ id, name, space }: Buffer): string => `${space === 'arena' ? '' : `${space} `}"${name}"#${id}`

const element = (buffer: Buffer, index: Index): string => `${named(buffer)}[${place(index)}]`

type Printers = { readonly [K in Expression['kind']]: (value: Extract<Expression, { kind: K }>) => string }

const expressions: Printers = {
  constant: ({ value }) => String(value),
  local: ({ local }) => `i${local}`,
  load: ({ buffer, index }) => element(buffer, index),
  unary: ({ op, x }) => `${functions[op]}(${printExpression(x)})`,
  binary: ({ op, x, y }) => `(${printExpression(x)} ${signs[op]} ${printExpression(y)})`,
  compare: ({ op, x, y }) => `(${printExpression(x)} ${signs[op]} ${printExpression(y)})`,
  select: ({ condition, x, y }) => `(${printExpression(condition)} ? ${printExpression(x)} : ${printExpression(y)})`,
  convert: ({ type, x }) => `${type}(${printExpression(x)})`,
}

/** An expression as text. */
export function printExpression(value: Expression): string {
  return (expressions[value.kind] as (one: Expression) => string)(value)
}

const matrix = ({ buffer, start, rowStride, columnStride }: Matrix): string =>
  `${named(buffer)}[${place(start)} + ${rowStride}*row + ${columnStride}*column]`

type StatementPrinters = {
  readonly [K in Statement['kind']]: (one: Extract<Statement, { kind: K }>) => readonly string[]
}

const indented = (body: readonly Statement[]): string[] => body.flatMap(printStatement).map((line) => `  ${line}`)

const statements: StatementPrinters = {
  for: ({ local, extent, vector, body }) => [
    `for i${local} in 0 .. ${extent - 1}${vector ? ', lanes' : ''}`,
    ...indented(body),
  ],
  let: ({ local, value }) => [`i${local} = ${printExpression(value)}`],
  variable: ({ local, value }) => [`variable i${local} = ${printExpression(value)}`],
  assign: ({ local, value }) => [`i${local} := ${printExpression(value)}`],
  store: ({ buffer, index, value }) => [`${element(buffer, index)} = ${printExpression(value)}`],
  reduce: ({ local, op, over, extent, value }) => [
    `i${local} = ${op === 'add' ? 'sum' : 'maximum'} over i${over} in 0 .. ${extent - 1} of ${printExpression(value)}`,
  ],
  product: ({ rows, inner, columns, a, b, row, column, value, body }) => [
    `product i${value}[i${row}, i${column}] of ${rows} x ${inner} x ${columns}: ${matrix(a)} ${matrix(b)}`,
    ...indented(body),
  ],
  guard: ({ local, row, limit }) => [`i${local} = ${printExpression(row)}, in 0 .. ${limit - 1}`],
}

/** A statement as lines of text. */
export function printStatement(statement: Statement): readonly string[] {
  return (statements[statement.kind] as (one: Statement) => readonly string[])(statement)
}

/** A program as text: a paragraph for each kernel. */
export function printLoops({ name, kernels }: LoopProgram): string {
  const paragraphs = kernels.map((kernel) => [kernel.name, ...indented(kernel.body)].join('\n'))
  return [`loops of "${name}"`, ...paragraphs].join('\n\n')
}
