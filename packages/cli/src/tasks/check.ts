/** The task of a check: backends against each other, a trace or a record; printed, and written where it is asked for. */
import { InputError, stringifyDocument } from '@isograd/core'
import { readSource } from '@isograd/report'
import { checkExperiment, checkModes, type CheckReport, parseTolerances } from '@isograd/core/compare'
import { type Backends, failuresOfDisposal, withBackends } from '../backends/choose-backends.js'
import type { BackendFailure, LoadedBackend } from '../backends/load.js'
import { checkAgainstRecord, checkAgainstTrace, isTrace, type NamedExperiment } from '../checking/against.js'
import type { CheckSettings } from '../checking/check-settings.js'
import { isAlone, withSecond } from '../checking/hold-alone.js'
import { checkedPlans } from '../checking/checked-plans.js'
import { rememberedData } from '../documents/command-plan.js'
import { checkDocument } from '../documents/check-document.js'
import { appendSummary, checkAnnotations } from '../documents/check-github.js'
import { checkJunit } from '../documents/check-junit.js'
import { checkMarkdown } from '../documents/check-markdown.js'
import { requireOwn } from '../documents/own-paths.js'
import { RunDirectory } from '../documents/run-directory.js'
import { writeReport } from '../documents/write-report.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Datasets } from '../input/datasets.js'
import { nameOf, openExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'
import { checkReport } from '../terminal/check.js'
import { Counted } from '../text/counted.js'
import { printVerdict } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { errorOutput, output } from '../errors/output.js'

/** Seeds that --until-decided trains at most. */
const MOST_SEEDS = 20

/** The options of a check as they are read from the command line. */
export interface CheckOptions extends Omit<SharedValues, 'seeds'> {
  readonly seeds?: number
  readonly steps?: number
  readonly untilDecided?: boolean
  readonly against?: string
  readonly junit?: string
  readonly markdown?: string
  readonly github?: boolean
}

/** All that a check works with. */
interface CheckContext {
  readonly options: CheckOptions
  readonly settings: CheckSettings
  readonly line: StatusLine
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
  readonly times: ArmTimes
}

/** The time that each arm took: from the end of the one before it on. */
class ArmTimes {
  readonly #seconds = new Map<string, number>()
  #from = performance.now()

  readonly end = (arm: string): void => {
    const now = performance.now()
    this.#seconds.set(arm, (now - this.#from) / 1000)
    this.#from = now
  }

  /** Arms that have ended. */
  get ended(): number {
    return this.#seconds.size
  }

  /** Of an arm whose end was not told: all since the last one. */
  readonly of = (arm: string): number => {
    if (!this.#seconds.has(arm)) this.end(arm)
    return Number(this.#seconds.get(arm))
  }
}

/** The modes asked for; free training is compared between backends, and left out where one alone is named. */
function modesFor(
  mode: CheckOptions['mode'],
  named: readonly string[] | undefined,
): readonly (typeof checkModes)[number][] {
  if (mode === undefined && named?.length === 1) return checkModes.filter((one) => one !== 'run')
  return mode === undefined || mode === 'all' ? checkModes : [mode]
}

/** Options that say how backends are held against each other. */
const betweenBackends = { mode: '--mode', steps: '--steps', seeds: '--seeds', untilDecided: '--until-decided' } as const

/** @throws InputError for options that mean nothing to a record or a trace, which say by themselves what is compared. */
function requireMeant(options: CheckOptions): void {
  const entries = Object.entries(betweenBackends) as [keyof typeof betweenBackends, string][]
  const given = entries.flatMap(([name, flag]) => (options[name] === undefined ? [] : [flag]))
  if (options.against === undefined || given.length === 0) return
  const flags = given.join(', ')
  const problem = 'expected none beside --against: the trace or the record says what is compared'
  throw new InputError('isograd', `${flags}: ${problem}; leave out ${flags}`)
}

/** @throws InputError for seeds where nothing is trained with them. */
function requireRuns({ seeds = 1, untilDecided = false, mode }: CheckOptions, modes: readonly string[]): void {
  if ((seeds === 1 && !untilDecided) || modes.includes('run')) return
  const problem = `expected the mode run, which alone trains with other seeds, got ${modes.join(' and ')}`
  const other = mode === undefined ? 'name a second backend' : 'say --mode run, or --mode all for every mode'
  const cure = `leave it out, or ${other}`
  throw new InputError('isograd', `${untilDecided ? '--until-decided' : '--seeds'}: ${problem}; ${cure}`)
}

/** Checks a preset or a file. @throws Interruption, InputError, BackendError */
export async function check(word: string, options: CheckOptions): Promise<ExitStatus> {
  requireMeant(options)
  const { mode, steps, seeds = 1, limit, tolerance = [] } = options
  const { seeds: _, ...shared } = options
  const run = readSettings(shared)
  const modes = modesFor(mode, run.backends)
  requireRuns(options, modes)
  const settings = { run, modes, steps, seeds, limited: limit !== undefined, tolerances: parseTolerances(tolerance) }
  const registry = await loadRegistry(run.use)
  const read = await openExperiment(word, registry)
  const experiment = read(run.overrides)
  const directory = run.out === undefined ? undefined : await RunDirectory.open(run.out)
  try {
    return await withStatusLine(options, (line, signal) => {
      const before = options.against === undefined ? undefined : rememberedData(options.against)
      if (run.dataDir === undefined && before?.dataDir !== undefined) {
        requireOwn([before.dataDir], before.from, (path) => `name it: --data-dir ${path}`)
      }
      const source = { registry, dataDir: run.dataDir ?? before?.dataDir, directory: experiment.directory, signal }
      const sparesDrawn = run.dataDir === undefined
      const datasets = new Datasets({ ...source, sparesDrawn, onProgress: line.transfer })
      const planned = { experiment, read, source: nameOf(word), datasets }
      return checkOne(planned, { options, settings, line, directory, signal, times: new ArmTimes() })
    })
  } finally {
    directory?.close()
  }
}

async function checkOne(planned: NamedExperiment, context: CheckContext): Promise<ExitStatus> {
  const { settings, line } = context
  const { against } = context.options
  if (against !== undefined && (await isTrace(against))) {
    return publish(await checkAgainstTrace(against, planned, settings), [], context)
  }
  const { backends: names, threads } = settings.run
  const options = threads === undefined ? {} : { threads }
  const precisions = Object.values(planned.experiment.arms).map(({ precision }) => precision)
  const lost: BackendFailure[] = []
  const { timeout: timeoutSeconds } = context.options
  const onLost = against === undefined ? { onLost: (failure: BackendFailure) => void lost.push(failure) } : {}
  const open = { names, options, precisions, timeoutSeconds, faithful: true, note: line.note, signal: context.signal }
  const compare = async (backends: Backends): Promise<ExitStatus> =>
    publish(await checkBackends(planned, context, backends, lost), backends, context)
  return withBackends({ ...open, ...onLost }, async (backends) => {
    if (against !== undefined) {
      return publish(await checkAgainstRecord(against, planned, settings, backends), backends, context)
    }
    return isAlone(settings.run, backends) ? withSecond(open, backends, compare) : compare(backends)
  })
}

async function checkBackends(
  planned: NamedExperiment,
  { options, settings, line, signal, times }: CheckContext,
  backends: readonly LoadedBackend[],
  lost: readonly BackendFailure[],
): Promise<CheckReport> {
  const { modes, steps, seeds, tolerances } = settings
  const { untilDecided = false } = options
  const subjects = await checkedPlans(planned, settings)
  const counted = new Counted(subjects.plans.length)
  return checkExperiment({
    experiment: planned.experiment.name,
    ...subjects,
    backends: backends.map(({ backend }) => backend),
    nameInCommand: (name) => backends.find(({ backend }) => backend.name === name)?.asked ?? name,
    modes,
    seeds,
    ...(untilDecided && { untilDecided: MOST_SEEDS }),
    tolerances,
    signal,
    onStage: (text) => line.stage(`${counted.at(times.ended)}  ${text}`),
    onArm: times.end,
    atEnd: () => failuresOfDisposal(backends),
    ...(steps === undefined ? {} : { steps }),
    lost,
  })
}

/** Prints a report and writes it to wherever it was asked for. */
async function publish(
  report: CheckReport,
  backends: readonly LoadedBackend[],
  { options, settings, line, directory, signal, times }: CheckContext,
): Promise<ExitStatus> {
  const { junit, markdown, github = false } = options
  // What an interruption did to the backends is no failure of theirs.
  signal.throwIfAborted()
  line.clear()
  if (junit !== undefined) await writeSealed('--junit', [{ path: junit, content: checkJunit(report, times.of) }])
  if (markdown !== undefined) await writeSealed('--markdown', [{ path: markdown, content: checkMarkdown(report) }])
  const document = checkDocument(report, backends)
  printVerdict(settings.run, document, (style) => checkReport(style, report))
  if (github) annotate(report, settings.run.json)
  if (directory !== undefined) {
    const text = stringifyDocument(document)
    directory.saveDocument(text, 'check.json')
    line.note(await writeReport(directory, readSource(text, 'check.json'), line.note), true)
    directory.seal()
  }
  return statusOf(report)
}

/** With --json standard output is one document; the workflow reads standard error as well. */
function annotate(report: CheckReport, json: boolean): void {
  const stream = json ? errorOutput : output
  for (const text of checkAnnotations(report)) stream.write(`${stream.mark}${text}\n`)
  appendSummary(report, process.env['GITHUB_STEP_SUMMARY'])
}

/** 0 only where everything asked for was compared and agrees. */
function statusOf({ failures, verdict }: CheckReport): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  return verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}
