/**
 * Runs the conformance cases against a backend and reports. It knows no test framework: a test asserts `report.ok` and
 * prints `describeReport(report)`. A skip is a promise that the case fails; one that is not kept fails the report.
 */
import type { Backend, Executable, ScanResult } from '../backend/contract.js'
import { type OpName, opNames } from '../ir/ops/index.js'
import { referenceBackend } from '../reference/backend.js'
import type { FloatDType, TensorMap } from '../tensor.js'
import {
  type CaseData,
  caseDTypes,
  CaseFailure,
  type ConformanceCase,
  type Surroundings,
  type ValueCase,
} from './case.js'
import { conformanceCases } from './cases/index.js'
import { requireClose } from './compare.js'
import { thrownText } from '../text/visible.js'

/** A case known to fail, and why. */
export interface SkippedCase {
  readonly id: string
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
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void
}

/** `unsupported`: the backend declares no such dtype, raised UnsupportedOpError when compiling, or lacks what is optional. */
export type CaseStatus = 'passed' | 'failed' | 'skipped' | 'unsupported'

/** The outcome of one case. `detail` is empty for one that passed. */
export interface CaseResult {
  readonly id: string
  readonly status: CaseStatus
  readonly detail: string
}

/** Cases of one operation. */
export interface Coverage {
  readonly passed: number
  readonly total: number
}

/** The outcome of a run. `ok` means nothing failed and every skip was needed. */
export interface ConformanceReport {
  readonly backend: string
  readonly results: readonly CaseResult[]
  readonly counts: Readonly<Record<CaseStatus, number>>
  readonly coverage: Readonly<Record<OpName, Coverage>>
  /** Skips that match no case, or whose case does not fail: each is a failure of the list. */
  readonly staleSkips: readonly SkippedCase[]
  readonly ok: boolean
}

async function scanAll(executable: Executable, { scans }: CaseData): Promise<ScanResult[]> {
  const results: ScanResult[] = []
  for (const { carry, xs } of scans) {
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    results.push(await executable.scan(carry, xs))
  }
  return results
}

async function magnitudes(data: CaseData): Promise<TensorMap[]> {
  if (data.magnitude === undefined) return []
  const executable = await referenceBackend().compile(data.magnitude, data.constants)
  return (await scanAll(executable, data)).map(({ ys }) => ys)
}

/** Errors are told by name, since a third party may have another copy of core. */
function isUnsupported(error: unknown): boolean {
  return error instanceof Error && ['UnsupportedOpError', 'NotApplicable'].includes(error.name)
}

async function checkValues(one: ValueCase, backend: Backend): Promise<void> {
  const data = one.build()
  const reference = await referenceBackend().compile(data.program, data.constants)
  const [expected, scales] = [await scanAll(reference, data), await magnitudes(data)]
  const executable = await backend.compile(data.program, data.constants)
  try {
    for (const [i, result] of (await scanAll(executable, data)).entries()) {
      const wanted = expected[i]
      if (wanted !== undefined) requireClose(result, wanted, one.tolerance, one.dtype, scales[i])
    }
  } catch (error) {
    throw isUnsupported(error) ? new CaseFailure('UnsupportedOpError came from scan: compile must raise it') : error
  } finally {
    await executable.dispose()
  }
}

function messageOf(error: unknown): string {
  const text = thrownText(error)
  const isPlain = !(error instanceof Error) || ['CaseFailure', 'NotApplicable'].includes(error.name)
  return isPlain ? text : `${error.name}: ${text}`
}

async function runCase(one: ConformanceCase, backend: Backend, surroundings: Surroundings): Promise<CaseResult> {
  const { id, dtype } = one
  if (!backend.info.dtypes.includes(dtype)) {
    return { id, status: 'unsupported', detail: `the backend has no ${dtype}` }
  }
  try {
    await (one.kind === 'values' ? checkValues(one, backend) : one.check(backend, surroundings))
    return { id, status: 'passed', detail: '' }
  } catch (error) {
    return { id, status: isUnsupported(error) ? 'unsupported' : 'failed', detail: messageOf(error) }
  }
}

/** The results with promised failures turned into skips, and the promises that were not kept. */
function applySkips(
  results: readonly CaseResult[],
  skips: readonly SkippedCase[],
): Pick<ConformanceReport, 'results' | 'staleSkips'> {
  const byId = new Map(results.map((result) => [result.id, result]))
  const known = new Set(conformanceCases().map(({ id }) => id))
  const isStale = ({ id }: SkippedCase): boolean => {
    const result = byId.get(id)
    return result === undefined ? !known.has(id) : result.status !== 'failed'
  }
  const reasons = new Map(skips.map(({ id, reason }) => [id, reason]))
  return {
    results: results.map((result): CaseResult => {
      const reason = reasons.get(result.id)
      const isSkipped = reason !== undefined && result.status === 'failed'
      return isSkipped ? { ...result, status: 'skipped', detail: `${reason} (${result.detail})` } : result
    }),
    staleSkips: skips.filter(isStale),
  }
}

function countStatuses(results: readonly CaseResult[]): Record<CaseStatus, number> {
  const counts = { passed: 0, failed: 0, skipped: 0, unsupported: 0 }
  for (const { status } of results) counts[status]++
  return counts
}

function coverageOf(cases: readonly ConformanceCase[], results: readonly CaseResult[]): Record<OpName, Coverage> {
  const passed = new Set(results.filter(({ status }) => status === 'passed').map(({ id }) => id))
  const entries = opNames.map((op): [OpName, Coverage] => {
    const own = cases.filter(({ ops }) => ops.includes(op))
    return [op, { passed: own.filter(({ id }) => passed.has(id)).length, total: own.length }]
  })
  return Object.fromEntries(entries) as Record<OpName, Coverage>
}

/**
 * Runs the cases one after the other. The backend stays the caller's to dispose.
 * @throws the signal's reason when it is aborted; nothing else: what goes wrong in a case is a failed case.
 */
export async function runConformance(backend: Backend, options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const { skip = [], dtypes = caseDTypes, signal, onResult } = options
  const cases = (options.cases ?? conformanceCases()).filter(({ dtype }) => dtypes.includes(dtype))
  const raw: CaseResult[] = []
  for (const one of cases) {
    signal?.throwIfAborted()
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    const result = await runCase(one, backend, options)
    raw.push(result)
    onResult?.(result)
  }
  const { results, staleSkips } = applySkips(raw, skip)
  const counts = countStatuses(results)
  const ok = counts.failed === 0 && staleSkips.length === 0
  return { backend: backend.name, results, counts, coverage: coverageOf(cases, results), staleSkips, ok }
}

/** A report in words: the counts, what failed and why, skips that are not needed, operations without full coverage. */
export function describeReport(report: ConformanceReport): string {
  const { passed, failed, skipped, unsupported } = report.counts
  const lines = (status: CaseStatus): string[] =>
    report.results.filter((result) => result.status === status).map(({ id, detail }) => `  ${status} ${id}: ${detail}`)
  const partial = Object.entries(report.coverage).filter(([, own]) => own.passed < own.total)
  return [
    `${report.backend}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${unsupported} unsupported`,
    ...lines('failed'),
    ...report.staleSkips.map(({ id, reason }) => `  stale skip ${id}: it matches no failing case (${reason})`),
    ...lines('skipped'),
    ...partial.map(([op, own]) => `  coverage ${op}: ${own.passed} of ${own.total}`),
  ].join('\n')
}
