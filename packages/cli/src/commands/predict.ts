/** `isograd predict`: what a trained model makes of one sample, drawn in the terminal. */
import {
  drawSample,
  InputError,
  limitDataset,
  predict,
  type Prediction,
  sampleCount,
  stringifyRecord,
  type TensorOf,
} from '@isograd/core'
import { findFinishedRun, type FinishedRun, readFinishedRun } from '@isograd/core/node'
import type { Command } from 'commander'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { wholeNumber } from '../input/option-values.js'
import { readPng } from '../input/png.js'
import { interruptible } from '../errors/interrupt.js'
import { lookOf } from '../text/terminal-style.js'
import { type Progress, progressOn } from '../terminal/progress.js'
import { predictionFigure } from '../terminal/prediction.js'
import { chooseBackends } from '../backends/choose-backends.js'
import { Datasets } from '../input/datasets.js'
import { pictureSample } from '../input/picture.js'

interface PredictOptions {
  readonly index?: string
  readonly image?: string
  readonly invert?: boolean
  readonly backend?: string
  readonly dataDir?: string
  readonly json?: boolean
  readonly ascii?: boolean
}

/** The form of `--json`. */
interface PredictDocument {
  readonly schema: 'isograd.predict/1'
  readonly run: { readonly preset: string; readonly arm: string; readonly backend: string; readonly seed: number }
  readonly source: { readonly test: number } | { readonly image: string }
  /** The class that the data set gives; null for a picture. */
  readonly label: number | null
  readonly predicted: number
  readonly probabilities: readonly number[]
  readonly logits: readonly number[]
  readonly notes: readonly string[]
}

/** A sample and where it is from. */
interface Chosen {
  readonly source: PredictDocument['source']
  readonly title: string
  readonly sample: TensorOf<'uint8'>
  readonly label: number | undefined
  readonly notes: readonly string[]
}

const help = `
The run is a directory that --out has made, or the one around it where it is the only
one there. Without --index and --image: the test sample that the run itself showed.
A picture is turned into grey and scaled to the model's size where need be.

Examples:
  isograd predict runs/torch-mlp5-relu-onnx-seed0
  isograd predict runs/torch-mlp5-relu-onnx-seed0 --index 42
  isograd predict runs/torch-mlp5-relu-onnx-seed0 --image seven.png --invert`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<run>', 'directory of a finished run')
    .option('-i, --index <n>', 'a sample of the test set, counted from 0')
    .option('--image <file>', 'a picture of your own, a PNG file')
    .option('--invert', 'turn dark into bright: for a dark drawing on a bright ground')
    .option('-b, --backend <name>', 'compute on this backend; the reference unless given')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .option('--json', 'print one JSON document instead of the drawing')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (directory: string, options: PredictOptions) => {
      finish(await predictSample(directory, options))
    })
}

async function predictSample(directory: string, options: PredictOptions): Promise<ExitStatus> {
  if (options.index !== undefined && options.image !== undefined) {
    throw new InputError('isograd', '--index, --image: expected one of them, got both')
  }
  const progress = progressOn(process.stderr, lookOf(process.stderr, process.env, options.ascii === true))
  const run = await readFinishedRun(await findFinishedRun(directory))
  try {
    return await interruptible({ stopping: () => {}, exiting: () => progress.clear() }, async (signal) => {
      const chosen = await choose(run, options, progress, signal)
      const prediction = await compute(run, chosen, options, progress)
      print(run, chosen, prediction, options)
      return exitStatus.ok
    })
  } finally {
    progress.clear()
  }
}

function choose(run: FinishedRun, options: PredictOptions, progress: Progress, signal: AbortSignal): Promise<Chosen> {
  const { image, invert = false } = options
  if (image !== undefined) return fromPicture(run, image, invert)
  if (invert) throw new InputError('isograd', '--invert: it is for pictures; name one with --image')
  return fromTestSet(run, options, progress, signal)
}

async function fromPicture({ record }: FinishedRun, image: string, invert: boolean): Promise<Chosen> {
  const { sample, notes } = pictureSample(await readPng(image), record.dataset.sampleShape, invert)
  return { source: { image }, title: image, sample, label: undefined, notes }
}

async function fromTestSet(
  { record }: FinishedRun,
  { index, dataDir }: PredictOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Chosen> {
  const arm = record.experiment
  const datasets = new Datasets({ dataDir, signal, onProgress: (transfer) => progress.transfer(transfer) })
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

async function compute(
  { record, model, weights }: FinishedRun,
  { sample }: Chosen,
  { backend: name = 'reference' }: PredictOptions,
  progress: Progress,
): Promise<Prediction> {
  const note = (text: string): void => progress.note(`note: ${text}`)
  const backends = await chooseBackends({ names: [name], options: {}, precisions: [record.precision], note })
  try {
    const [chosen] = backends
    if (chosen === undefined) throw new InputError('isograd', `--backend: "${name}" cannot be used`)
    const [prediction] = await predict(chosen.backend, { arm: record.experiment, model, weights }, sample)
    if (prediction === undefined) throw new Error('internal: no prediction')
    return prediction
  } finally {
    await Promise.all(backends.map(({ backend }) => backend.dispose()))
  }
}

function print({ record }: FinishedRun, chosen: Chosen, prediction: Prediction, options: PredictOptions): void {
  const { preset, arm, backend, seed } = record
  const { source, title, sample, label, notes } = chosen
  if (options.json === true) {
    const { label: predicted, probabilities, logits } = prediction
    const document: PredictDocument = {
      schema: 'isograd.predict/1',
      run: { preset, arm, backend, seed },
      source,
      label: label ?? null,
      predicted,
      probabilities,
      logits,
      notes,
    }
    process.stdout.write(stringifyRecord(document))
    return
  }
  const look = lookOf(process.stdout, process.env, options.ascii === true)
  const figure = predictionFigure(
    look,
    { bytes: sample.data, shape: sample.shape.slice(1) },
    { title, label },
    prediction,
  )
  for (const text of notes) process.stderr.write(`note: ${text}\n`)
  process.stdout.write(`${figure.join('\n')}\n`)
}
