/** The worst inputs of operations over some backends: the document from which conformance makes cases. */
import { bitsOfFloat32 } from './points.js'
import type { AtlasRow } from './measure.js'
import { isSubnormal } from './tally.js'

/** Inputs by operation, each the bits of its operands in hexadecimal. */
export interface WorstInputs {
  readonly schema: 'isograd.worst-inputs/1'
  readonly operations: Readonly<Record<string, readonly string[]>>
}

/** Inputs that are taken of an operation on a backend, each of another exponent or sign. */
const MOST = 8

/** Errors that a rounding alone has hardly ever: what is nearer tells nothing. */
const LEAST_UNITS = 0.25

function hexadecimal(value: number): string {
  return bitsOfFloat32(value).toString(16).padStart(8, '0')
}

function worstOf({ errors }: AtlasRow): string[] {
  const far = errors.byExponent.filter(({ units, operands }) => units >= LEAST_UNITS && !operands.some(isSubnormal))
  const worst = far.toSorted((a, b) => b.units - a.units)
  return worst.slice(0, MOST).map(({ operands }) => operands.map(hexadecimal).join(' '))
}

/** The worst inputs in some rows, none of them subnormal, which a backend may flush; operations that never round have none. */
export function worstInputs(rows: readonly AtlasRow[]): WorstInputs {
  const operations: Record<string, string[]> = {}
  for (const row of rows) {
    operations[row.operation] = [...new Set([...(operations[row.operation] ?? []), ...worstOf(row)])]
  }
  const some = Object.entries(operations).filter(([, inputs]) => inputs.length > 0)
  return { schema: 'isograd.worst-inputs/1', operations: Object.fromEntries(some) }
}
