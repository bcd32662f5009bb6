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
  /** The time that it took; undefined where it was not measured by itself. */
  readonly seconds?: number | undefined
  /** Absent: it has passed. */
  readonly outcome?: JunitOutcome
}

/** Cases that stand together. */
export interface JunitSuite {
  readonly name: string
  /** The time that all of them took together; the sum of theirs unless given. */
  readonly seconds?: number
  readonly cases: readonly JunitCase[]
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join('')
}

function secondsOf({ cases, seconds }: JunitSuite): number {
  return seconds ?? cases.reduce((sum, { seconds: own = 0 }) => sum + own, 0)
}

/** Totals of suites; one suite may have `skipped`, all together may not. */
function totalsOf(suites: readonly JunitSuite[]) {
  const cases = suites.flatMap((suite) => suite.cases)
  const count = (tag: JunitOutcome['tag']): number => cases.filter(({ outcome }) => outcome?.tag === tag).length
  const time = suites.reduce((sum, suite) => sum + secondsOf(suite), 0).toFixed(3)
  const totals = { tests: cases.length, failures: count('failure'), errors: count('error'), time }
  return { totals, skipped: count('skipped') }
}

function outcomeLine({ tag, type, message, text = message }: JunitOutcome): string {
  const head = attributes({ ...(type !== undefined && { type }), message })
  return `      <${tag}${head}>${xmlText(text)}</${tag}>`
}

function caseLines({ name, className, seconds, outcome }: JunitCase): string[] {
  const time = seconds === undefined ? {} : { time: seconds.toFixed(3) }
  const head = `    <testcase${attributes({ name, classname: className, ...time })}`
  return outcome === undefined ? [`${head}/>`] : [`${head}>`, outcomeLine(outcome), '    </testcase>']
}

/** The document. @param timestamp when it was made, as ISO 8601 has it. */
export function junitText(name: string, suites: readonly JunitSuite[], timestamp = new Date().toISOString()): string {
  const at = timestamp.slice(0, 'YYYY-MM-DDThh:mm:ss'.length)
  const lines = suites.flatMap((suite) => {
    const { totals, skipped } = totalsOf([suite])
    const head = attributes({ name: suite.name, ...totals, skipped, timestamp: at })
    return [`  <testsuite${head}>`, ...suite.cases.flatMap(caseLines), '  </testsuite>']
  })
  const { totals } = totalsOf(suites)
  const whole = attributes({ name, ...totals })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${whole}>\n${lines.join('\n')}\n</testsuites>\n`
}
