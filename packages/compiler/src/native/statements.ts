/** Statements as C. A loop of lanes is a loop over whole vectors, and its last iterations are one vector of which some lanes count. */
import { internalError } from '@isograd/core/backend'
import type { Buffer, Expression, Local, RegisterType, Statement } from '../loops/loops.js'
import {
  code,
  indexText,
  lanesIn,
  pointer,
  type Scope,
  strideOf,
  typeText,
  variable,
  vectorCode,
} from './expressions.js'
import { type Machine, vectorType } from './machine.js'
import { indented, type Output, sharesOf, UNIT, withLanes, withLocal, withLoop } from './output.js'
import { linesAhead } from './ahead.js'
import { writeProduct } from './product.js'
import type { Part } from '../loops/shares.js'
import { turnLines, turnOf } from './turn.js'
import { isWide } from '../loops/walk.js'

type Lines = readonly string[]

/** Vectors of a loop: a whole number of them, then one of `some` lanes. */
function lanesLoop(
  { local, extent }: { readonly local: Local; readonly extent: number },
  step: number,
  isDealt: boolean,
  body: (some?: number) => Lines,
): string[] {
  const some = extent % step
  const full = extent - some
  const lines: string[] = []
  if (full > 0) {
    lines.push(loopHead(local, isDealt ? sharesOf(full, UNIT) : ['0', String(full)], step), ...indented(body()), '}')
  }
  const last = isDealt ? 'if (w->thread == w->threads - 1) ' : ''
  if (some > 0) lines.push(`${last}{`, `  const long i${local} = ${full};`, ...indented(body(some)), '}')
  return lines
}

/** The head of a loop from the first number to the second. */
function loopHead(local: Local, [from, to]: readonly [string, string], step?: number): string {
  const [i, next] = [`i${local}`, step === undefined ? '++' : ` += ${step}`]
  const isFixed = /^\d+$/.test(to)
  return `for (long ${i} = ${from}${isFixed ? '' : `, end = ${to}`}; ${i} < ${isFixed ? to : 'end'}; ${i}${next}) {`
}

type Written = { readonly lines: Lines; readonly scope: Scope }

const named = (s: { local: Local; value: Expression }, scope: Scope, isVariable: boolean): Written => {
  const isVector = scope.lanes !== undefined && (isVariable || code(s.value, scope).isVector)
  const text = isVector ? vectorCode(s.value, scope) : code(s.value, scope).text
  const type = `${isVariable ? '' : 'const '}${typeText(s.value.type, scope, isVector)}`
  return { lines: [`${type} ${variable(s.local, scope)} = ${text};`], scope: withLocal(scope, s.local, isVector) }
}

/** The memory of a value. */
function storedText(buffer: Buffer, text: string, scope: Scope): string {
  const { count } = lanesIn(scope)
  if (buffer.type === 'u8') return `u8_of_i32x${count}(${text})`
  return buffer.type === 'bool' ? `u8_of_mask_x${count}(${text})` : text
}

function storeText({ buffer, index, value }: Extract<Statement, { kind: 'store' }>, scope: Scope): string {
  const place = `${pointer(buffer)} + ${indexText(index, scope)}`
  if (scope.lanes === undefined) return `*(${place}) = ${code(value, scope).text};`
  const text = storedText(buffer, vectorCode(value, scope), scope)
  const stored = `${buffer.type === 'bool' ? 'u8' : buffer.type}x${scope.lanes.count}`
  // Of iterations that write the same element the last one stays.
  if (strideOf(index, scope.over) === 0) return `*(${place}) = (${text})[${(scope.some ?? scope.lanes.count) - 1}];`
  return scope.some === undefined
    ? `store_${stored}(${place}, ${text});`
    : `keep_${stored}(${place}, ${text}, ${scope.some});`
}

const lowest: Readonly<Record<RegisterType, string>> = {
  f32: '-__builtin_inff()',
  f64: '-__builtin_inf()',
  i32: '-2147483647 - 1',
  i64: '-9223372036854775807LL - 1',
  bool: '0',
}

/** A sum or maximum: the sixteen logical lanes are one vector or several. */
function reduceLines(s: Extract<Statement, { kind: 'reduce' }>, scope: Scope, machine: Machine): string[] {
  const { value, over, extent, local, op } = s
  const inside = withLanes(scope, over, isWide([s]), machine)
  const lanes = lanesIn(inside)
  const T = vectorType(value.type, lanes)
  const parts = Array.from({ length: 16 / lanes.count }, (_, part) => part)
  const join = (a: string, b: string): string => (op === 'add' ? `${a} + ${b}` : `max_${T}(${a}, ${b})`)
  /** One vector's iterations: those of lane 0 are `shift` behind the loop's variable. */
  const step = (part: number, some: number): string[] => {
    if (some <= 0) return []
    const counted = some < lanes.count ? { ...inside, some } : inside
    const next = join(`r${part}`, vectorCode(value, counted))
    const mask = `(${machineMask(value.type)}x${lanes.count}){${Array.from({ length: lanes.count }, (_, l) => (l < some ? -1 : 0)).join(', ')}}`
    const kept = some < lanes.count ? `select_${T}(${mask}, ${next}, r${part})` : next
    return [`{ const long i${over} = k + ${part * lanes.count}; r${part} = ${kept}; }`]
  }
  const [full, rest] = [extent - (extent % 16), extent % 16]
  return [
    `${typeText(value.type, scope, false)} ${variable(local, scope)};`,
    '{',
    ...indented([
      ...parts.map((part) => `${T} r${part} = splat_${T}(${op === 'add' ? '0' : lowest[value.type]});`),
      ...(full > 0
        ? [
            `for (long k = 0; k < ${full}; k += 16) {`,
            ...parts.flatMap((part) => indented(step(part, lanes.count))),
            '}',
          ]
        : []),
      ...(rest > 0
        ? [
            '{',
            `  const long k = ${full};`,
            ...parts.flatMap((part) => indented(step(part, Math.min(lanes.count, rest - part * lanes.count)))),
            '}',
          ]
        : []),
      `union { ${T} v[${parts.length}]; ${value.type} t[16]; } u = {{${parts.map((part) => `r${part}`).join(', ')}}};`,
      `${variable(local, scope)} = ${op}16_${value.type}(u.t);`,
    ]),
    '}',
  ]
}

const machineMask = (type: RegisterType): string => (type === 'f64' || type === 'i64' ? 'i64' : 'i32')

function forLines(s: Extract<Statement, { kind: 'for' }>, scope: Scope, out: Output): string[] {
  const turn = s.vector ? undefined : turnOf(s)
  const isDealt = out.dealt.has(s)
  if (turn !== undefined) return turnLines(s, turn, scope, out)
  if (!s.vector) {
    const inside = withLoop(scope, s.local)
    const first = loopHead(s.local, isDealt ? sharesOf(s.extent) : ['0', String(s.extent)])
    const { before, head } = linesAhead(s, inside)
    return [...before, first, ...indented([...head, ...writeBody(s.body, inside, out)]), '}']
  }
  if (scope.lanes !== undefined) throw internalError('native: a loop of lanes within another')
  const inside = withLanes(scope, s.local, isWide(s.body), out.machine)
  return lanesLoop(s, lanesIn(inside).count, isDealt, (some) =>
    writeBody(s.body, some === undefined ? inside : { ...inside, some }, out),
  )
}

type Rule<K extends Statement['kind']> = (s: Extract<Statement, { kind: K }>, scope: Scope, out: Output) => Written

const rules: { readonly [K in Statement['kind']]: Rule<K> } = {
  for: (s, scope, out) => ({ lines: forLines(s, scope, out), scope }),
  let: (s, scope) => named(s, scope, false),
  variable: (s, scope) => named(s, scope, true),
  assign: ({ local, value }, scope) => {
    const text = scope.varying.has(local) ? vectorCode(value, scope) : code(value, scope).text
    return { lines: [`${variable(local, scope)} = ${text};`], scope }
  },
  store: (s, scope) => ({ lines: [storeText(s, scope)], scope }),
  reduce: (s, scope, { machine }) => ({ lines: reduceLines(s, scope, machine), scope }),
  product: (s, scope, out) => ({ lines: writeProduct(s, scope, out), scope }),
  guard: ({ local, row, limit, fault }, scope) => ({
    lines: [`const i32 ${variable(local, scope)} = guarded(m, w, ${code(row, scope).text}, ${limit}, ${fault});`],
    scope,
  }),
}

/** A statement as threads share it. */
function partLines(part: Part | undefined, lines: Lines): Lines {
  if (part === undefined) return lines
  const own = part.by === 'first' ? ['if (w->thread == 0) {', ...indented(lines), '}'] : lines
  return part.waits ? ['MEET;', ...own] : own
}

/** The statements of a body, each in the scope that those before it made. */
export function writeBody(body: readonly Statement[], scope: Scope, out: Output): string[] {
  let inside = scope
  return body.flatMap((s) => {
    const rule = rules[s.kind] as (s: Statement, scope: Scope, out: Output) => Written
    const { lines, scope: next } = rule(s, inside, out)
    inside = next
    return partLines(out.parts.get(s), lines)
  })
}
