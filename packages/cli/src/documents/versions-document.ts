/** The documents of `isograd versions --json` and `isograd bisect --json`, and their tables. */
import type { ErrorsOfNodes, FailedSubject, OperationChange, SurveyedNode, SurveySummary } from '@isograd/core/compare'
import type { Block } from '../text/blocks.js'
import { plural } from '../text/layout.js'
import type { Environment } from './environment.js'

/** A version that was surveyed. */
export interface ComputedVersion extends SurveySummary {
  /** The version. */
  readonly version: string
  /** True where every bit is that of the version before it that computed; absent of the first. */
  readonly same?: boolean
  /** The operations that compute otherwise than in that version, gravest first. */
  readonly changes: readonly OperationChange[]
  /** Programs that failed. */
  readonly failures: readonly FailedSubject[]
  /** Programs that it refuses, by their number. */
  readonly unsupported: number
}

/** A version of which nothing can be said, and why. */
export interface ProblemVersion {
  /** The version. */
  readonly version: string
  /** Why nothing can be said of it. */
  readonly problem: string
}

/** A version. */
export type VersionRow = ComputedVersion | ProblemVersion

/** The document that `isograd versions --json` prints: versions of a package. */
export interface VersionsDocument {
  readonly schema: 'isograd.versions/1'
  readonly environment: Environment
  readonly package: string
  readonly backend: string
  /** The programs that each version was checked with: `ops`, or the name of an experiment. */
  readonly check: string
  /** The versions in their order. */
  readonly rows: readonly VersionRow[]
  /** True where all of them computed, and no operation is out of its bound. */
  readonly ok: boolean
}

/** The document that `isograd bisect --json` prints: the first version that computes otherwise. */
export interface BisectDocument extends Omit<VersionsDocument, 'schema'> {
  readonly schema: 'isograd.bisect/1'
  /** The differences between versions. */
  readonly by: 'bits' | 'verdict'
  /** The last version like the good one; absent where the two ends are alike. */
  readonly last?: string
  /** The first that is not. */
  readonly first?: string
  /** Versions between these two that could not be tried. */
  readonly between: readonly string[]
  /** The operations that changed, gravest first. */
  readonly changes: readonly OperationChange[]
}

/** True for a version that computed. */
export function isComputed(row: VersionRow): row is ComputedVersion {
  return 'digest' in row
}

/** True where no operation is out and nothing failed. */
export function isSound(row: VersionRow): boolean {
  return isComputed(row) && row.failing.length === 0 && row.failures.length === 0
}

function figure(value: number): string {
  return value < 1e4 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

/** 1.457 x its bound as `sqrt 1.457`; NaN where infinity is right as `sqrt NaN for Infinity`. */
function errorText({ operation, standing, error: { ratio, multiple, worst } }: SurveyedNode): string {
  if (standing === 'imprecise') return `${operation} ${figure(multiple)} (precision)`
  return Number.isFinite(ratio) || worst === undefined
    ? `${operation} ${figure(ratio)}`
    : `${operation} ${worst.got} for ${worst.expected}`
}

function bitsText({ digest, same }: ComputedVersion): string {
  return same === undefined ? digest : `${digest} ${same ? 'same' : 'changed'}`
}

/** A result that is not finite is graver than any that is off. */
function gravity({ error: { ratio } }: SurveyedNode): number {
  return Number.isFinite(ratio) ? ratio : Number.POSITIVE_INFINITY
}

/** The gravest, and how many others: a line of a terminal holds no more, the document has all. */
function failingText({ failing, failures }: ComputedVersion): string {
  const programs = failures.length === 0 ? [] : [`${plural(failures.length, 'program')} failed`]
  const byGravity = failing.toSorted((a, b) => gravity(b) - gravity(a))
  const [gravest = 'none', ...others] = [...programs, ...byGravity.map(errorText)]
  return others.length === 0 ? gravest : `${gravest}, ${others.length} more`
}

/** 1.457 times its bound, and NaN where Infinity is right */
function boundText({ ratio, unbounded }: ErrorsOfNodes): string {
  const other = unbounded === undefined ? '' : ` (and ${unbounded.got} where ${unbounded.expected} is right)`
  return `${figure(ratio)} times its bound${other}`
}

const kindWords: Readonly<Record<OperationChange['kind'], string>> = {
  fault: 'a fault since',
  precision: 'another precision',
  mended: 'mended',
  rounding: 'rounds otherwise',
}

/** The beginning of a message: runtimes tell where in their sources they are, at length. */
function shortened(message = ''): string {
  const [line = ''] = message.split('\n', 1)
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line
}

/** A change in words: `sqrt: mended; errors of up to 1.457 times its bound before and 0.48 times its bound now; ...`. */
export function changeText({ kind, operation, id, changed, of, before, after, message }: OperationChange): string {
  if (operation === undefined) {
    const what = `${plural(changed, 'program')} ${kind === 'fault' ? 'failing since' : 'no longer failing'}`
    return `${what}, such as ${id}: ${shortened(message)}`
  }
  const errors =
    before === undefined || after === undefined
      ? ''
      : `; errors of up to ${boundText(before)} before and ${boundText(after)} now`
  return `${operation}: ${kindWords[kind]}${errors}; ${changed} of ${plural(of, 'result')} with other bits, such as ${id}`
}

/** The ways in which operations changed, gravest first. */
function kindNouns(changes: readonly OperationChange[]): string {
  const nouns = { fault: 'a fault', precision: 'precision', mended: 'a fault that is mended', rounding: 'rounding' }
  const found = [...new Set(changes.map(({ kind }) => kind))].map((kind) => nouns[kind])
  return found.length === 0 ? 'what cannot be told' : found.join(' and ')
}

/** Characters of a message that are shown. */
const LONGEST = 120

const MOST_SHOWN = 6

/** Changes in words, those that are shown. */
export function changeTexts(changes: readonly OperationChange[], most = MOST_SHOWN): string[] {
  const rest = changes.length - most
  return [...changes.slice(0, most).map(changeText), ...(rest > 0 ? [`and ${plural(rest, 'other')}`] : [])]
}

/** The table of versions. */
export function versionBlocks(rows: readonly VersionRow[]): Block[] {
  const computed = rows.filter(isComputed)
  return [
    {
      table: {
        columns: ['version', 'bits', 'worst/bound', 'out of bounds', 'precision'],
        rows: rows.map((row) =>
          isComputed(row)
            ? [row.version, bitsText(row), row.worst ? errorText(row.worst) : '0', failingText(row), row.precision]
            : [row.version, '-', '-', '-', '-'],
        ),
      },
    },
    {
      sentences: rows.flatMap((row) => (isComputed(row) ? [] : [`${row.version}: ${row.problem}`])),
      warning: true,
    },
    {
      sentences: computed.flatMap(({ version, failures: [first] }) =>
        first === undefined ? [] : [`${version}: ${first.id}: ${shortened(first.message)}`],
      ),
      warning: true,
    },
  ]
}

/** The verdict of a bisection, and the versions that were tried for it. */
export function bisectBlocks({ package: name, by, rows, last, first, between, changes }: BisectDocument): Block[] {
  const tried = `${plural(rows.length, 'version')} tried`
  const unknown = between.length === 0 ? '' : `, or ${between.join(' or ')}, which cannot be tried`
  const verdict =
    first === undefined
      ? `${name}: no change of ${by} between the two; ${tried}`
      : `${name} ${first}${unknown} is the first whose ${by === 'bits' ? 'results change' : 'verdict changes'}, by ${kindNouns(changes)}; ${last} is the last before it; ${tried}`
  return [...versionBlocks(rows), { sentences: [verdict] }, { sentences: changeTexts(changes) }]
}

/** The tables of `versions`, and what changed from each version to the next. */
export function versionsBlocks({ package: name, backend, check, rows }: VersionsDocument): Block[] {
  return [
    { sentences: [`${name} by ${backend}, check ${check}: each version beside the one before`] },
    ...versionBlocks(rows),
    {
      sentences: rows
        .filter(isComputed)
        .flatMap(({ version, changes }) => changeTexts(changes).map((text) => `${version}: ${text}`)),
    },
  ]
}
