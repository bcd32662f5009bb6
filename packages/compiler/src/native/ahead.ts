/**
 * Rows of a table that a loop reads in an order of its own: no processor foresees where the next one lies, so it is asked
 * for some rows before it is needed. Changes no number.
 */
import { bytesOf, type Buffer, type Expression, type Statement } from '../loops/loops.js'
import { eachElement } from '../loops/walk.js'
import { indexText, pointer, type Scope, strideOf } from './expressions.js'
import { indented } from './output.js'

type For = Extract<Statement, { kind: 'for' }>

/** A table whose rows a loop reads where `row` says. */
interface Rows {
  readonly row: Extract<Expression, { kind: 'load' }>
  readonly table: Buffer
  /** Elements between rows. */
  readonly stride: number
}

/** Rows between the one that is read and the one that is asked for: memory takes longer than the work on one or two. */
const AHEAD = 4
const LINE = 64
/** Bytes of a row from which on asking pays, and those after which the processor foresees the rest. */
const [FEWEST, MOST] = [256, 8192]

function rowsOf({ local, body }: For): Rows | undefined {
  const guard = body.find((s) => s.kind === 'guard')
  if (guard?.row.kind !== 'load' || strideOf(guard.row.index, local) === 0) return undefined
  const { row } = guard
  let found: Rows | undefined
  eachElement(body, ({ buffer, index }) => {
    const stride = strideOf(index, guard.local)
    if (stride * bytesOf[buffer.type] >= FEWEST) found ??= { row, table: buffer, stride }
  })
  return found
}

/** Lines before a loop and at the head of its body that ask for rows; none where it reads none. */
export function linesAhead(s: For, inside: Scope): { readonly before: string[]; readonly head: string[] } {
  const rows = s.extent > AHEAD && inside.lanes === undefined ? rowsOf(s) : undefined
  if (rows === undefined) return { before: [], head: [] }
  const { row, table, stride } = rows
  const bytes = Math.min(stride * bytesOf[table.type], MOST)
  const ask = (shift: number): string[] => {
    const index = { ...row.index, constant: row.index.constant + shift * strideOf(row.index, s.local) }
    return [
      `const char *const p = (const char *)(${pointer(table)} + (long)${pointer(row.buffer)}[${indexText(index, inside)}] * ${stride});`,
      `for (long q = 0; q < ${bytes}; q += ${LINE}) __builtin_prefetch(p + q);`,
    ]
  }
  const variable = `i${s.local}`
  return {
    before: [`for (long ${variable} = 0; ${variable} < ${AHEAD}; ${variable}++) {`, ...indented(ask(0)), '}'],
    head: [`if (${variable} < ${s.extent - AHEAD}) {`, ...indented(ask(AHEAD)), '}'],
  }
}
