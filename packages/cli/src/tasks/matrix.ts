/** The task of checking presets on many backends, each against one baseline: a table of verdicts, speeds and precisions. */
import { type Experiment, selectArms, stringifyDocument } from '@isograd/core'
import { checkExperiment, checkModes, type CheckReport } from '@isograd/core/compare'
import { readSource, renderReport, type Source } from '@isograd/report'
import { type Backends, withBackends } from '../backends/choose-backends.js'
import type { LoadedBackend } from '../backends/load.js'
import { openBackend } from '../backends/open-backend.js'
import { registry as known } from '../backends/registry.js'
import { markdownText, terminalText } from '../text/blocks.js'
import { requireSection, sectionPlace, writeSection } from '../bench/markdown-section.js'
import type { CheckSettings } from '../checking/check-settings.js'
import { checkedPlans } from '../checking/checked-plans.js'
import { checkDocument } from '../documents/check-document.js'
import { environmentOf } from '../documents/environment.js'
import { matrixBlocks, type MatrixCell, type MatrixDocument, type MatrixRow } from '../documents/matrix-document.js'
import { RunDirectory } from '../documents/run-directory.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { Datasets } from '../input/datasets.js'
import { nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import type { PlannedExperiment } from '../input/plan-arm.js'
import { readSettings } from '../input/run-settings.js'
import { printResult } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { estimateTime } from '../training/estimate-time.js'

/** The options of a matrix as they are read from the command line. */
export interface MatrixOptions extends Omit<SharedValues, 'seeds'> {
  readonly preset?: readonly string[]
  readonly steps?: number
  readonly markdown?: string
}

const PRESETS = ['keras-13x10', 'softmax-linear', 'dropout-2x256']
const STEPS = 20
/** The backend that others are held against; it is itself held against the reference. */
const BASELINE = 'wasm'

/** All that the cells are made with. */
interface Work {
  readonly options: MatrixOptions
  readonly settings: CheckSettings
  readonly experiments: readonly PlannedExperiment[]
  readonly line: StatusLine
  readonly signal: AbortSignal
  /** Takes each check that was made, for the page. */
  readonly keep: (report: CheckReport, backends: Backends) => void
  readonly loaded: LoadedBackend[]
}

function settingsOf(options: MatrixOptions): CheckSettings {
  const { dataset = options.dataDir === undefined ? 'digits' : undefined, mode, steps = STEPS, limit } = options
  const run = readSettings({ ...options, ...(dataset !== undefined && { dataset }) })
  const modes = mode === undefined || mode === 'all' ? checkModes : [mode]
  return { run, modes, steps, seeds: 1, limited: limit !== undefined, tolerances: {} }
}

/** The experiment with the arms that are asked for, or its first alone. */
function withArms(experiment: Experiment, asked: readonly string[] | undefined): Experiment {
  return selectArms(experiment, asked ?? Object.keys(experiment.arms).slice(0, 1))
}

/** Checks presets on backends. @throws Interruption, InputError; what a backend throws is told in its row. */
export async function matrix(options: MatrixOptions): Promise<ExitStatus> {
  const settings = settingsOf(options)
  const { run } = settings
  const registry = await loadRegistry(run.use)
  const names = options.preset ?? PRESETS
  requireSection(options.markdown, 'matrix')
  const directory = run.out === undefined ? undefined : await RunDirectory.open(run.out)
  const sources: Source[] = []
  const keep = (report: CheckReport, backends: Backends): void => {
    const text = stringifyDocument(checkDocument(report, backends))
    sources.push(readSource(text, `${report.experiment} on ${backends.map(({ asked }) => asked).join(' and ')}`))
  }
  try {
    const document = await withStatusLine(run, async (line, signal) => {
      const experiments = await Promise.all(
        names.map(async (name): Promise<PlannedExperiment> => {
          const experiment = withArms(await readExperiment(name, run.overrides, registry), run.arms)
          const source = { registry, dataDir: run.dataDir, directory: experiment.directory, signal }
          return { experiment, source: nameOf(name), datasets: new Datasets({ ...source, onProgress: line.transfer }) }
        }),
      )
      const made = await tryAll({ options, settings, experiments, line, signal, keep, loaded: [] })
      line.clear()
      return made
    })
    await publish(options, document, directory, sources)
    return document.ok ? exitStatus.ok : exitStatus.disagreement
  } finally {
    directory?.close()
  }
}

async function tryAll(work: Work): Promise<MatrixDocument> {
  const { settings, experiments, loaded } = work
  const { backends } = settings.run
  const rows: MatrixRow[] = []
  for (const backend of backends ?? Object.keys(known)) {
    // oxlint-disable-next-line no-await-in-loop -- backends share the cores
    rows.push(await tryBackend(backend, work))
  }
  const isRight = ({ info, cells }: MatrixRow): boolean =>
    info === undefined ? backends === undefined : cells.every(({ verdict }) => verdict === 'agree')
  return {
    schema: 'isograd.matrix/1',
    environment: environmentOf(loaded),
    experiments: experiments.map(({ experiment: { name } }) => name),
    modes: settings.modes,
    steps: Number(settings.steps),
    rows,
    ok: rows.every(isRight),
  }
}

async function tryBackend(backend: string, work: Work): Promise<MatrixRow> {
  const { options, settings, experiments, line, signal, loaded } = work
  const { threads } = settings.run
  const against = backend === BASELINE ? 'reference' : BASELINE
  const choice = { options: threads === undefined ? {} : { threads }, precisions: [], note: line.note, signal }
  const open = { ...choice, names: [against, backend], timeoutSeconds: options.timeout, faithful: true }
  const trial = await openBackend(backend, open)
  if (!trial.ok) return { backend, against, reason: `${trial.reason}; ${trial.cure.replaceAll('\n', '; ')}`, cells: [] }
  await trial.backend.dispose()
  try {
    return await withBackends(open, async (backends) => {
      const [, own] = backends
      if (own === undefined) throw new Error(`internal: ${backend} is not among its backends`)
      loaded.push(own)
      const cells: MatrixCell[] = []
      for (const planned of experiments) {
        line.show(`${planned.experiment.name} on ${backend}`)
        // oxlint-disable-next-line no-await-in-loop -- one check at a time
        cells.push(await tryCell(planned, backends, own, work))
      }
      return { backend, against, info: own.backend.info, cells }
    })
  } catch (error) {
    if (signal.aborted || deliberateStatus(error) !== exitStatus.backend) throw error
    return { backend, against, reason: messageOf(error), cells: [] }
  }
}

async function tryCell(
  planned: PlannedExperiment,
  backends: Backends,
  { backend }: LoadedBackend,
  { settings, signal, keep }: Work,
): Promise<MatrixCell> {
  const { name: experiment } = planned.experiment
  const { modes, steps, seeds, tolerances } = settings
  try {
    const checked = await checkedPlans(planned, settings)
    const each = backends.map((loaded) => loaded.backend)
    const shared = { modes, seeds, tolerances, signal, onStage: () => undefined, ...(steps && { steps }) }
    const report = await checkExperiment({ experiment, ...checked, backends: each, ...shared })
    keep(report, backends)
    const [failure] = report.failures
    if (failure !== undefined) return { experiment, verdict: 'failed', reason: failure.message }
    const { verdict, reason } = report
    const [plan] = checked.plans
    const time = plan && (await estimateTime(plan, backend, signal))
    return { experiment, verdict, reason, ...(time && { stepsPerSecond: time.stepsPerSecond }) }
  } catch (error) {
    if (signal.aborted || deliberateStatus(error) !== exitStatus.backend) throw error
    return { experiment, verdict: 'failed', reason: messageOf(error) }
  }
}

/** Prints the tables, and writes them to wherever they were asked for. */
async function publish(
  options: MatrixOptions,
  document: MatrixDocument,
  directory: RunDirectory | undefined,
  sources: readonly Source[],
): Promise<void> {
  const blocks = matrixBlocks(document)
  const text = markdownText(blocks)
  if (options.markdown !== undefined) writeSection(...sectionPlace(options.markdown, 'matrix'), text)
  printResult(options, document, (style) => terminalText(style, blocks).trimEnd().split('\n'))
  if (directory === undefined) return
  directory.saveDocument(stringifyDocument(document), 'matrix.json')
  directory.saveDocument(text, 'matrix.md')
  directory.saveDocument(await renderReport(sources), 'report.html')
  directory.seal()
}
