/** A run of the conformance cases as JUnit XML: a suite for the backend, a case for each case. */
import type { CaseResult, ConformanceReport } from '@isograd/core/conformance'
import { xmlText } from './check-junit.js'

function innerLines({ status, detail, reproduction = '' }: CaseResult): string[] {
  if (status === 'passed') return []
  const message = `message="${xmlText(detail)}"`
  if (status !== 'failed') return [`      <skipped ${message}/>`]
  return [`      <failure type="conformance" ${message}>${xmlText(reproduction)}</failure>`]
}

function caseLines(result: CaseResult): string[] {
  const [family = ''] = result.id.split('/', 1)
  const head = `    <testcase name="${xmlText(result.id)}" classname="${xmlText(family)}"`
  const inner = innerLines(result)
  return inner.length === 0 ? [`${head}/>`] : [`${head}>`, ...inner, '    </testcase>']
}

/** The report. A skip that is not needed is a failure as well. */
export function conformanceJunit({ backend, results, counts, staleSkips }: ConformanceReport): string {
  const stale = staleSkips.map(({ id, reason }): CaseResult => {
    return { id: `skip ${id}`, status: 'failed', detail: `none of its cases fails (${reason})` }
  })
  const all = [...results, ...stale]
  const totals = [all.length, counts.failed + stale.length, counts.skipped + counts.unsupported]
  const [tests, failures, skipped] = totals
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="isograd conformance">',
    `  <testsuite name="${xmlText(backend)}" tests="${tests}" failures="${failures}" skipped="${skipped}">`,
    ...all.flatMap(caseLines),
    '  </testsuite>',
    '</testsuites>\n',
  ].join('\n')
}
