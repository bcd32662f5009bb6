/** The file of a sweep with the experiment that it names, read once: all processes of a sweep train what was read then. */
import { dirname } from 'node:path'
import { type Experiment, parseExperiment, type Registry } from '@isograd/core'
import { parsePath } from '@isograd/core/compare'
import { parseSweep, planSweep, type Sweep, SweepPlan, type Trial } from '@isograd/core/sweep'
import { nameOf, readDocument, readWritten, type WrittenExperiment } from '../input/experiment-file.js'
import { type FieldPath, locator, pointer, type SourceDocument } from '../input/source-document.js'

/** A sweep as plain data, that another process can make the same trials of. */
export interface WrittenSweep {
  readonly document: unknown
  /** The file, in messages. */
  readonly source: string
  readonly experiment: WrittenExperiment
  /** Those that are trained. */
  readonly arms: SweepPlan['arms']
}

/** A sweep that is ready to be trained. */
export interface PlannedSweep {
  readonly written: WrittenSweep
  readonly plan: SweepPlan
  /** The experiment of a trial. @throws ExperimentError where its settings do not fit */
  readonly experimentOf: (trial: Trial) => Experiment
}

async function experimentIn({ experiment }: Sweep, file: string): Promise<WrittenExperiment> {
  if (typeof experiment !== 'string') {
    return { value: experiment, source: `${file}: its experiment`, directory: dirname(file) }
  }
  return readWritten(experiment, dirname(file))
}

/** The fields of the file that set something, in the order in which the later takes the place of the earlier. */
function settersOf({ set, list, grid, random }: Sweep): FieldPath[] {
  return [
    ...Object.keys(set).map((path) => ['set', path]),
    ...list.flatMap((each, i) => Object.keys(each).map((path) => ['list', i, path])),
    ...grid.map(({ path }) => ['grid', path]),
    ...random.draws.map(({ path }) => ['random', path]),
  ]
}

function keysOf(setter: FieldPath): FieldPath {
  return parsePath(String(setter.at(-1)))
}

function isPrefix(a: FieldPath, b: FieldPath): boolean {
  return a.length > 0 && a.every((key, i) => String(key) === String(b[i]))
}

/** Lines of what the file sets, for faults of the experiment. */
function locateIn(document: SourceDocument, sweep: Sweep, file: string): (path: FieldPath) => string {
  const locate = locator(document)
  const setters = settersOf(sweep)
  return (path) => {
    const own = path[0] === 'arms' ? path.slice(2) : path
    // A name that is none is told by itself, without what the file would set in it.
    const setter =
      setters.findLast((each) => isPrefix(keysOf(each), own)) ?? setters.findLast((each) => isPrefix(own, keysOf(each)))
    return setter === undefined ? '' : `${locate(setter).replace(/\)$/, '')} of ${file})`
  }
}

function experimentsOf(
  { value, source, directory }: WrittenExperiment,
  registry: Registry,
  locate?: (path: FieldPath) => string,
) {
  return (overrides: Readonly<Record<string, unknown>>): Experiment => {
    const experiment = parseExperiment(value, { source, overrides, registry, ...(locate && { locate }) })
    return { ...experiment, ...(directory !== undefined && { directory }) }
  }
}

/** Trials that follow each other often differ in seed and backend alone. */
function remembering(plan: SweepPlan, read: (overrides: Record<string, unknown>) => Experiment) {
  let [last, experiment]: [string?, Experiment?] = []
  return (trial: Trial): Experiment => {
    const key = JSON.stringify(trial.settings)
    if (experiment === undefined || key !== last) experiment = read(plan.overridesOf(trial))
    last = key
    return experiment
  }
}

/** Reads and plans the sweep of a file. @throws InputError, ExperimentError */
export async function readSweep(file: string, registry: Registry): Promise<PlannedSweep> {
  const document = await readDocument(file)
  const source = nameOf(file)
  const places = { locate: locator(document), point: pointer(document, source) }
  const sweep = parseSweep(document.value, { source, ...places })
  const experiment = await experimentIn(sweep, file)
  const read = experimentsOf(experiment, registry, locateIn(document, sweep, file))
  const plan = planSweep(sweep, read, file)
  const written = { document: document.value, source, experiment, arms: plan.arms }
  return { written, plan, experimentOf: remembering(plan, read) }
}

/** The sweep that another process has read. */
export function reopenSweep(written: WrittenSweep, registry: Registry): PlannedSweep {
  const { document, source, experiment, arms } = written
  const plan = new SweepPlan(parseSweep(document, { source }), arms)
  return { written, plan, experimentOf: remembering(plan, experimentsOf(experiment, registry)) }
}
