/** The elementary functions as C functions of one element, for `measure.sh`: prints them. */
import type { Expression, RegisterType } from '../../src/loops/loops.js'
import { elementary } from '../../src/math/index.js'

const types: Readonly<Record<RegisterType, string>> = {
  f32: 'float',
  f64: 'double',
  i32: 'int32_t',
  i64: 'int64_t',
  bool: 'int',
}

const unsigned: Readonly<Partial<Record<RegisterType, string>>> = { i32: 'uint32_t', i64: 'uint64_t' }

const operators = { add: '+', sub: '-', mul: '*', div: '/', and: '&', or: '|', xor: '^', shl: '<<', shr: '>>' } as const
const comparisons = { gt: '>', ge: '>=', eq: '==', ne: '!=' } as const

/** A literal; integers as those without sign, so that the smallest ones can be written. */
function literal(type: RegisterType, value: number | bigint): string {
  if (typeof value === 'bigint') return `(int64_t)${BigInt.asUintN(64, value)}ull`
  if (type === 'i32') return `(int32_t)${value >>> 0}u`
  if (Number.isNaN(value)) return `(${types[type]})NAN`
  if (!Number.isFinite(value)) return `(${types[type]})${value > 0 ? '' : '-'}INFINITY`
  return `${value.toExponential()}${type === 'f32' ? 'f' : ''}`
}

function binaryText(e: Extract<Expression, { kind: 'binary' }>): string {
  const [x, y] = [text(e.x), text(e.y)]
  const whole = unsigned[e.type]
  if (e.op === 'ushr') return `(${types[e.type]})((${whole})${x} >> ${y})`
  if (e.op === 'max' || e.op === 'min') throw new Error(`as-c: no ${e.op}`)
  if (whole !== undefined && e.op !== 'shr') {
    return `(${types[e.type]})((${whole})${x} ${operators[e.op]} (${whole})${y})`
  }
  return `(${x} ${operators[e.op]} ${y})`
}

/** An expression as C. */
function text(e: Expression): string {
  if (e.kind === 'constant') return literal(e.type, e.value)
  if (e.kind === 'local') return `v${e.local}`
  if (e.kind === 'binary') return binaryText(e)
  if (e.kind === 'compare') return `(${text(e.x)} ${comparisons[e.op]} ${text(e.y)})`
  if (e.kind === 'select') return `(${text(e.condition)} ? ${text(e.x)} : ${text(e.y)})`
  if (e.kind === 'unary') return `${e.op}_${e.x.type}(${text(e.x)})`
  throw new Error(`as-c: no ${e.kind}`)
}

function functionText(name: string, type: 'f32' | 'f64'): string {
  const lines: string[] = []
  const result = elementary[name as keyof typeof elementary][type]({ kind: 'local', type, local: 0 }, (value) => {
    lines.push(`  const ${types[value.type]} v${lines.length + 1} = ${text(value)};`)
    return { kind: 'local', type: value.type, local: lines.length }
  })
  const head = `static inline ${types[type]} our_${name}_${type}(const ${types[type]} v0) {`
  return [head, ...lines, `  return ${text(result)};`, '}', ''].join('\n')
}

for (const name of Object.keys(elementary)) {
  console.log(functionText(name, 'f32'))
  console.log(functionText(name, 'f64'))
}
