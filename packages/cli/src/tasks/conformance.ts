/** The task of running the conformance cases of core against a backend. */
import { InputError } from '@isograd/core'
import {
  casesMatching,
  type CaseResult,
  type ConformanceReport,
  type Origin,
  runConformance,
  type SkippedCase,
} from '@isograd/core/conformance'
import { type MeasuredUnits, measureUnits } from '@isograd/core/compare'
import { disposeAll } from '../backends/choose-backends.js'
import type { LoadedBackend } from '../backends/load.js'
import { openBackend } from '../backends/open-backend.js'
import { registry } from '../backends/registry.js'
import { withCases } from '../checking/hosted-cases.js'
import { entryOfPath, isPath } from '../disk/package-entry.js'
import { conformanceJunit } from '../documents/conformance-junit.js'
import { type Environment, environmentOf } from '../documents/environment.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { nameList } from '../input/option-values.js'
import { conformanceReport } from '../terminal/conformance.js'
import { Counted } from '../text/counted.js'
import { printVerdict } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of conformance as they are read from the command line. */
export interface ConformanceOptions extends SharedValues {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly junit?: string
}

/** The document that `isograd conformance --json` prints. */
export interface ConformanceDocument extends ConformanceReport {
  readonly schema: 'isograd.conformance/1'
  readonly environment: Environment
  /** The largest error of its functions, by operation, in units in the last place of float32, as it was measured. */
  readonly units: MeasuredUnits
}

/** Patterns and a reason; commas separate patterns, and may stand in the reason. @throws InputError */
function parseSkip(text: string): SkippedCase[] {
  const at = text.indexOf('=')
  const [patterns, reason] = [text.slice(0, Math.max(0, at)).trim(), text.slice(at + 1).trim()]
  if (at <= 0 || patterns === '' || reason === '') {
    throw new InputError('isograd', `--skip: expected pattern=reason, got "${text}"`)
  }
  return nameList('--skip', patterns).map((id) => ({ id, reason }))
}

/** Where a program that shows a failure finds the backend. */
function originOf({ asked, packageName }: LoadedBackend): Origin {
  if (Object.hasOwn(registry, asked)) return { module: packageName, variant: asked }
  const [address = asked, variant] = asked.split(/#(?=[^#]*$)/)
  const module = isPath(address) ? entryOfPath(address, process.cwd(), (name) => `backend "${name}"`).url : packageName
  return { module, ...(variant !== undefined && { variant }) }
}

async function publish(
  options: ConformanceOptions,
  loaded: readonly LoadedBackend[],
  report: ConformanceReport,
  units: MeasuredUnits,
  secondsOf: (id: string) => number | undefined,
): Promise<void> {
  const { junit } = options
  if (junit !== undefined) await writeSealed('--junit', [{ path: junit, content: conformanceJunit(report, secondsOf) }])
  const document: ConformanceDocument = {
    schema: 'isograd.conformance/1',
    environment: environmentOf(loaded),
    ...report,
    units,
  }
  printVerdict(options, document, (style) => conformanceReport(style, report, units))
}

/** Seconds for a call of what is measured, unless told. */
const MEASURE_SECONDS = 10

/** The errors of the functions of a backend, opened anew: its cases have disposed of it, or worse. */
async function measuredAgain(name: string, timeoutSeconds = MEASURE_SECONDS): Promise<MeasuredUnits> {
  const again = await openBackend(name, { options: {}, timeoutSeconds, note: () => {} })
  if (!again.ok) return {}
  try {
    return await measureUnits(again.backend)
  } finally {
    await disposeAll([again]).catch(() => undefined)
  }
}

/** Runs the cases against the backend of a name. @throws Interruption, InputError, BackendError */
export async function conformance(name: string, options: ConformanceOptions): Promise<ExitStatus> {
  const { only = ['*'], skip: skipTexts = [], timeout } = options
  const cases = casesMatching('--only', only)
  const skip = skipTexts.flatMap(parseSkip)
  casesMatching(
    '--skip',
    skip.map(({ id }) => id),
  )
  return withStatusLine(options, (line, signal) =>
    withCases(name, { cases, originOf, timeoutSeconds: timeout, note: line.note, signal }, async (hosted) => {
      const { loaded } = hosted
      const seconds = new Map<string, number>()
      let begun = 0
      const counted = new Counted(hosted.cases.length)
      const onCase = (id: string, done: number): void => {
        begun = performance.now()
        line.show(`${counted.at(done)}  ${id}`)
      }
      const onResult = ({ id }: CaseResult): void => void seconds.set(id, (performance.now() - begun) / 1000)
      const judged = await runConformance(loaded.backend, { cases: hosted.cases, skip, signal, onCase, onResult })
      const report = { ...judged, results: judged.results.map(hosted.withReproduction) }
      line.show('measuring functions')
      const units = await measuredAgain(name, timeout)
      line.clear()
      await publish(options, [loaded], report, units, (id) => seconds.get(id))
      return report.ok ? exitStatus.ok : exitStatus.disagreement
    }),
  )
}
