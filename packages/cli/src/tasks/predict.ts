/** The task of predicting one sample with a trained model, drawn in the terminal. */
import { drawSample, InputError, predict, type Prediction, sampleCount, stringifyRecord } from '@isograd/core'
import type { TensorOf } from '@isograd/core/backend'
import { limitDataset } from '@isograd/core/data'
import { findFinishedRun, type FinishedRun, readFinishedRun } from '@isograd/core/node'
import { withBackends } from '../backends/choose-backends.js'
import type { PredictDocument } from '../documents/predict-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Datasets } from '../input/datasets.js'
import { wholeNumber } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { pictureSample } from '../input/picture.js'
import { readPng } from '../input/png.js'
import { predictionFigure } from '../terminal/prediction.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { styleOf } from '../text/terminal-style.js'

/** The options of a prediction as they are read from the command line. */
export interface PredictOptions extends Omit<SharedValues, 'backend'> {
  readonly index?: string
  readonly image?: string
  readonly invert?: boolean
  readonly backend?: string
}

/** A sample and its origin. */
interface ChosenSample {
  readonly source: PredictDocument['source']
  readonly title: string
  readonly sample: TensorOf<'uint8'>
  readonly label: number | undefined
  readonly notes: readonly string[]
}

/** Predicts a sample with the run in a directory. @throws Interruption, InputError, BackendError */
export async function predictSample(directory: string, options: PredictOptions): Promise<ExitStatus> {
  const { index, image, invert = false, ascii = false } = options
  if (index !== undefined && image !== undefined) {
    throw new InputError('isograd', '--index, --image: expected one of them, got both')
  }
  const run = await readFinishedRun(await findFinishedRun(directory))
  if (invert && image === undefined) {
    throw new InputError('isograd', '--invert: it is for pictures; name one with --image')
  }
  return withStatusLine(ascii, async (line, signal) => {
    const chosen =
      image === undefined ? await fromTestSet(run, options, line, signal) : await fromPicture(run, image, invert)
    const prediction = await compute(run, chosen, options, line)
    line.clear()
    if (options.json === true) process.stdout.write(stringifyRecord(documentOf(run, chosen, prediction)))
    else print(chosen, prediction, ascii)
    return exitStatus.ok
  })
}

async function fromPicture({ record }: FinishedRun, image: string, invert: boolean): Promise<ChosenSample> {
  const { sample, notes } = pictureSample(await readPng(image), record.dataset.sampleShape, invert)
  return { source: { image }, title: image, sample, label: undefined, notes }
}

async function fromTestSet(
  { record }: FinishedRun,
  { index, dataDir }: PredictOptions,
  line: StatusLine,
  signal: AbortSignal,
): Promise<ChosenSample> {
  const arm = record.experiment
  const datasets = new Datasets({ dataDir, signal, onProgress: line.transfer })
  const { test, sampleShape, origin } = limitDataset(arm, await datasets.of(arm))
  if (sampleShape.join() !== record.dataset.sampleShape.join()) {
    const shapes = `[${record.dataset.sampleShape.join(',')}] as in the run, got [${sampleShape.join(',')}]`
    throw new InputError('isograd', `data set "${arm.data.dataset}": expected samples of ${shapes}`)
  }
  const count = sampleCount(test)
  const chosen =
    index === undefined ? drawSample(arm.seed, count) : wholeNumber('index', index, { least: 0, most: count - 1 })
  const area = test.images.data.length / count
  const data = test.images.data.slice(chosen * area, (chosen + 1) * area)
  return {
    source: { test: chosen },
    title: `test sample ${chosen} of ${arm.data.dataset}`,
    sample: { dtype: 'uint8', shape: [1, ...sampleShape], data },
    label: test.labels.data[chosen],
    notes: origin === record.dataset.origin ? [] : [`the run was trained on other data: ${record.dataset.origin}`],
  }
}

function compute(
  { record, model, weights }: FinishedRun,
  { sample }: ChosenSample,
  { backend: name = 'reference' }: PredictOptions,
  { note }: StatusLine,
): Promise<Prediction> {
  const options = { names: [name], options: {}, precisions: [record.precision], note }
  return withBackends(options, async ([{ backend }]) => {
    const [prediction] = await predict(backend, { arm: record.experiment, model, weights }, sample)
    if (prediction === undefined) throw new Error('internal: no prediction')
    return prediction
  })
}

function documentOf(
  { record: { preset, arm, backend, seed } }: FinishedRun,
  { source, label, notes }: ChosenSample,
  { label: predicted, probabilities, logits }: Prediction,
): PredictDocument {
  const run = { preset, arm, backend, seed }
  return { schema: 'isograd.predict/1', run, source, label: label ?? null, predicted, probabilities, logits, notes }
}

function print({ title, sample, label, notes }: ChosenSample, prediction: Prediction, ascii: boolean): void {
  const style = styleOf(process.stdout, process.env, ascii)
  const bytes = { bytes: sample.data, shape: sample.shape.slice(1) }
  for (const text of notes) process.stderr.write(`note: ${text}\n`)
  process.stdout.write(`${predictionFigure(style, bytes, { title, label }, prediction).join('\n')}\n`)
}
