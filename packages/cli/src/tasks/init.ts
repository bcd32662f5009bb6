/** The task of writing a first experiment on data of the user's own: one that trains as it stands. */
import { existsSync } from 'node:fs'
import { dirname, extname, isAbsolute, parse as parsePath, relative, resolve } from 'node:path'
import { type ArmSpec, InputError, parseExperiment, planFor, type Registry } from '@isograd/core'
import { type DataDescription, datasetOptionsOf, loadDataset } from '@isograd/core/node'
import { writeOutput } from '../disk/write-output.js'
import { printWritten } from '../terminal/print-result.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { oneOf } from '../input/option-values.js'
import { loadRegistry } from '../input/extensions.js'
import { inspectPath } from '../input/inspect-path.js'
import { output } from '../errors/output.js'
import { plural } from '../text/layout.js'
import { printable } from '../text/terminal-style.js'
import { typedCommand } from '../text/typed-command.js'

/** The options of `init` as they are read from the command line. */
export interface InitOptions {
  readonly data?: string
  readonly target?: string
  readonly option?: readonly string[]
  readonly out?: string
  readonly use?: readonly string[]
  readonly json?: boolean
}

const DEFAULT_OUT = 'experiment.yaml'
const HIDDEN_UNITS = 64
const BATCH = 32

/** The answers that are still missing, asked for on a terminal. @throws InputError where there is none, or nobody answers. */
async function asked(option: string, message: string, choices?: readonly string[], initial?: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const expected = choices === undefined ? 'a value' : `one of ${choices.join(', ')}`
    throw new InputError('isograd', `${option}: expected ${expected}, got none, and there is no terminal to ask on`)
  }
  const [{ default: input }, { default: select }] = await Promise.all([
    import('@inquirer/input'),
    import('@inquirer/select'),
  ])
  try {
    return choices === undefined
      ? await input({ message, ...(initial === undefined ? {} : { default: initial }) })
      : await select({
          message,
          choices: choices.map((value) => ({ value, name: printable(value) })),
          default: choices.at(-1),
        })
  } catch (error) {
    throw new InputError('isograd', `${option}: nobody answered; nothing was written`, { cause: error })
  }
}

/** The content of the data, and the experiment to write for them where the target is known. @throws InputError */
async function described(
  path: string,
  { target: given, option }: InitOptions,
  registry: Registry,
): Promise<DataDescription> {
  const found = await inspectPath(path, { option }, registry)
  const names = found.columns.map(({ name }) => name)
  const target = oneOf('target', given ?? found.target ?? (await asked('--target', 'Column to predict:', names)), names)
  return target === found.experiment.data['target'] ? found : inspectPath(path, { target, option }, registry)
}

/** Writes an experiment file. @throws InputError */
export async function init(options: InitOptions): Promise<ExitStatus> {
  const registry = await loadRegistry(options.use)
  const path = options.data ?? (await asked('--data', 'File or directory of your data:'))
  const found = await described(path, options, registry)
  const out =
    options.out ??
    (options.data === undefined ? await asked('--out', 'File to write:', undefined, DEFAULT_OUT) : DEFAULT_OUT)
  checkOut(out)
  requireTargets(found)
  const document = await checkedDocument(found, out, registry)
  const { stringify } = await import('yaml')
  const text =
    extname(out) === '.json'
      ? JSON.stringify(document, undefined, 2)
      : stringify(document, { flowCollectionPadding: true })
  writeOutput('--out', out, `${text.trimEnd()}\n`)
  const modules = (options.use ?? []).map((name) => ` --use ${name}`).join('')
  const next = [`isograd describe ${out}${modules}`, `isograd run ${out}${modules} --out runs`].map(typedCommand)
  if (options.json === true) printWritten(options, out)
  else output.write(`written to ${out}\n${foundText(found)}${next.map((command) => `  ${command}\n`).join('')}`)
  return exitStatus.ok
}

/** The task that is proposed, with the columns that it reads and those that it leaves out. */
function proposedTask({ columns, experiment: { data, task } }: DataDescription) {
  const { target } = data as { readonly target?: string }
  const others = columns.filter(({ name }) => name !== target)
  const { type, inputs = others.map(({ name }) => name) } = (typeof task === 'object' ? task : { type: task }) as {
    readonly type: string
    readonly inputs?: readonly string[]
  }
  const read = new Set(inputs)
  const [used, left] = [others.filter(({ name }) => read.has(name)), others.filter(({ name }) => !read.has(name))]
  return { type, target, used, left }
}

/** The decisions that the file holds, a line each. */
function foundText(found: DataDescription): string {
  const { type, target, used, left } = proposedTask(found)
  const gaps = used.flatMap(({ name, missing }) => (missing > 0 ? [`${name} (${missing})`] : []))
  // Of numbers that are there only row numbers are left out.
  const leftOut = (isCount: boolean): string =>
    left
      .flatMap(({ name, type: own, range }) => ((own !== 'text' && range !== undefined) === isCount ? [name] : []))
      .join(', ')
  const [names, counts] = [leftOut(false), leftOut(true)]
  const lines = [
    `${type}: ${target === undefined ? '' : `${target} from `}${plural(used.length, 'column')}`,
    ...(gaps.length === 0 ? [] : [`missing values, which are imputed: ${gaps.join(', ')}`]),
    ...(names === '' ? [] : [`left out, empty or texts of many values: ${names}`]),
    ...(counts === '' ? [] : [`left out, row numbers (task.inputs would take them): ${counts}`]),
  ]
  return lines.map((line) => `  ${printable(line)}\n`).join('')
}

/** @throws InputError where samples have nothing to learn: an imputed target would be made up. */
function requireTargets(found: DataDescription): void {
  const { target } = proposedTask(found)
  const column = found.columns.find(({ name }) => name === target)
  if (column === undefined || column.missing === 0) return
  const rows = plural(column.missing, 'row')
  throw new InputError(
    'isograd',
    `${found.path}, column "${column.name}": the target is missing in ${rows}; leave them out`,
  )
}

function checkOut(out: string): void {
  if (!['.json', '.yaml', '.yml'].includes(extname(out))) {
    throw new InputError('isograd', `--out: expected a file in .yaml, .yml or .json, got ${out}`)
  }
  if (existsSync(out))
    throw new InputError('isograd', `--out: ${out} is there already; name another file, or remove it`)
}

/** A metric beside the usual ones, which the page has a picture of, by the kind of prediction. */
const pictured = { categories: 'confusionMatrix', flags: 'expectedCalibrationError', numbers: 'residuals' } as const

/** The experiment: a network of one hidden layer on what is proposed for the data. */
function documentOf(found: DataDescription, out: string, units: number) {
  const { path, samples, experiment } = found
  const { data, task } = experiment
  const inputs = proposedTask(found).used
  // Several columns stand side by side as a row; a single number is none.
  const isRow = inputs.length > 1 || inputs.some(({ shape }) => shape.length === 1)
  const flat = isRow && inputs.every(({ shape }) => shape.length < 2) ? [] : [{ type: 'flatten' }]
  const place = isAbsolute(path) ? path : relative(dirname(resolve(out)), resolve(path))
  return {
    name:
      parsePath(path)
        .name.replace(/[^A-Za-z0-9._-]/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '') || 'experiment',
    data: { ...data, path: place },
    task,
    activation: 'relu',
    model: {
      layers: [...flat, { type: 'dense', units: HIDDEN_UNITS }, { type: 'activation' }, { type: 'dense', units }],
    },
    optimizer: { type: 'adam', learningRate: 0.001 },
    batchSize: Math.min(BATCH, Math.max(1, Math.floor(Number(samples['train']) / 4))),
    epochs: 20,
  }
}

/**
 * The experiment, whose last layer gives as many numbers as the task wants of the target. What is written must train: it is
 * planned on its data before. @throws InputError
 */
async function checkedDocument(found: DataDescription, out: string, registry: Registry) {
  const armOf = (document: object): ArmSpec =>
    parseExperiment(document, { registry, source: out }).arms['default'] as ArmSpec
  const draft = armOf(documentOf(found, out, 1))
  const options = { ...datasetOptionsOf(draft, registry), directory: dirname(out) }
  const dataset = await loadDataset(draft.data.dataset, options)
  const field = dataset.fields[String(dataset.target)]
  const units = field && registry.tasks[draft.task.type]?.width(field)
  const document = documentOf(found, out, units === undefined ? 1 : units)
  const { task } = planFor({ armName: 'default', arm: armOf(document), dataset, registry })
  const { metrics, prediction } = task.head
  return { ...document, metrics: [...metrics.map(({ key }) => key), pictured[prediction.shows]] }
}
