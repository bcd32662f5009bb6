/** The document of `isograd atlas --json`, and its tables. */
import {
  type AtlasErrors,
  type AtlasPoint,
  type AtlasRow,
  type ExponentWorst,
  type MissingRow,
  nearestShare,
  operationsMatching,
} from '@isograd/core/compare'
import { type Block, tableOf } from '../text/blocks.js'
import { plural } from '../text/layout.js'
import { formatCount, formatPercent } from '../text/numbers.js'
import type { Environment } from './environment.js'

/** One operation on one backend, its largest errors by exponent as two lists. */
export interface AtlasResult extends Omit<AtlasErrors, 'byExponent'> {
  readonly operation: string
  readonly backend: string
  /** Its largest error as a fraction of its rounding bound; infinite for what is not rounding. */
  readonly ratio: number
  /** True where it is within its bound. */
  readonly isSound: boolean
  /** Absent where no result has an error in units. */
  readonly worst?: ExponentWorst
  /** Upper nine bits of the first operand, sign and exponent. */
  readonly exponents: readonly number[]
  /** The largest error of each of these, in units in the last place. */
  readonly units: readonly number[]
}

/** A backend that computed nothing, and why. */
export interface UnusableBackend {
  readonly backend: string
  readonly reason: string
}

/** The document that `isograd atlas --json` prints. */
export interface AtlasDocument {
  readonly schema: 'isograd.atlas/1'
  readonly environment: Environment
  /** Names of the operations. */
  readonly operations: readonly string[]
  readonly backends: readonly string[]
  /** Inputs of each operation of one operand: so many of a sample, or all 2^32. */
  readonly inputs: number | 'all'
  /** Pairs of operands of each operation of two. */
  readonly pairs: number
  /** Seed of the inputs that were drawn. */
  readonly seed: number
  /** The operations on the backends that have them. */
  readonly rows: readonly AtlasResult[]
  readonly missing: readonly MissingRow[]
  readonly unusable: readonly UnusableBackend[]
  /** True where every backend that was asked for computed, and no operation is out of its bound. */
  readonly ok: boolean
}

const DIGITS = 5

/** A row as the document has it. */
export function atlasResult({ errors: { byExponent, ...errors }, ...row }: AtlasRow): AtlasResult {
  const [worst] = byExponent.toSorted((a, b) => b.units - a.units)
  return {
    ...row,
    ...errors,
    ...(worst && { worst }),
    exponents: byExponent.map(({ high }) => high),
    units: byExponent.map(({ units }) => Number(units.toPrecision(DIGITS))),
  }
}

/** The shortest decimal that is this float32 and no other. */
export function float32Text(value: number): string {
  if (!Number.isFinite(value) || value === 0) return Object.is(value, -0) ? '-0' : String(value)
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((most) => Math.fround(Number(value.toPrecision(most))) === value)
  return String(Number(value.toPrecision(digits)))
}

function exactText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(10))) : String(value)
}

/** 0.5, 103, 1.2e+5 */
function unitsText(units: number): string {
  return units >= 10_000 ? units.toExponential(1) : String(Number(units.toPrecision(3)))
}

/** Two operands, which a terminal has little room for, in a few digits. */
function placeText({ worst }: AtlasResult): string {
  if (worst === undefined) return '-'
  const { operands } = worst
  return operands.length === 1
    ? operandsText(worst)
    : operands.map((each) => String(Number(each.toPrecision(3)))).join(', ')
}

function operandsText({ operands }: Pick<AtlasPoint, 'operands'>): string {
  return operands.map(float32Text).join(', ')
}

/** Only what is all of them is 100 %. */
function shareText(row: AtlasResult): string {
  return isExact(row) ? 'all' : formatPercent(nearestShare(row))
}

function boundText({ ratio }: AtlasResult): string {
  return Number.isFinite(ratio) ? unitsText(Number(ratio.toPrecision(2))) : 'none'
}

function isExact({ inexact }: AtlasResult): boolean {
  return inexact === 0
}

/** Operations with the backends on which they are always right: `sqrt on wasm, onnx`. */
function exactSentences({ operations, rows }: AtlasDocument): string[] {
  const told = operations.flatMap((name) => {
    const own = rows.filter(({ operation }) => operation === name)
    const right = own.filter(isExact).map(({ backend }) => backend)
    if (right.length === 0) return []
    return [right.length === own.length ? name : `${name} on ${right.join(', ')}`]
  })
  return told.length === 0 ? [] : [`always the nearest number: ${told.join('; ')}`]
}

const columns = [
  ['operation', ({ operation }: AtlasResult) => operation],
  ['backend', ({ backend }: AtlasResult) => backend],
  ['worst', ({ worst }: AtlasResult) => (worst === undefined ? '-' : unitsText(worst.units))],
  ['RMS', ({ rms }: AtlasResult) => unitsText(rms)],
  ['nearest', shareText],
  ['of bound', boundText],
  ['at', placeText],
] as const

const wideColumns = [
  ...columns.slice(0, 2),
  ['at', ({ worst }: AtlasResult) => (worst === undefined ? '-' : operandsText(worst))],
  ['got', ({ worst }: AtlasResult) => (worst === undefined ? '-' : float32Text(worst.got))],
  ['exact', ({ worst }: AtlasResult) => (worst === undefined ? '-' : exactText(worst.exact))],
] as const

function faultSentences({ operation, backend, faults }: AtlasResult): string[] {
  return faults.map(({ kind, count, first }) => {
    const { got, exact } = first
    const at = `first at ${operandsText(first)}: ${float32Text(got)} where ${exactText(exact)} is right`
    return `${operation} on ${backend}: ${kind}, ${plural(count, 'result')}, ${at}`
  })
}

/** Results that are the policy of a backend and no error. */
const policyColumns = [
  ...columns.slice(0, 2),
  ['results flushed', ({ flushed }: AtlasResult) => formatCount(flushed.results)],
  ['operands flushed', ({ flushed }: AtlasResult) => formatCount(flushed.operands)],
  ['other sign of zero', ({ zeroSigns }: AtlasResult) => formatCount(zeroSigns)],
] as const

function hasPolicy({ flushed, zeroSigns }: AtlasResult): boolean {
  return flushed.results + flushed.operands + zeroSigns > 0
}

/** The inputs that were taken: numbers for operations of one, pairs for those of two, as far as there are such. */
function inputsSentence({ inputs, pairs, seed, operations }: AtlasDocument): string {
  const single = inputs === 'all' ? 'all 2^32 float32 numbers' : `${formatCount(inputs)} numbers`
  const taken = [single, `${formatCount(pairs)} pairs of numbers`].flatMap((what, i) => {
    const count = operationsMatching('operations', operations).filter(({ arity }) => arity === i + 1).length
    return count === 0 ? [] : [`${plural(count, 'operation')} on ${what}${count === 1 ? '' : ' each'}`]
  })
  return `${taken.join(', ')} (seed ${seed}), and on special points; errors in units in the last place`
}

/** The tables, and sentences on what they have no column for. */
export function atlasBlocks(document: AtlasDocument): Block[] {
  const { environment, rows, missing, unusable } = document
  const { cpu, node, platform, arch, versions } = environment
  const shown = rows.filter((row) => !isExact(row))
  const versionsText = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    { sentences: [`${cpu}; Node ${node}, ${platform}/${arch}`, inputsSentence(document)] },
    { table: tableOf(shown, columns) },
    { table: tableOf(shown, wideColumns), wide: true },
    { sentences: exactSentences(document) },
    { sentences: rows.flatMap(faultSentences), warning: true },
    { table: tableOf(rows.filter(hasPolicy), policyColumns) },
    { sentences: missing.map(({ operation, backend, reason }) => `${operation} on ${backend}: ${reason}`) },
    { sentences: unusable.map(({ backend, reason }) => `${backend}: ${reason}`) },
    { sentences: [versionsText.join(', ')] },
  ]
}
