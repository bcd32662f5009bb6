/** The task of trying every backend on a small program. */
import { type AdapterOptions, untestedNotes } from '@isograd/core/backend'
import { measureUnits } from '@isograd/core/compare'
import type { LoadedBackend } from '../backends/load.js'
import { openAlone } from '../backends/open-backend.js'
import { probeBackend } from '../backends/probe.js'
import { defaultBackends, placed, registry } from '../backends/registry.js'
import { type Smoke, smokeTest } from '../backends/smoke.js'
import type { DoctorDocument } from '../documents/doctor-document.js'
import { environmentOf } from '../documents/environment.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { doctorReport } from '../terminal/doctor.js'
import { Counted } from '../text/counted.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of doctor as they are read from the command line. */
export interface DoctorOptions extends SharedValues {
  readonly test?: boolean
}

/** Seconds of conformance cases for a backend. */
const TEST_SECONDS = 10

/** The way that backends are tried. */
interface Trial {
  readonly options: AdapterOptions
  readonly test: boolean
  readonly signal: AbortSignal
  /** Takes a line that stays on standard error. */
  readonly note: (text: string) => void
}

/** Tries the backends and prints which can be used. @throws Interruption */
export async function doctor(options: DoctorOptions): Promise<ExitStatus> {
  const { backend: required = ['wasm'], threads, test = false } = options
  const document = await withStatusLine(options, async (line, signal) => {
    const trial = { options: threads === undefined ? {} : { threads }, test, signal, note: line.note }
    const examined = await examine(required, trial, line.show)
    line.clear()
    return examined
  })
  printResult(options, document, (style) => doctorReport(style, document, defaultBackends))
  return document.ok ? exitStatus.ok : exitStatus.backend
}

async function examine(
  required: readonly string[],
  trial: Trial,
  onBackend: (text: string) => void,
): Promise<DoctorDocument> {
  const loaded: LoadedBackend[] = []
  const backends: DoctorDocument['backends'][number][] = []
  const known = Object.keys(registry)
  const names = new Set([...(trial.test ? known.map(placed) : known), ...required])
  const counted = new Counted(names.size)
  for (const name of names) {
    onBackend(`${counted.at(backends.length)}  trying ${name}`)
    // oxlint-disable-next-line no-await-in-loop -- variants of one runtime may share its state
    backends.push(await tryBackend(name, trial, loaded))
  }
  const usable = backends.flatMap((backend) => (backend.usable ? [backend.name] : []))
  return {
    schema: 'isograd.doctor/1',
    environment: environmentOf(loaded),
    backends,
    required,
    ok: required.every((name) => usable.includes(name)),
  }
}

async function tryBackend(
  name: string,
  { options, test, signal, note }: Trial,
  loaded: LoadedBackend[],
): Promise<DoctorDocument['backends'][number]> {
  const result = await openAlone(name, options)
  if (!result.ok) return { name, usable: false, reason: result.reason, cure: result.cure }
  const { backend, packageName } = result
  try {
    const problem = await probeBackend(backend)
    if (problem !== undefined) {
      const cure = `install ${packageName} and its runtime again, or report it`
      return { name, usable: false, reason: `it loads but does not work: ${problem}`, cure }
    }
    const tested = test ? await smokeTest(backend, TEST_SECONDS, signal) : undefined
    const [first, ...others] = tested?.failed ?? []
    if (first !== undefined) {
      const reason = `${others.length + 1} conformance cases fail, the first of them ${first.id}: ${first.detail}`
      return { name, usable: false, reason, cure: `isograd conformance ${name} tells all, to report them` }
    }
    for (const text of untestedNotes(backend.name, backend.info)) note(text)
    loaded.push(result)
    const more = tested && { tested: { ...testedOf(tested), units: await measureUnits(backend) } }
    return { name, usable: true, package: packageName, info: backend.info, ...more }
  } finally {
    await backend.dispose()
  }
}

function testedOf({ passed, unsupported, total }: Smoke): Pick<Smoke, 'passed' | 'unsupported' | 'total'> {
  return { passed, unsupported, total }
}
