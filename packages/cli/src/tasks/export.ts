/** The task of writing a trained model as a file that other tools load. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  exportTfjs,
  exportTorch,
  inferenceProgram,
  InputError,
  type Network,
  type Registry,
  TFJS_WEIGHTS,
  version,
} from '@isograd/core'
import { findFinishedRun, type FinishedRun, readFinishedRun } from '@isograd/core/node'
import { makeDirectory } from '../disk/make-directory.js'
import { writeOutput } from '../disk/write-output.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { loadRegistry } from '../input/extensions.js'
import { printResult } from '../terminal/print-result.js'

/** The formats of other tools. */
export const exportFormats = ['onnx', 'tfjs', 'safetensors'] as const

/** One of the formats. */
export type ExportFormat = (typeof exportFormats)[number]

/** The options of an export as they are read from the command line. */
export interface ExportOptions {
  readonly format: ExportFormat
  readonly out?: string
  readonly use?: readonly string[]
  readonly json?: boolean
}

/** A file of an export, by its path below the path of the export; empty: that path itself is the file. */
interface ExportedFile {
  readonly name: string
  readonly content: string | Uint8Array
}

async function onnx({ network, weights }: FinishedRun, registry: Registry): Promise<ExportedFile[]> {
  const { exportInference } = await import('@isograd/onnx-adapter')
  return [{ name: '', content: exportInference(inferenceProgram(network, registry, 'encoded'), weights) }]
}

async function tfjs({ record, network, weights }: FinishedRun): Promise<ExportedFile[]> {
  const { model, task } = network
  const exported = exportTfjs(record.preset, model, task.head.prediction.keras, weights, version)
  // The weights come first: where there is a model.json there are its weights.
  return [
    { name: TFJS_WEIGHTS, content: exported.weights },
    { name: 'model.json', content: exported.json },
  ]
}

/** The decoding of a stored value before the network sees it: `image divided by 255`. */
function encodingText({ name, field: { encoding } }: Network['task']['inputs'][number]): string {
  if (encoding.kind === 'category') return name
  const { scale = 1, mean = 0, standardDeviation = 1 } = encoding
  const divisor = 1 / scale
  const scaled = Number.isInteger(divisor) ? `divided by ${divisor}` : `times ${scale}`
  return [
    name,
    ...(scale === 1 ? [] : [scaled]),
    ...(mean === 0 ? [] : [`minus ${mean}`]),
    ...(standardDeviation === 1 ? [] : [`divided by ${standardDeviation}`]),
  ].join(' ')
}

/** Shape and meaning of what a model takes and gives. */
function inputText({ task: { inputs, head }, model }: Network): string {
  const samples = `samples [batch, ${model.inputShape.join(', ')}]: ${inputs.map(encodingText).join(', then ')}`
  return `${samples}; the output is ${head.prediction.keras === undefined ? 'the prediction' : 'logits'}`
}

async function safetensors({ network, weights }: FinishedRun): Promise<ExportedFile[]> {
  return [{ name: '', content: exportTorch(network.model, inputText(network), weights) }]
}

interface Exporter {
  /** The path in the directory of the run, where no other is given. */
  readonly path: string
  readonly files: (run: FinishedRun, registry: Registry) => Promise<ExportedFile[]>
}

const exporters: Readonly<Record<ExportFormat, Exporter>> = {
  onnx: { path: 'model.onnx', files: onnx },
  tfjs: { path: 'tfjs', files: tfjs },
  safetensors: { path: 'model.safetensors', files: safetensors },
}

/** Comes before anything is written. @throws InputError */
function checkPath(path: string, files: readonly ExportedFile[], option: string): void {
  if (!existsSync(path)) return
  const found = statSync(path)
  const wanted = files.some(({ name }) => name === '') ? 'file' : 'directory'
  if (found.isDirectory() === (wanted === 'directory')) return
  const got = found.isDirectory() ? 'a directory' : 'a file'
  throw new InputError('isograd', `${option}: expected the path of a ${wanted}, got ${path}, which is ${got}`)
}

function write(option: string, path: string, content: string | Uint8Array): void {
  try {
    makeDirectory(dirname(resolve(path)))
  } catch (error) {
    throw new InputError('isograd', `${option}: ${path}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
  writeOutput(option, path, content)
}

/** Exports the run in a directory. @throws InputError */
export async function exportRun(directory: string, options: ExportOptions): Promise<ExitStatus> {
  const { format, out, use } = options
  if (out?.trim() === '') throw new InputError('isograd', '--out: expected a path, got ""')
  const option = out === undefined ? 'export' : '--out'
  const found = await findFinishedRun(directory)
  const registry = await loadRegistry(use)
  const run = await readFinishedRun(found, registry)
  const exporter = exporters[format]
  const files = await exporter.files(run, registry)
  const place = out ?? join(found, exporter.path)
  checkPath(place, files, option)
  const paths = files.map(({ name, content }) => {
    const path = name === '' ? place : join(place, name)
    write(option, path, content)
    return path
  })
  if (format === 'tfjs' && run.record.precision === 'float64') {
    process.stderr.write('note: TensorFlow.js has float32 only: the weights were rounded from float64\n')
  }
  const document = { schema: 'isograd.export/1', format, files: paths }
  printResult(options, document, () => paths)
  return exitStatus.ok
}
