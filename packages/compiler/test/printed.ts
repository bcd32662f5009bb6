/** Loop programs as text, for a test that fails. */
import type { Expression, Index, LoopProgram, Statement } from '../src/loops/loops.js'

const index = ({ constant, terms }: Index): string =>
  [...terms.map(({ local, stride }) => `${stride}*v${local}`), constant].join('+')

function expression(e: Expression): string {
  if (e.kind === 'constant') return `${e.value}:${e.type}`
  if (e.kind === 'local') return `v${e.local}:${e.type}`
  if (e.kind === 'load') return `${e.buffer.name}[${index(e.index)}]`
  if (e.kind === 'unary') return `${e.op}(${expression(e.x)})`
  if (e.kind === 'convert') return `${e.type}(${expression(e.x)})`
  if (e.kind === 'select') return `(${expression(e.condition)} ? ${expression(e.x)} : ${expression(e.y)})`
  return `${e.op}(${expression(e.x)}, ${expression(e.y)})`
}

function statement(s: Statement): string[] {
  const within = (body: readonly Statement[]): string[] => body.flatMap(statement).map((line) => `  ${line}`)
  if (s.kind === 'for') return [`for v${s.local} < ${s.extent}${s.vector ? ' vector' : ''}`, ...within(s.body)]
  if (s.kind === 'store') return [`${s.buffer.name}[${index(s.index)}] = ${expression(s.value)}`]
  if (s.kind === 'reduce') return [`v${s.local} = ${s.op} over v${s.over} < ${s.extent} of ${expression(s.value)}`]
  if (s.kind === 'guard') return [`v${s.local} = guard ${expression(s.row)} < ${s.limit}`]
  if (s.kind !== 'product') return [`${s.kind} v${s.local} = ${expression(s.value)}`]
  const matrix = ({ buffer, start, rowStride, columnStride }: typeof s.a): string =>
    `${buffer.name}[${index(start)}; ${rowStride}, ${columnStride}]`
  const head = `v${s.value} = product ${s.rows} x ${s.inner} x ${s.columns} of ${matrix(s.a)} and ${matrix(s.b)}`
  return [`${head} at v${s.row}, v${s.column}`, ...within(s.body)]
}

/** The kernels, a statement a line. */
export const printed = ({ kernels }: LoopProgram): string =>
  kernels.map(({ name, body }) => [`${name}:`, ...body.flatMap(statement)].join('\n')).join('\n')
