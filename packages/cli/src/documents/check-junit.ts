/** A check as JUnit XML: a suite for each arm, a case for each fault, and one for each mode on each backend that has none. */
import { type ArmReport, type CheckReport, concerns, type Finding, type Judgement } from '@isograd/core/compare'
import { passingTolerance } from './check-document.js'
import { type JunitCase, type JunitOutcome, junitText } from './junit.js'

type Untimed = Omit<JunitCase, 'className'>

function isOpen({ verdict }: Judgement): boolean {
  return verdict === 'inconclusive' || verdict === 'diverged'
}

/** A fault by its place, which is the same from one run to the next. */
function faultCase({ mode, backend, kind, tensor, node, layer, step, sentence, ...finding }: Finding): Untimed {
  const place = [kind, tensor ?? node ?? layer, step === undefined ? undefined : `step ${step}`]
  const tolerance = passingTolerance({ mode, backend, kind, sentence, ...finding })
  const text = [sentence, tolerance].filter((line) => line !== '').join('\n')
  return {
    name: `${mode} on ${backend}: ${place.filter((part) => part !== undefined).join(' ')}`,
    outcome: { tag: 'failure', type: kind, message: sentence, text },
  }
}

/** A case of a mode on a backend that has no fault. */
function wholeCase(mode: string, backend: string, outcome: JunitOutcome | undefined): Untimed {
  return { name: `${mode} on ${backend}`, ...(outcome && { outcome }) }
}

function casesOf({ backends, findings, failures }: CheckReport, { arm, judgements }: ArmReport): Untimed[] {
  const names =
    backends.length === 0 ? [...new Set(findings.map(({ backend }) => backend))] : backends.map(({ name }) => name)
  const subjects = names.length === 0 ? ['trace'] : names
  return Object.entries(judgements).flatMap(([mode, judgement]) => {
    const own = findings.filter((one) => one.arm === arm && one.mode === mode && one.severity === 'fault')
    const whole = subjects.flatMap((backend): Untimed[] => {
      const failed = failures.find((one) => one.arm === arm && one.mode === mode && one.backend === backend)
      if (failed) return [wholeCase(mode, backend, { tag: 'error', type: 'backend', message: failed.message })]
      if (own.some((one) => concerns(one.backend, backend))) return []
      // An inconclusive case is no pass.
      const open = { tag: 'failure', type: 'inconclusive', message: judgement.reason } as const
      return [wholeCase(mode, backend, isOpen(judgement) ? open : undefined)]
    })
    return [...own.map(faultCase), ...whole]
  })
}

/** The report. @param secondsOf the time that an arm took; its cases have most of it in common, and none of their own is told. */
export function checkJunit(report: CheckReport, secondsOf: (arm: string) => number = () => 0): string {
  const suites = report.arms.map((arm) => {
    const cases = casesOf(report, arm)
    const [name, className] = [`${report.experiment}: ${arm.arm}`, `${report.experiment}.${arm.arm}`]
    return { name, seconds: secondsOf(arm.arm), cases: cases.map((one) => ({ ...one, className })) }
  })
  return junitText('isograd check', suites)
}
