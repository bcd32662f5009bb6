/**
 * Runs the conformance cases against a backend and reports. It knows no test framework: a test gives the report to
 * `assertConforms`. A skip is a promise that the case fails; one that is not kept fails the report.
 */
import type { Backend } from '../backend/contract.js'
import { grouped } from '../grouped.js'
import { type OpName, opNames } from '../ir/ops/index.js'
import { isMatch } from '../pattern.js'
import type { FloatDType } from '../tensor.js'
import { thrownText } from '../text/visible.js'
import { caseDTypes, type ConformanceCase, isInapplicable, type Surroundings } from './case.js'
import { conformanceCases } from './cases/index.js'
import { checkData } from './check-values.js'
import { declaredFormat } from './declared.js'
import { type Origin, reproductionText } from './reproduction.js'
import { smallestFailure } from './shrink.js'
import { TestedBackend } from './tested-backend.js'

/** Cases known to fail, and why. */
export interface SkippedCase {
  /** The id of one, or a pattern with `*` for any text. */
  readonly id: string
  /** Why it fails. */
  readonly reason: string
}

/** Options of a run of the cases. */
export interface ConformanceOptions extends Surroundings {
  /** Cases known to fail. They are run all the same: one that passes, or that does not exist, fails the report. */
  readonly skip?: readonly SkippedCase[]
  /** Only cases of these dtypes; both unless told. */
  readonly dtypes?: readonly FloatDType[]
  /** Only these cases; all of them unless told. */
  readonly cases?: readonly ConformanceCase[]
  /** Stops between two cases; the run then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** The longest that the backend may take for one call, in seconds; 60 unless told. */
  readonly timeoutSeconds?: number
  /** Where the backend comes from: then the first failures of values come with a program that shows them. */
  readonly origin?: Origin
  /** Called before each case, with the number of those before it. */
  readonly onCase?: (id: string, done: number, total: number) => void
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void
}

const TIMEOUT = 60

/** Failures that come with a program: where an operation is wrong a hundred cases may fail. */
const MOST_SHOWN = 5

/** `unsupported`: the backend declares no such dtype, raised UnsupportedOpError when compiling, or lacks what is optional. */
export type CaseStatus = 'passed' | 'failed' | 'skipped' | 'unsupported'

/** The outcome of one case. */
export interface CaseResult {
  /** Name of the case. */
  readonly id: string
  /** The outcome. */
  readonly status: CaseStatus
  /** The failure, or the operation that the backend lacks; empty for one that passed. */
  readonly detail: string
  /** A program for Node that shows a failure with the least that it takes; absent where none was asked for or found. */
  readonly reproduction?: string
}

/** Cases of one operation, of dtypes that the backend has. */
export interface Coverage {
  /** Those that passed. */
  readonly passed: number
  /** All of them. */
  readonly total: number
}

/** The outcome of a run. */
export interface ConformanceReport {
  readonly backend: string
  /** The precision that the backend declares and was held to, where it is below that of its dtypes. */
  readonly precision?: string
  /** The outcome of each case. */
  readonly results: readonly CaseResult[]
  /** Cases by their outcome. */
  readonly counts: Readonly<Record<CaseStatus, number>>
  /** Cases of each operation. */
  readonly coverage: Readonly<Record<OpName, Coverage>>
  /** Skips that match no case, or whose case does not fail: each is a failure of the list. */
  readonly staleSkips: readonly SkippedCase[]
  /** True where nothing failed and every skip was needed. */
  readonly ok: boolean
}

function messageOf(error: unknown): string {
  const text = thrownText(error)
  const isPlain = !(error instanceof Error) || error.name === 'CaseFailure' || isInapplicable(error)
  return isPlain ? text : `${error.name}: ${text}`
}

async function runCase(one: ConformanceCase, tested: TestedBackend): Promise<CaseResult> {
  const { id, dtype } = one
  const { backend, surroundings } = tested
  if (!backend.info.dtypes.includes(dtype)) {
    return { id, status: 'unsupported', detail: `the backend has no ${dtype}` }
  }
  if (tested.late !== undefined) return { id, status: 'failed', detail: `not run: before, ${tested.late}` }
  tested.patience.begin(id)
  try {
    if (one.kind === 'behaviour') await one.check(backend, surroundings)
    else await checkData(one.build(), one, backend, (seconds) => tested.patience.compared(seconds))
    return tested.late === undefined
      ? { id, status: 'passed', detail: '' }
      : { id, status: 'failed', detail: tested.late }
  } catch (error) {
    const status = tested.late === undefined && isInapplicable(error) ? 'unsupported' : 'failed'
    return { id, status, detail: tested.late ?? messageOf(error) }
  }
}

/** The results with promised failures turned into skips, and the promises that were not kept. */
function applySkips(
  results: readonly CaseResult[],
  skips: readonly SkippedCase[],
): Pick<ConformanceReport, 'results' | 'staleSkips'> {
  const isStale = ({ id }: SkippedCase): boolean => {
    const own = results.filter((result) => isMatch(id, result.id))
    // Cases that this run leaves out tell nothing of their skips.
    if (own.length === 0) return !conformanceCases().some((known) => isMatch(id, known.id))
    return own.every(({ status }) => status !== 'failed')
  }
  return {
    results: results.map((result): CaseResult => {
      const skip = result.status === 'failed' ? skips.find(({ id }) => isMatch(id, result.id)) : undefined
      return skip ? { ...result, status: 'skipped', detail: `${skip.reason} (${result.detail})` } : result
    }),
    staleSkips: skips.filter(isStale),
  }
}

function countStatuses(results: readonly CaseResult[]): Record<CaseStatus, number> {
  const counts = { passed: 0, failed: 0, skipped: 0, unsupported: 0 }
  for (const { status } of results) counts[status]++
  return counts
}

/** @param cases those of dtypes that the backend has. */
function coverageOf(cases: readonly ConformanceCase[], results: readonly CaseResult[]): Record<OpName, Coverage> {
  const passed = new Set(results.filter(({ status }) => status === 'passed').map(({ id }) => id))
  const entries = opNames.map((op): [OpName, Coverage] => {
    const own = cases.filter(({ ops }) => ops.includes(op))
    return [op, { passed: own.filter(({ id }) => passed.has(id)).length, total: own.length }]
  })
  return Object.fromEntries(entries) as Record<OpName, Coverage>
}

/** A failure with the smallest program that shows it. Afterwards the backend is one that goes on. */
async function shown(
  one: ConformanceCase,
  result: CaseResult,
  tested: TestedBackend,
  { origin }: ConformanceOptions,
): Promise<CaseResult> {
  const canShow = origin !== undefined && one.kind === 'values' && tested.late === undefined
  const trial = canShow ? await smallestFailure(one, tested.backend).catch(() => undefined) : undefined
  await tested.renew()
  const text =
    trial && origin && reproductionText(trial, `${result.id} on ${tested.backend.name}: ${one.about}`, origin)
  return text === undefined ? result : { ...result, reproduction: text }
}

async function runCases(
  cases: readonly ConformanceCase[],
  tested: TestedBackend,
  options: ConformanceOptions,
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  let left = MOST_SHOWN
  for (const one of cases) {
    options.signal?.throwIfAborted()
    options.onCase?.(one.id, results.length, cases.length)
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    const result = await runCase(one, tested)
    // oxlint-disable-next-line no-await-in-loop
    const told = result.status === 'failed' ? await shown(one, result, tested, left > 0 ? options : {}) : result
    if (told.reproduction !== undefined) left--
    results.push(told)
    options.onResult?.(told)
  }
  return results
}

/**
 * Runs the cases one after the other. The backend stays the caller's to dispose; where `open` is given, another takes the
 * place of one that does not answer.
 * @throws the signal's reason when it is aborted; nothing else: what goes wrong in a case is a failed case.
 */
export async function runConformance(backend: Backend, options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const { skip = [], dtypes = caseDTypes, timeoutSeconds = TIMEOUT } = options
  const cases = (options.cases ?? conformanceCases()).filter(({ dtype }) => dtypes.includes(dtype))
  const tested = new TestedBackend(backend, options, timeoutSeconds)
  try {
    const { results, staleSkips } = applySkips(await runCases(cases, tested, options), skip)
    const counts = countStatuses(results)
    const own = cases.filter(({ dtype }) => backend.info.dtypes.includes(dtype))
    const ok = counts.failed === 0 && staleSkips.length === 0
    const precision = declaredFormat(backend, 'float32')?.label ?? declaredFormat(backend)?.label
    const held = precision !== undefined && { precision }
    return { backend: backend.name, ...held, results, counts, coverage: coverageOf(own, results), staleSkips, ok }
  } finally {
    await tested.dispose()
  }
}

/** That a backend was held to a precision that it declares, in words. */
function heldText({ precision }: Pick<ConformanceReport, 'precision'>): string[] {
  return precision === undefined ? [] : [`  held to ${precision}, as it declares, and not to its dtypes`]
}

/** Operations of which no case passed, and those of which some did not: a line each, where there are such. */
function coverageLines({ coverage }: Pick<ConformanceReport, 'coverage'>): string[] {
  const tried = Object.entries(coverage).filter(([, { passed, total }]) => passed < total)
  const [none, some] = [tried.filter(([, { passed }]) => passed === 0), tried.filter(([, { passed }]) => passed > 0)]
  const parts = some.map(([op, { passed, total }]) => `${op} (${passed} of ${total})`)
  return [
    ...(none.length === 0 ? [] : [`  no case passed of ${none.map(([op]) => op).join(', ')}`]),
    ...(some.length === 0 ? [] : [`  some cases passed of ${parts.join(', ')}`]),
  ]
}

/** A report in words: the counts, what failed and why, skips that are not needed, operations without full coverage. */
export function describeReport(report: ConformanceReport): string {
  const { passed, failed, skipped, unsupported } = report.counts
  // Of cases of one family the first tells what is wrong, mostly.
  const lines = (status: CaseStatus): string[] =>
    grouped(
      report.results.filter((result) => result.status === status),
      ({ id }) => id.split('/')[0],
    ).flatMap(([{ id, detail }, ...others]) => [
      `  ${status} ${id}: ${detail}`,
      ...(others.length === 0 ? [] : [`    and ${others.map((other) => other.id).join(', ')}`]),
    ])
  return [
    `${report.backend}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${unsupported} unsupported`,
    ...heldText(report),
    ...lines('failed'),
    ...report.staleSkips.map(({ id, reason }) => `  stale skip ${id}: it matches no failing case (${reason})`),
    ...lines('skipped'),
    ...coverageLines(report),
  ].join('\n')
}
