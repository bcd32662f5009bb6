/** As many conformance cases as fit into some seconds, of all kinds: not the whole kit, but what is broken shows soon. */
import type { Backend } from '@isograd/core/backend'
import { type CaseResult, type ConformanceCase, conformanceCases, runConformance } from '@isograd/core/conformance'

/** The cases that were tried. */
export interface Smoke {
  /** Those that passed. */
  readonly passed: number
  /** Of a dtype that the backend has not, or of what is optional. */
  readonly unsupported: number
  readonly failed: readonly CaseResult[]
  /** All cases that there are. */
  readonly total: number
}

/** A prime: steps of that many visit all cases, neighbours far apart, in the same order each time. */
const STEP = 7919

function spread(cases: readonly ConformanceCase[]): ConformanceCase[] {
  return cases.flatMap((_, i) => cases[(i * STEP) % cases.length] ?? [])
}

/** Tries cases until the seconds are over. @throws the reason of `signal`. */
export async function smokeTest(backend: Backend, seconds: number, signal: AbortSignal): Promise<Smoke> {
  const cases = spread(conformanceCases())
  const results: CaseResult[] = []
  const time = new AbortController()
  const end = performance.now() + seconds * 1000
  // A timer would not be heard where cases follow one another without a pause.
  const onResult = (result: CaseResult): void => {
    results.push(result)
    if (performance.now() >= end) time.abort()
  }
  try {
    await runConformance(backend, { cases, signal: AbortSignal.any([signal, time.signal]), onResult })
  } catch (error) {
    if (signal.aborted || !time.signal.aborted) throw error
  }
  const count = (status: CaseResult['status']): number => results.filter((each) => each.status === status).length
  const failed = results.filter(({ status }) => status === 'failed')
  return { passed: count('passed'), unsupported: count('unsupported'), failed, total: cases.length }
}
