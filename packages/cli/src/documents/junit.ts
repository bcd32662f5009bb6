/**
 * JUnit XML as CI systems read it: suites of cases with totals and times, in the elements and attributes of Jenkins's
 * junit-10.xsd, which the readers of GitLab, Azure and GitHub's actions take as well. Each case has one outcome, since most
 * readers take the first.
 */
import { visible } from '@isograd/core/text'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text for XML 1.0: markup escaped, control characters shown, others that XML cannot hold left out. */
export function xmlText(text: string): string {
  const allowed = visible(text, /[\n\t]/).replace(/[\ufffe\uffff]|\p{Surrogate}/gu, ' ')
  return allowed.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** The outcome of a case that has not passed. */
export interface JunitOutcome {
  readonly tag: 'failure' | 'error' | 'skipped'
  readonly type?: string
  readonly message: string
  /** All of it; the message alone unless given: readers show either. */
  readonly text?: string
}

/** One case. */
export interface JunitCase {
  readonly name: string
  readonly className: string
  readonly seconds: number | undefined
  /** Absent: it has passed. */
  readonly outcome?: JunitOutcome
}

/** Cases that stand together. */
export interface JunitSuite {
  readonly name: string
  readonly cases: readonly JunitCase[]
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join('')
}

/** Totals of cases; suites may have `skipped`, all suites together may not. */
function totalsOf(cases: readonly JunitCase[]) {
  const count = (tag: JunitOutcome['tag']): number => cases.filter(({ outcome }) => outcome?.tag === tag).length
  const time = cases.reduce((sum, { seconds = 0 }) => sum + seconds, 0).toFixed(3)
  const totals = { tests: cases.length, failures: count('failure'), errors: count('error'), time }
  return { totals, skipped: count('skipped') }
}

function outcomeLine({ tag, type, message, text = message }: JunitOutcome): string {
  const head = attributes({ ...(type !== undefined && { type }), message })
  return `      <${tag}${head}>${xmlText(text)}</${tag}>`
}

function caseLines({ name, className, seconds = 0, outcome }: JunitCase): string[] {
  const head = `    <testcase${attributes({ name, classname: className, time: seconds.toFixed(3) })}`
  return outcome === undefined ? [`${head}/>`] : [`${head}>`, outcomeLine(outcome), '    </testcase>']
}

/** The document. @param timestamp when it was made, as ISO 8601 has it. */
export function junitText(name: string, suites: readonly JunitSuite[], timestamp = new Date().toISOString()): string {
  const at = timestamp.slice(0, 'YYYY-MM-DDThh:mm:ss'.length)
  const lines = suites.flatMap((suite) => {
    const { totals, skipped } = totalsOf(suite.cases)
    const head = attributes({ name: suite.name, ...totals, skipped, timestamp: at })
    return [`  <testsuite${head}>`, ...suite.cases.flatMap(caseLines), '  </testsuite>']
  })
  const { totals } = totalsOf(suites.flatMap(({ cases }) => cases))
  const whole = attributes({ name, ...totals })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${whole}>\n${lines.join('\n')}\n</testsuites>\n`
}
