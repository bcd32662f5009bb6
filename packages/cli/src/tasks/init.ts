/** The task of writing a first experiment on data of the user's own: one that trains as it stands. */
import { existsSync } from 'node:fs'
import { dirname, extname, isAbsolute, parse as parsePath, relative, resolve } from 'node:path'
import { InputError, parseExperiment, planFor, type Registry } from '@isograd/core'
import { elementCount } from '@isograd/core/backend'
import type { Dataset, Field } from '@isograd/core/data'
import { datasetOptionsOf, loadDataset } from '@isograd/core/node'
import { writeOutput } from '../disk/write-output.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { oneOf } from '../input/option-values.js'
import { loadRegistry } from '../input/extensions.js'

/** The options of `init` as they are read from the command line. */
export interface InitOptions {
  readonly data?: string
  readonly target?: string
  readonly out?: string
  readonly use?: readonly string[]
}

const DEFAULT_OUT = 'experiment.yaml'
const HIDDEN_UNITS = 64
const BATCH = 32
const HELD_OUT = 0.2

/** The answers that are still missing, asked for on a terminal. @throws InputError where there is none, or nobody answers. */
async function asked(option: string, message: string, choices?: readonly string[], initial?: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new InputError('isograd', `${option}: expected a value, got none, and there is no terminal to ask on`)
  }
  const { input, select } = await import('@inquirer/prompts')
  try {
    return choices === undefined
      ? await input({ message, ...(initial === undefined ? {} : { default: initial }) })
      : await select({ message, choices: choices.map((value) => ({ value, name: value })), default: choices.at(-1) })
  } catch (error) {
    throw new InputError('isograd', `${option}: nobody answered; nothing was written`, { cause: error })
  }
}

/** Writes an experiment file. @throws InputError */
export async function init(options: InitOptions): Promise<ExitStatus> {
  const registry = await loadRegistry(options.use)
  const path = options.data ?? (await asked('--data', 'File or directory of your data:'))
  const found = await inspectData(path, {}, registry)
  const names = found.columns.map(({ name }) => name)
  const target = oneOf('target', options.target ?? found.target ?? (await asked('--target', 'Column to predict:', names)), names)
  const out =
    options.out ??
    (options.data === undefined ? await asked('--out', 'File to write:', undefined, DEFAULT_OUT) : DEFAULT_OUT)
  checkOut(out)
  const document = await documentOf(await inspectData(path, { target }, registry), out, registry)
  await checkPlan(document, registry, out)
  const { stringify } = await import('yaml')
  const text =
    extname(out) === '.json'
      ? JSON.stringify(document, undefined, 2)
      : stringify(document, { flowCollectionPadding: true })
  writeOutput('--out', out, `${text.trimEnd()}\n`)
  process.stdout.write(`written to ${out}\n  isograd describe ${out}\n  isograd run ${out}\n`)
  return exitStatus.ok
}

function checkOut(out: string): void {
  if (!['.json', '.yaml', '.yml'].includes(extname(out))) {
    throw new InputError('isograd', `--out: expected a file in .yaml, .yml or .json, got ${out}`)
  }
  if (existsSync(out))
    throw new InputError('isograd', `--out: ${out} is there already; name another file, or remove it`)
}

/** Numbers that the last layer gives: as many as the task wants of the target. */
function unitsFor({ target }: Dataset, fields: Dataset['fields'], task: string, { tasks }: Registry): number {
  const field = fields[String(target)]
  const type = Object.hasOwn(tasks, task) ? tasks[task] : undefined
  return (field && type?.width(field)) ?? 1
}

/** The experiment: a network of one hidden layer on what is proposed for the data. */
async function documentOf({ path, experiment: { data, task }, samples }: DataDescription, out: string, registry: Registry) {
  const dataset = await loadDataset('files', { registry, files: { ...data, path } })
/** What is written must train: it is planned on its data before. @throws InputError */
async function checkPlan(document: object, registry: Registry, out: string): Promise<void> {
  const { arms } = parseExperiment(document, { registry, source: out })
  for (const [armName, arm] of Object.entries(arms)) {
    const options = { ...datasetOptionsOf(arm, registry), directory: dirname(out) }
    // oxlint-disable-next-line no-await-in-loop -- there is one
    planFor({ armName, arm, dataset: await loadDataset(arm.data.dataset, options), registry })
  }
}
