/** The document of an atlas, read with suspicion: the part of it that a page shows. */
import { type Fields, isFields, listOf, numberOf, pick, textOf } from './fields.js'

/** Schema of the document. */
export const ATLAS_SCHEMA = 'isograd.atlas/1'

function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map(numberOf) : []
}

/** One operation on one backend. */
function readRow({ worst, exponents, units, ...row }: Fields) {
  const point = isFields(worst) ? worst : {}
  return {
    ...pick(row, textOf, 'operation', 'backend'),
    ...pick(row, numberOf, 'nearest', 'inexact', 'rms', 'ratio'),
    worst: { operands: numbersOf(point['operands']), ...pick(point, numberOf, 'got', 'exact', 'units') },
    exponents: numbersOf(exponents),
    units: numbersOf(units),
  }
}

/** The atlas in a document that says it is one. */
export function readAtlas({ rows }: Fields) {
  return { rows: listOf(rows).map(readRow) }
}

/** An atlas. */
export type AtlasSource = ReturnType<typeof readAtlas>

/** One operation on one backend. */
export type AtlasSourceRow = AtlasSource['rows'][number]
