/** `isograd export`: writes a trained model as a file that other tools load. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { exportTfjs, exportTorch, InputError, lowerInference, TFJS_WEIGHTS, version } from '@isograd/core'
import { findFinishedRun, type FinishedRun, readFinishedRun, replaceFile } from '@isograd/core/node'
import type { Command } from 'commander'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { oneOf } from '../input/option-values.js'
import { makeDirectory } from '../disk/make-directory.js'

const formats = ['onnx', 'tfjs', 'safetensors'] as const
type Format = (typeof formats)[number]

interface ExportOptions {
  readonly format: string
  readonly out?: string
  readonly json?: boolean
}

/** A file of an export, by its path below the place of the export. */
interface ExportedFile {
  /** Empty: the place itself is the file. */
  readonly name: string
  readonly content: string | Uint8Array
}

const help = `
onnx         one file: samples [batch, ...] divided by 255 to logits and probabilities
tfjs         a directory with model.json and weights, for tf.loadLayersModel: samples
             divided by 255 to probabilities, in float32
safetensors  one file with PyTorch's names and layout: dense weights [outputs, inputs]

Without --out it goes into the directory of the run: model.onnx, tfjs/,
model.safetensors. What is there of that name is replaced.

Examples:
  isograd export runs/torch-mlp5-relu-onnx-seed0 --format onnx
  isograd export runs/torch-mlp5-relu-onnx-seed0 --format tfjs --out public/model`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<run>', 'directory of a finished run')
    .requiredOption('-f, --format <format>', formats.join(', '))
    .option('-o, --out <path>', 'file to write, or directory for tfjs')
    .option('--json', 'print one JSON document that lists the files')
    .addHelpText('after', help)
    .action(async (directory: string, options: ExportOptions) => {
      finish(await exportRun(directory, options))
    })
}

async function onnx({ record, model, weights }: FinishedRun): Promise<ExportedFile[]> {
  const { exportInference } = await import('@isograd/onnx-adapter')
  const program = lowerInference(record.experiment, model, record.dataset.sampleShape, 'unit')
  return [{ name: '', content: exportInference(program, weights) }]
}

async function tfjs({ record, model, weights }: FinishedRun): Promise<ExportedFile[]> {
  const exported = exportTfjs(record.preset, model, record.dataset.sampleShape, weights, version)
  // The weights come first: where there is a model.json there are its weights.
  return [
    { name: TFJS_WEIGHTS, content: exported.weights },
    { name: 'model.json', content: exported.json },
  ]
}

async function safetensors({ record, model, weights }: FinishedRun): Promise<ExportedFile[]> {
  return [{ name: '', content: exportTorch(model, record.dataset.sampleShape, weights) }]
}

const exporters: { readonly [F in Format]: (run: FinishedRun) => Promise<ExportedFile[]> } = { onnx, tfjs, safetensors }

const defaultNames: Readonly<Record<Format, string>> = {
  onnx: 'model.onnx',
  tfjs: 'tfjs',
  safetensors: 'model.safetensors',
}

/** Who chose the place, for messages. */
function ownerOf({ out }: ExportOptions): string {
  return out === undefined ? 'export' : '--out'
}

/** Found out before anything is written. @throws InputError */
function checkPlace(place: string, files: readonly ExportedFile[], owner: string): void {
  if (!existsSync(place)) return
  const found = statSync(place)
  const wanted = files.some(({ name }) => name === '') ? 'file' : 'directory'
  if (found.isDirectory() === (wanted === 'directory')) return
  const got = found.isDirectory() ? 'a directory' : 'a file'
  throw new InputError('isograd', `${owner}: expected the path of a ${wanted}, got ${place}, which is ${got}`)
}

async function write(path: string, content: string | Uint8Array, owner: string): Promise<void> {
  try {
    makeDirectory(dirname(resolve(path)))
    await replaceFile(resolve(path), content)
  } catch (error) {
    throw new InputError('isograd', `${owner}: ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

async function exportRun(directory: string, options: ExportOptions): Promise<ExitStatus> {
  const format = oneOf('format', options.format, formats)
  if (options.out?.trim() === '') throw new InputError('isograd', '--out: expected a path, got ""')
  const found = await findFinishedRun(directory)
  const run = await readFinishedRun(found)
  const files = await exporters[format](run)
  const place = options.out ?? join(found, defaultNames[format])
  const owner = ownerOf(options)
  checkPlace(place, files, owner)
  const paths = files.map(({ name }) => (name === '' ? place : join(place, name)))
  for (const [i, path] of paths.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await write(path, files[i]?.content ?? '', owner)
  }
  if (format === 'tfjs' && run.record.precision === 'float64') {
    process.stderr.write('note: TensorFlow.js has float32 only: the weights were rounded from float64\n')
  }
  const document = { schema: 'isograd.export/1', format, files: paths }
  const text = options.json === true ? `${JSON.stringify(document, undefined, 2)}\n` : `${paths.join('\n')}\n`
  process.stdout.write(text)
  return exitStatus.ok
}
