/** A check as JUnit XML: a suite for each arm, a case for each mode on each backend. */
import { visible } from '@isograd/core/text'
import { type ArmReport, type CheckReport, concerns, type Finding, type Judgement } from '@isograd/core/compare'
import { passingTolerance } from './check-document.js'

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

interface Case {
  readonly name: string
  readonly className: string
  readonly failures: readonly Finding[]
  readonly error: string | undefined
  /** The reason that nothing can be said; undefined when something can. */
  readonly inconclusive: string | undefined
}

function isOpen({ verdict }: Judgement): boolean {
  return verdict === 'inconclusive' || verdict === 'diverged'
}

function casesOf({ experiment, backends, findings, failures }: CheckReport, { arm, judgements }: ArmReport): Case[] {
  const names =
    backends.length === 0 ? [...new Set(findings.map(({ backend }) => backend))] : backends.map(({ name }) => name)
  const subjects = names.length === 0 ? ['trace'] : names
  return Object.entries(judgements).flatMap(([mode, judgement]) =>
    subjects.map((backend): Case => {
      const own = findings.filter((one) => one.arm === arm && one.mode === mode && concerns(one.backend, backend))
      const faults = own.filter(({ severity }) => severity === 'fault')
      const error = failures.find((one) => one.arm === arm && one.mode === mode && one.backend === backend)
      return {
        name: `${mode} on ${backend}`,
        className: `${experiment}.${arm}`,
        failures: faults,
        error: error?.message,
        inconclusive: isOpen(judgement) ? judgement.reason : undefined,
      }
    }),
  )
}

function failureLine(finding: Finding): string {
  const details = [finding.sentence, passingTolerance(finding)].filter((text) => text !== '').join('\n')
  return `      <failure type="${finding.kind}" message="${xmlText(finding.sentence)}">${xmlText(details)}</failure>`
}

function caseLines({ name, className, failures, error, inconclusive }: Case): string[] {
  const inner = [
    ...failures.map(failureLine),
    ...(error === undefined ? [] : [`      <error type="backend" message="${xmlText(error)}"/>`]),
    // An inconclusive case is no pass.
    ...(inconclusive !== undefined && failures.length === 0 && error === undefined
      ? [`      <failure type="inconclusive" message="${xmlText(inconclusive)}"/>`]
      : []),
  ]
  const head = `    <testcase name="${xmlText(name)}" classname="${xmlText(className)}"`
  return inner.length === 0 ? [`${head}/>`] : [`${head}>`, ...inner, '    </testcase>']
}

function isFailed({ failures, inconclusive, error }: Case): boolean {
  return failures.length > 0 || (inconclusive !== undefined && error === undefined)
}

/** The report. */
export function checkJunit(report: CheckReport): string {
  const suites = report.arms.map((arm) => ({ arm, cases: casesOf(report, arm) }))
  const lines = suites.flatMap(({ arm, cases }) => {
    const failed = cases.filter(isFailed).length
    const errors = cases.filter(({ error }) => error !== undefined).length
    const counts = `tests="${cases.length}" failures="${failed}" errors="${errors}"`
    return [
      `  <testsuite name="${xmlText(`${report.experiment}: ${arm.arm}`)}" ${counts}>`,
      ...cases.flatMap(caseLines),
      '  </testsuite>',
    ]
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="isograd check">\n${lines.join('\n')}\n</testsuites>\n`
}
