/** The task of predicting one sample with a trained model, shown in the terminal. */
import { drawSample, InputError, type Network } from '@isograd/core'
import { type Field, limitDataset } from '@isograd/core/data'
import { type FinishedRun, readPicture } from '@isograd/core/node'
import { loadWholeRun } from '../documents/whole-run.js'
import { withBackends } from '../backends/choose-backends.js'
import { type RememberedData, rememberedData } from '../documents/command-plan.js'
import { dataPathsOf, requireOwn } from '../documents/own-paths.js'
import {
  PREDICT_SCHEMA,
  type PredictDocument,
  type PredictedHead,
  type ShownPrediction,
} from '../documents/predict-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Datasets } from '../input/datasets.js'
import { loadRegistry } from '../input/extensions.js'
import { oneName, wholeNumber } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { pictureSample } from '../input/picture.js'
import { dataPlaceOf } from '../input/run-settings.js'
import { predictionFigure } from '../terminal/prediction.js'
import { printResult } from '../terminal/print-result.js'
import { predictRows } from './predict-rows.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import type { TerminalStyle } from '../text/terminal-style.js'
import { predictStored, type StoredSample, storedSample } from '../training/shown-sample.js'
import { errorOutput } from '../errors/output.js'

/** The options of a prediction as they are read from the command line. */
export interface PredictOptions extends SharedValues {
  readonly index?: string
  readonly image?: string
  readonly invert?: boolean
  readonly rows?: string
  readonly row?: readonly string[]
  readonly to?: 'csv' | 'jsonl'
}

/** A sample and its origin. */
interface ChosenSample extends StoredSample {
  readonly source: PredictDocument['source']
  readonly title: string
  readonly notes: readonly string[]
}

/** Predicts a sample with the run in a directory. @throws Interruption, InputError, BackendError */
export async function predictSample(directory: string, options: PredictOptions): Promise<ExitStatus> {
  const { index, image, invert = false, use } = options
  if (index !== undefined && image !== undefined) {
    throw new InputError('isograd', '--index, --image: expected one of them, got both')
  }
  const registry = await loadRegistry(use)
  const run = await loadWholeRun(directory, registry)
  if (invert && image === undefined) {
    throw new InputError('isograd', '--invert: it is for pictures; name one with --image')
  }
  if (options.rows !== undefined || options.row !== undefined) {
    const { rows, row, to, out, timeout: timeoutSeconds } = options
    const backend = oneName('backend', options.backend, 'reference')
    const how = { rows, row, to, out, json: options.json === true, backend, timeoutSeconds, note: tell }
    return predictRows(run, how, registry)
  }
  return withStatusLine(options, async (line, signal) => {
    const dataDir = dataPlaceOf(options)
    const before = rememberedData(run.directory)
    if (dataDir === undefined && image === undefined) {
      requireOwn(placesOf(run, before), before.from, (path) => `name it: --data ${path}`)
    }
    const { from: _, ...place } = before
    const source = { ...place, registry, ...(dataDir === undefined ? { sparesDrawn: true } : { dataDir }), signal }
    const datasets = new Datasets({ ...source, onProgress: line.transfer })
    const chosen =
      image === undefined ? await fromTable(run, index, datasets) : await fromPicture(run.network, image, invert)
    const shown = await compute(run, chosen, options, line)
    line.clear()
    if (options.json !== true) for (const text of chosen.notes) line.note(`note: ${text}`)
    printResult(options, documentOf(run, chosen, shown), (style) => figureOf(style, run, chosen, shown))
    return exitStatus.ok
  })
}

/** The places that the data of a run would be read from. */
function placesOf({ record: { experiment, dataset } }: FinishedRun, { dataDir, directory }: RememberedData): string[] {
  if (dataDir !== undefined) return [dataDir]
  return dataPathsOf(experiment, directory, directory === undefined ? dataset.path : experiment.data.path)
}

function tell(text: string): void {
  errorOutput.write(`${text}\n`)
}

function typeText({ dtype, shape }: Field): string {
  return `${dtype}[${shape.join(',')}]`
}

/** The only input of a network that takes pictures. @throws InputError for any other. */
function pictureInput({ task: { inputs } }: Network): Network['task']['inputs'][number] {
  const [only] = inputs
  if (only !== undefined && inputs.length === 1 && only.field.dtype === 'uint8') return only
  const got = inputs.map(({ name, field }) => `"${name}", ${typeText(field)}`).join(' and ')
  throw new InputError('isograd', `--image: expected a run on pictures, bytes of a single field; this one takes ${got}`)
}

async function fromPicture(network: Network, image: string, invert: boolean): Promise<ChosenSample> {
  const { name, field } = pictureInput(network)
  const { sample, notes } = pictureSample(await readPicture(image), field.shape, invert)
  return { source: { image }, title: image, columns: { [name]: sample }, targets: [], notes }
}

/** @throws InputError where a field is not what it was when the run was trained. */
function checkFields({ record, network }: FinishedRun, fields: Readonly<Record<string, Field>>): void {
  for (const { name, field } of network.task.inputs) {
    const now = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (now !== undefined && typeText(now) === typeText(field)) continue
    const got = now === undefined ? 'no such field' : typeText(now)
    const what = `data set "${record.dataset.name}": field "${name}"`
    throw new InputError('isograd', `${what}: expected ${typeText(field)} as in the run, got ${got}`)
  }
}

type DataMark = Pick<FinishedRun['record']['dataset'], 'origin' | 'digest'>

function otherData(then: DataMark, now: DataMark): string[] {
  const differs =
    then.digest === undefined || now.digest === undefined ? then.origin !== now.origin : then.digest !== now.digest
  const marks = [then, now].map(({ origin, digest }) =>
    digest === undefined ? origin : `${origin}, SHA-256 ${digest}`,
  )
  return differs ? [`the run was trained on other data: ${marks[0]}; these are ${marks[1]}`] : []
}

async function fromTable(run: FinishedRun, index: string | undefined, datasets: Datasets): Promise<ChosenSample> {
  const { record, network } = run
  const arm = record.experiment
  const data = await datasets.of(arm, record.dataset.path)
  const { fields, splits, origin, digest } = limitDataset(data, arm.data)
  checkFields(run, fields)
  const [table, samples] =
    splits.test === undefined ? (['train', splits.train] as const) : (['test', splits.test] as const)
  const most = samples.count - 1
  const row =
    index === undefined ? drawSample(arm.seed, samples.count) : wholeNumber('index', index, { least: 0, most })
  return {
    source: { table, row },
    title: `${table === 'test' ? 'test' : 'training'} sample ${row} of ${record.dataset.name}`,
    ...storedSample(network.task, samples, row),
    notes: otherData(record.dataset, { origin, ...(digest === undefined ? {} : { digest }) }),
  }
}

function compute(
  { record, network, weights }: FinishedRun,
  chosen: ChosenSample,
  { backend: named, timeout: timeoutSeconds }: PredictOptions,
  { note }: StatusLine,
): Promise<ShownPrediction> {
  const names = [oneName('backend', named, 'reference')]
  const options = { names, options: {}, precisions: [record.precision], timeoutSeconds, note }
  return withBackends(options, ([{ backend }]) => predictStored(backend, { ...network, weights }, chosen))
}

function headOf({ prediction: { output, values, category }, names, target }: ShownPrediction): PredictedHead {
  return {
    target: target ?? null,
    output,
    values,
    ...(category === undefined ? {} : { categories: names, predicted: category }),
  }
}

function documentOf(
  { record: { preset, arm, backend, seed, judgedBy, finals }, network }: FinishedRun,
  { source, notes }: ChosenSample,
  shown: ShownPrediction,
): PredictDocument {
  const others = Object.entries(shown.heads ?? {}).map(([name, head]) => [name, headOf(head)])
  return {
    schema: PREDICT_SCHEMA,
    run: { preset, arm, backend, seed, ...(judgedBy === undefined ? {} : { judgedBy }), finals },
    task: network.task.kind,
    source,
    ...headOf(shown),
    ...(others.length === 0 ? {} : { heads: Object.fromEntries(others) as Record<string, PredictedHead> }),
    notes,
  }
}

function figureOf(
  style: TerminalStyle,
  { network }: FinishedRun,
  { title, columns }: ChosenSample,
  shown: ShownPrediction,
): string[] {
  const inputs = network.task.inputs.flatMap(({ name, field }) => {
    const values = columns[name]?.data
    return values === undefined ? [] : [{ name, field, values }]
  })
  return predictionFigure(style, inputs, title, shown)
}
