/** A run of the conformance cases as JUnit XML: a suite for the backend, a case for each case. */
import type { CaseResult, ConformanceReport } from '@isograd/core/conformance'
import { type JunitCase, type JunitOutcome, junitText } from './junit.js'

function outcomeOf({ status, detail: message, reproduction }: CaseResult): JunitOutcome | undefined {
  if (status === 'passed') return undefined
  if (status !== 'failed') return { tag: 'skipped', message }
  const text = reproduction === undefined ? message : `${message}\n${reproduction}`
  return { tag: 'failure', type: 'conformance', message, text }
}

/** The report. A skip that is not needed is a failure as well. */
export function conformanceJunit(
  { backend, results, staleSkips }: ConformanceReport,
  secondsOf: (id: string) => number | undefined = () => undefined,
): string {
  const stale = staleSkips.map(({ id, reason }): CaseResult => {
    return { id: `skip ${id}`, status: 'failed', detail: `none of its cases fails (${reason})` }
  })
  const cases = [...results, ...stale].map((result): JunitCase => {
    const [className = ''] = result.id.split('/', 1)
    const outcome = outcomeOf(result)
    return { name: result.id, className, seconds: secondsOf(result.id), ...(outcome && { outcome }) }
  })
  return junitText('isograd conformance', [{ name: backend, cases }])
}
