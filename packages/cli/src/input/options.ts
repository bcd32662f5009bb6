/**
 * The options that several verbs take, in one table: how each is written, what the help says of it, and how its text is
 * read. A verb declares those it takes, by name, and gets them read.
 */
import { type FloatDType, InputError } from '@isograd/core'
import { checkModes } from '@isograd/core/compare'
import { type Command, Option } from 'commander'
import { type OutputKind, requireKept, requirePlace } from '../disk/output-place.js'
import type { ExitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { goOnWithoutReader } from '../errors/reader.js'
import { addHelp, type VerbHost } from './verb-help.js'
import { fraction, nameList, oneOf, redisAddress, secondsValue, seedsOf, wholeNumber } from './option-values.js'

/** Reads the text behind an option; `before` is the value of the same option earlier on the line. @throws InputError */
export interface Reader<T> {
  (option: string, text: string, before: T | undefined): T
  /** The words that it takes, where those are few. */
  readonly words?: readonly string[]
}

/** An option of the command line; a method for `read`, so that entries of all types fit one list. */
export interface OptionEntry<T> {
  readonly flags: string
  readonly description: string
  readonly required?: boolean
  /** The kind of thing that the verb is to leave where it says; absent where it names no such place. */
  readonly leaves?: OutputKind
  /** Absent for flags, which are true when given, and for text that is taken as it is. */
  read?(option: string, text: string, before: T | undefined): T
  /** The words that it takes, where those are few. */
  readonly words?: readonly string[]
}

/** An entry of the table, or of a verb that has an option of its own. */
export function option<T = string>(flags: string, description: string, read?: Reader<T>): OptionEntry<T> {
  return { flags, description, ...(read && { read, ...(read.words && { words: read.words }) }) }
}

/** An entry that is true when given. */
export function flag(flags: string, description: string): OptionEntry<boolean> {
  return option<boolean>(flags, description)
}

/** An option that names a file, or a directory with `<dir>` in its flags, to write. */
export function output(flags: string, description: string): OptionEntry<string> {
  const leaves = flags.endsWith('<dir>') ? 'directory' : 'file'
  const read: Reader<string> = (name, text) => requirePlace(name, text, leaves)
  return { ...option(flags, description, read), leaves }
}

/** Reads a whole number in a range. */
export function from(least: number, most: number): Reader<number> {
  return (name, text) => wholeNumber(name, text, { least, most })
}

/** Reads names separated by commas; given again, an option adds to its names. */
export const names: Reader<readonly string[]> = (name, text, before = []) => [
  ...new Set([...before, ...nameList(name, text)]),
]

/** Gathers the texts of an option that may be given several times. */
export const repeated: Reader<readonly string[]> = (_, text, before = []) => [...before, text]

/** Reads one of a few words. */
export function word<T extends string>(...words: readonly T[]): Reader<T> {
  return Object.assign((name: string, text: string) => oneOf(name, text, words), { words })
}

const readJobs: Reader<number | 'auto'> = (name, text) =>
  text === 'auto' ? text : wholeNumber(name, text, { least: 1, most: 256 }, 'or auto')

const seedList: Reader<readonly number[]> = (name, text) => seedsOf(name, text)

const BILLION = 1_000_000_000

/** Every shared option. */
export const sharedOptions = {
  backend: option('-b, --backend <names>', 'backends, separated by commas', names),
  arm: option('-a, --arm <names>', 'arms, separated by commas; all unless given', names),
  mode: option(
    '-m, --mode <mode>',
    'ops, step, run or all (default: all; of one backend, ops and step)',
    word(...checkModes, 'all'),
  ),
  epochs: option('--epochs <n>', 'train so many epochs', from(0, 1_000_000)),
  limit: option('--limit <n>', 'train on the first so many samples', from(1, BILLION)),
  batchSize: option('--batch-size <n>', 'samples in a batch', from(1, 1_000_000)),
  seed: option('--seed <n>', 'seed of initial weights, order and masks', from(0, Number.MAX_SAFE_INTEGER)),
  seeds: option('--seeds <n>', 'train each arm with so many seeds, or with those in a list', seedList),
  set: option('--set <path=value>', 'change a field of the experiment; may be given several times', repeated),
  precision: option('--precision <dtype>', 'float32 or float64', word<FloatDType>('float32', 'float64')),
  threads: option(
    '--threads <n>',
    'threads inside one operation; unless given, as many as each backend takes by itself',
    from(1, 256),
  ),
  jobs: option('--jobs <n>', 'trainings at once; auto, unless given: as many as there are cores for', readJobs),
  dataset: option('--dataset <name>', 'train on another data set; `isograd list` names them'),
  data: option(
    '--data <path>',
    'train on data of your own: a file or directory; its columns are said in the experiment',
  ),
  dataDir: option('--data-dir <dir>', 'take the data set from files in this directory'),
  option: option(
    '--option <name=value>',
    'an option of the format, as data.options has them; may be given several times',
    repeated,
  ),
  use: option(
    '--use <module>',
    'take records of your own from a path or a package; may be given several times',
    repeated,
  ),
  out: output('--out <dir>', 'write records and weights to this directory'),
  queue: option('--queue <url>', 'the Redis that has the trials, as redis://host:port', redisAddress),
  tensorboard: output('--tensorboard <dir>', 'write event files for TensorBoard, with histograms at the probed steps'),
  probeEvery: option(
    '--probe-every <n>',
    'probe gradients every so many steps, beside the first and the last',
    from(1, BILLION),
  ),
  testEvery: option('--test-every <n>', 'evaluate the test set every so many steps too', from(1, BILLION)),
  checkpointEvery: option(
    '--checkpoint-every <n>',
    'keep a checkpoint in --out every so many steps; see `isograd resume`',
    from(1, BILLION),
  ),
  logEvery: option(
    '--log-every <n>',
    'print the loss every so many steps, and a line for each epoch',
    from(1, BILLION),
  ),
  validation: option(
    '--validation <fraction>',
    'hold back training samples and choose the best epoch on them',
    fraction,
  ),
  timeLimit: option('--time-limit <duration>', 'end each training after so long: 90s, 10m, 1h30m'),
  tolerance: option('--tolerance <name=value>', 'another tolerance; may be given several times', repeated),
  timeout: option('--timeout <seconds>', 'longest time for one call of a backend', secondsValue),
  plain: flag('--plain', 'tell of progress in lines, on a terminal and in a pipe'),
  quiet: flag('--quiet', 'print nothing but the closing summary, where things were written, and errors'),
  json: flag('--json', 'print one JSON document instead of the report'),
  ascii: flag('--ascii', 'draw with ASCII characters only'),
}

/** Name of a shared option, as its value is called after reading. */
export type OptionName = keyof typeof sharedOptions

type ValueOf<E> = E extends OptionEntry<infer T> ? T : never

/** Values of shared options, those that were given. */
export type SharedValues = { readonly [N in OptionName]?: ValueOf<(typeof sharedOptions)[N]> }

/** An option that a verb takes: a shared one, by itself or with a description for this verb, or one of its own. */
export type TakenOption = OptionName | readonly [OptionName, string] | OptionEntry<unknown>

/** The entry of an option that a verb takes. */
export function entryOf(taken: TakenOption): OptionEntry<unknown> {
  if (typeof taken === 'string') return sharedOptions[taken]
  if (!('flags' in taken)) return { ...entryOf(taken[0]), description: taken[1] }
  return taken
}

/** Threads, of verbs that train. */
export const threadsOfTraining: TakenOption = [
  'threads',
  'threads of a training; unless given, all cores for one training at a time',
]

/** `--quiet` of verbs whose report ends with a verdict. */
export const quietVerdict: TakenOption = [
  'quiet',
  'print nothing but the verdict, where things were written, and errors',
]

/** `--quiet` of verbs whose report is what they are called for. */
export const quietProgress: TakenOption = ['quiet', 'print nothing of the progress']

/** Options that end the list of verbs that check experiments: changes of them, where they come from, how it is told. */
export const checkedOptions: readonly TakenOption[] = [
  'timeout',
  'set',
  'precision',
  'threads',
  'dataset',
  'dataDir',
  'use',
  quietProgress,
  'json',
  'ascii',
]

/** The description of the argument that names an experiment. */
export const experimentArgument = 'name of a preset, a .json, .yaml or .yml file, or - for standard input'

/** A verb of the command. */
export interface Verb {
  /** Descriptions of its arguments, by what the help calls them. */
  readonly arguments?: Readonly<Record<string, string>>
  /** Verbs that stand behind this one, by their names. */
  readonly nested?: Readonly<Record<string, { readonly summary: string; readonly verb: Verb }>>
  /** True where a word may be empty: one that is being typed. */
  readonly takesEmpty?: boolean
  /** True where it leaves files whatever its options are. */
  readonly leavesFiles?: boolean
  /** In the order of the help. */
  readonly options: readonly TakenOption[]
  /** Options of other verbs that people look for here, with what they are to take instead. */
  readonly elsewhere?: Readonly<Record<string, string>>
  /** The text after the options. */
  readonly help: string
  /** Does the work on arguments and options; a method, so that verbs of all types are verbs. Returns the exit status. */
  run(...given: readonly unknown[]): Promise<ExitStatus | void> | ExitStatus
}

/** The error that a verb ended with: where modules are in use, one that nobody foresaw most likely comes from them. */
function fromModules(error: unknown, use: readonly string[] = []): unknown {
  if (use.length === 0 || deliberateStatus(error) !== undefined) return error
  const doubt = 'where the module is right, this is a bug in isograd'
  return new InputError('isograd', `--use ${use.join(', ')}: ${messageOf(error).replace(/^\[\w+\] /, '')}; ${doubt}`, {
    cause: error,
  })
}

/** Asked once all that was given is known to be right: what is mistyped is told first. @throws CommanderError */
function requireGiven(command: Command, declared: Option): void {
  if (command.getOptionValue(declared.attributeName()) !== undefined) return
  command.error(`error: required option '${declared.flags}' not specified`)
}

/** @throws InputError where the output would replace a file that is named as text: a path, for all that is known here. */
function requireTextsKept(command: Command, entry: OptionEntry<unknown>, name: string): void {
  if (entry.read !== undefined && entry.read !== repeated) return
  const given: unknown = command.getOptionValue(name)
  for (const text of Array.isArray(given) ? given : [given]) if (typeof text === 'string') requireKept(text)
}

function requireWords({ args }: Command, { takesEmpty = false }: Verb): void {
  if (!takesEmpty && args.includes('')) throw new InputError('isograd', 'expected a name or a path, got an empty text')
  args.forEach(requireKept)
}

/** Options of other tools: the option here that does it, and how. */
const optionsElsewhere: Readonly<Record<string, readonly [option: string, meant: string]>> = {
  '--lr [rate]': ['set', 'It is a field of the experiment: --set optimizer.learningRate=<rate>'],
  '--learning-rate [rate]': ['set', 'It is a field of the experiment: --set optimizer.learningRate=<rate>'],
  '--optimizer [name]': ['set', 'It is a field of the experiment: --set optimizer.type=<name>'],
  '--device [name]': ['backend', 'A backend says where it computes: --backend <names>; isograd doctor lists them'],
  '--workers [n]': ['jobs', 'Trainings at once: --jobs <n>'],
}

/** The options of other tools that a verb answers with a hint: none that it has itself. */
function elsewhereOf({ options, elsewhere = {} }: Verb): [flags: string, meant: string][] {
  const own = options.map((each) => new Option(entryOf(each).flags).name())
  const common = Object.entries(optionsElsewhere).flatMap(([flags, [needed, meant]]): [string, string][] =>
    own.includes(needed) && !own.includes(new Option(flags).name()) ? [[flags, meant]] : [],
  )
  return [...common, ...Object.entries(elsewhere)]
}

/** Declares a verb; its options reach `run` as values that are read. */
export function declareVerb(command: Command, verb: Verb, host: VerbHost): void {
  for (const [name, description] of Object.entries(verb.arguments ?? {})) command.argument(name, description)
  command.hook('preAction', () => requireWords(command, verb))
  if (verb.leavesFiles === true) goOnWithoutReader()
  for (const entry of verb.options.map(entryOf)) {
    const declared = new Option(entry.flags, entry.description)
    const name = declared.name()
    command.hook('preAction', () => requireTextsKept(command, entry, declared.attributeName()))
    if (entry.required === true) command.hook('preAction', () => requireGiven(command, declared))
    if (entry.read !== undefined) declared.argParser<unknown>((text, before) => entry.read?.(name, text, before))
    if (entry.leaves !== undefined) command.on(`option:${name}`, goOnWithoutReader)
    command.addOption(declared)
  }
  for (const [flags, meant] of elsewhereOf(verb)) {
    const declared = new Option(flags).hideHelp()
    command.on(`option:${declared.name()}`, () =>
      command.error(`error: unknown option '--${declared.name()}'\n(${meant})`),
    )
    command.addOption(declared)
  }
  for (const [name, { summary, verb: inner }] of Object.entries(verb.nested ?? {})) {
    // Options behind its name are its own, also where the verb around it has them: nothing before it may take them.
    for (const around of [command, command.parent]) around?.enablePositionalOptions()
    const nested = command.helpCommand(false).command(name).description(summary)
    nested.configureHelp({ showGlobalOptions: false }).helpOption('-h, --help', 'print this help')
    declareVerb(nested, inner, host)
  }
  addHelp(command, verb.help, host).action(async (...given: readonly unknown[]) => {
    try {
      const status = await verb.run(...given)
      if (status !== undefined) host.finish(status)
    } catch (error) {
      throw fromModules(error, command.opts<SharedValues>().use)
    }
  })
}
