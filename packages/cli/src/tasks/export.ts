/** The task of writing a trained model as a file that other tools load. */
import { existsSync, statSync } from 'node:fs'
import { join, parse } from 'node:path'
import { InputError, type Network, stringifyDocument, version } from '@isograd/core'
import { categoryNames } from '@isograd/core/data'
import { exportTfjs, exportTorch, kerasProgram, TFJS_WEIGHTS, torchProgram } from '@isograd/core/export'
import type { FinishedRun } from '@isograd/core/node'
import { loadWholeRun } from '../documents/whole-run.js'
import { writeSealed } from '../documents/write-sealed.js'
import { refuseLink } from '../disk/make-directory.js'
import { readBytes } from '../disk/regular-file.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { loadRegistry } from '../input/extensions.js'
import { printResult } from '../terminal/print-result.js'
import { errorOutput } from '../errors/output.js'

/** The formats of other tools. */
export const exportFormats = ['onnx', 'tfjs', 'safetensors'] as const

/** One of the formats. */
export type ExportFormat = (typeof exportFormats)[number]

/** The options of an export as they are read from the command line. */
export interface ExportOptions {
  readonly format: ExportFormat
  readonly opset?: number
  readonly inputs?: 'encoded' | 'stored'
  readonly out?: string
  readonly use?: readonly string[]
  readonly json?: boolean
}

/** A file of an export. */
interface ExportedFile {
  readonly path: string
  readonly content: string | Uint8Array
}

/** The encoding of a stored value that the network sees: `image divided by 255`. */
function encodingText({ name, field: { encoding } }: Network['task']['inputs'][number]): string {
  if (encoding.kind === 'category') return name
  if (encoding.kind === 'oneHot') return `${name} as one-hot of ${categoryNames(encoding).join(', ')}`
  const { scale = 1, mean = 0, standardDeviation = 1, missing } = encoding
  const divisor = 1 / scale
  const scaled = Number.isInteger(divisor) ? `divided by ${divisor}` : `times ${scale}`
  return [
    name,
    ...(missing === undefined ? [] : [`(${missing} where it is missing)`]),
    ...(scale === 1 ? [] : [scaled]),
    ...(mean === 0 ? [] : [`minus ${mean}`]),
    ...(standardDeviation === 1 ? [] : [`divided by ${standardDeviation}`]),
  ].join(' ')
}

function headText(head: Network['task']['head']): string {
  if (head.prediction.keras !== undefined) return 'logits'
  return head.target === undefined ? 'the prediction' : encodingText(head.target)
}

function outputText({ task: { heads } }: Network): string {
  return heads.map((head, i) => (i === 0 ? headText(head) : `then of "${head.name}" ${headText(head)}`)).join(', ')
}

/** Shape and meaning of what a model takes and gives. */
function inputText(network: Network): string {
  const { task, model } = network
  const samples = Object.entries(model.inputs)
    .map(([name, shape]) => {
      const own = task.inputs.filter((input) => input.name === name)
      const [called, fields] = own.length === 0 ? ['samples', task.inputs] : [name, own]
      return `${called} [batch, ${shape.join(', ')}]: ${fields.map(encodingText).join(', then ')}`
    })
    .join('; ')
  return `${samples}; the output is ${outputText(network)}`
}

function aboutText({ record }: FinishedRun): string {
  const { preset, arm, dataset, backend, seed } = record
  return `${preset} (${arm}), trained by isograd ${version} on ${dataset.name} with ${backend}, seed ${seed}`
}

/** Facts on a run that its ONNX model keeps. */
function metadataOf({ record, network }: FinishedRun): Record<string, string> {
  const { preset, arm, backend, seed, chosenEpoch, dataset, finals } = record
  const { inputs, head, kind } = network.task
  const target = head.target?.field.encoding
  return {
    experiment: preset,
    arm,
    backend,
    seed: String(seed),
    epoch: String(chosenEpoch + 1),
    task: kind,
    dataset: stringifyDocument(dataset.digest === undefined ? { name: dataset.name } : dataset).trim(),
    inputs: JSON.stringify(inputs.map(({ name, field }) => ({ name, ...field }))),
    output: outputText(network),
    ...(head.target && { target: JSON.stringify({ name: head.target.name, ...head.target.field }) }),
    ...(target?.kind === 'category' ? { categories: JSON.stringify(categoryNames(target)) } : {}),
    figures: stringifyDocument(finals).trim(),
  }
}

/** One way to export. */
interface Exporter {
  readonly kind: 'file' | 'directory'
  /** The path in the directory of the run, where no other is given. */
  readonly path: string
  files(run: FinishedRun, place: string, options: ExportOptions): Promise<ExportedFile[]>
}

const onnx: Exporter = {
  kind: 'file',
  path: 'model.onnx',
  files: async (run, path, { opset, inputs }) => {
    const { exportOnnx } = await onnxAdapter()
    const { network, weights } = run
    const form = inputs === undefined ? {} : { form: inputs }
    const docString = `${aboutText(run)}. ${inputs === 'stored' ? 'Fields as they are stored.' : inputText(network)}`
    const options = { ...form, ...(opset === undefined ? {} : { opset }), metadata: metadataOf(run), docString }
    return [{ path, content: exportOnnx(network, weights, options) }]
  },
}

/** @throws InputError with what to install where the package is not there. */
async function onnxAdapter() {
  try {
    return await import('@isograd/onnx-adapter')
  } catch (error) {
    const cure = 'npx isograd add onnx'
    throw new InputError('isograd', `--format onnx: @isograd/onnx-adapter is not installed; ${cure}`, { cause: error })
  }
}

const tfjs: Exporter = {
  kind: 'directory',
  path: 'tfjs',
  files: async (run, place) => {
    const { record, network, weights } = run
    const { model, task } = network
    const predictions = task.heads.map(({ prediction }) => prediction.keras)
    const exported = exportTfjs(record.preset, model, predictions, weights, version, metadataOf(run))
    if (record.precision === 'float64') {
      errorOutput.write('note: TensorFlow.js has float32 only: the weights were rounded from float64\n')
    }
    // The weights come first: where there is a model.json there are its weights.
    return [
      { path: join(place, TFJS_WEIGHTS), content: exported.weights },
      { path: join(place, 'model.json'), content: exported.json },
    ]
  },
}

/** The first words of programs that are written here: what begins otherwise is not replaced. */
const PROGRAM = 'Written by isograd'

/** The program for Keras, unless Keras lacks a layer. */
function kerasFile({ network, record }: FinishedRun, path: string, about: readonly string[], file: string) {
  const { model, task } = network
  const predictions = task.heads.map(({ prediction }) => prediction.keras)
  try {
    return [{ path, content: kerasProgram(model, predictions, about, file, record.precision) }]
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    errorOutput.write(`note: no program for Keras: ${messageOf(error)}\n`)
    return []
  }
}

const safetensors: Exporter = {
  kind: 'file',
  path: 'model.safetensors',
  files: async (run, place) => {
    const { network, record, weights } = run
    const { dir, name, base } = parse(place)
    const about = [`${PROGRAM}: ${aboutText(run)}.`, `${inputText(network)}.`]
    const isDouble = record.precision === 'float64'
    const programs = [
      { path: join(dir, `${name}.py`), content: torchProgram(network.model, about, base, isDouble) },
      ...kerasFile(run, join(dir, `${name}_keras.py`), about, base),
    ]
    for (const { path } of programs) checkProgram(path)
    return [
      { path: place, content: exportTorch(network.model, inputText(network), weights, metadataOf(run)) },
      ...programs,
    ]
  },
}

/** The document that `isograd export --json` prints. */
export interface ExportDocument {
  readonly schema: 'isograd.export/1'
  /** The format that was written. */
  readonly format: ExportFormat
  /** Paths of the files that were written. */
  readonly files: readonly string[]
}

const exporters: Readonly<Record<ExportFormat, Exporter>> = { onnx, tfjs, safetensors }

/** @throws InputError for a program of somebody else's. */
function checkProgram(path: string): void {
  if (!existsSync(path) || readBytes(path).toString('utf8').startsWith(`# ${PROGRAM}`)) return
  throw new InputError('isograd', `export: ${path} is there and was not written by isograd; name another file by --out`)
}

/** Comes before anything is written. @throws InputError */
function checkPath(path: string, wanted: Exporter['kind'], option: string): void {
  if (!existsSync(path)) return
  const found = statSync(path)
  if (found.isDirectory() === (wanted === 'directory')) return
  const got = found.isDirectory() ? 'a directory' : 'a file'
  throw new InputError('isograd', `${option}: expected the path of a ${wanted}, got ${path}, which is ${got}`)
}

/** @throws InputError for options of another format. */
function checkOptions({ format, out, opset, inputs }: ExportOptions): void {
  if (out?.trim() === '') throw new InputError('isograd', '--out: expected a path, got ""')
  if (format === 'onnx' || (opset === undefined && inputs === undefined)) return
  throw new InputError('isograd', `${opset === undefined ? '--inputs' : '--opset'}: only --format onnx takes it`)
}

/** Exports the run in a directory. @throws InputError */
export async function exportRun(directory: string, options: ExportOptions): Promise<ExitStatus> {
  checkOptions(options)
  const { format, out, use } = options
  const option = out === undefined ? 'export' : '--out'
  const run = await loadWholeRun(directory, await loadRegistry(use))
  const exporter = exporters[format]
  const place = out ?? join(run.directory, exporter.path)
  checkPath(place, exporter.kind, option)
  if (out === undefined && exporter.kind === 'directory') refuseLink(place)
  const files = await exporter.files(run, place, options)
  await writeSealed(option, files)
  const paths = files.map(({ path }) => path)
  const document: ExportDocument = { schema: 'isograd.export/1', format, files: paths }
  printResult(options, document, () => paths)
  return exitStatus.ok
}
