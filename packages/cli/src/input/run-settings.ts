/** The options of `run`, read: numbers in range, names as lists, and the merge patch that they make on the experiment. */
import { type FloatDType, InputError } from '@isograd/core'
import { fraction, nameList, oneOf, type Range, wholeNumber } from './option-values.js'
import { type JobsWish, readJobs } from '../backends/jobs.js'

/** Options as the command line gives them. */
export interface RunOptions {
  readonly backend?: string
  readonly arm?: string
  readonly epochs?: string
  readonly limit?: string
  readonly batchSize?: string
  readonly seed?: string
  readonly precision?: string
  readonly threads?: string
  readonly jobs?: string
  readonly dataset?: string
  readonly dataDir?: string
  readonly out?: string
  readonly probeEvery?: string
  readonly testEvery?: string
  readonly checkpointEvery?: string
  readonly logEvery?: string
  readonly validation?: string
  readonly testScale?: string
  readonly tensorboard?: string
  readonly plain?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
  readonly ascii?: boolean
}

/** What they mean. */
export interface RunSettings {
  /** Undefined: whichever of the defaults can be used. */
  readonly backends: readonly string[] | undefined
  /** Undefined: all. */
  readonly arms: readonly string[] | undefined
  readonly threads: number | undefined
  readonly jobs: JobsWish
  readonly dataDir: string | undefined
  readonly out: string | undefined
  /** Steps between two checkpoints; undefined: none. */
  readonly checkpointEvery: number | undefined
  /** Steps between two lines of the log; undefined: none. */
  readonly logEvery: number | undefined
  /** Where event files for TensorBoard go; undefined: nowhere. */
  readonly tensorboard: string | undefined
  /** Lines instead of a live view, also on a terminal. */
  readonly plain: boolean
  /** Nothing but errors, and of the report the closing summary. */
  readonly quiet: boolean
  readonly json: boolean
  readonly ascii: boolean
  /** A merge patch on every arm. */
  readonly overrides: Readonly<Record<string, unknown>>
}

const ranges = {
  epochs: { least: 1, most: 1_000_000 },
  limit: { least: 1, most: 1_000_000_000 },
  'batch-size': { least: 1, most: 1_000_000 },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER },
  threads: { least: 1, most: 256 },
  'probe-every': { least: 1, most: 1_000_000_000 },
  'test-every': { least: 1, most: 1_000_000_000 },
  'checkpoint-every': { least: 1, most: 1_000_000_000 },
  'log-every': { least: 1, most: 1_000_000_000 },
} as const satisfies Record<string, Range>

const precisions: readonly FloatDType[] = ['float32', 'float64']
const testScales = ['unit', 'raw'] as const

function number(option: keyof typeof ranges, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(option, text, ranges[option])
}

function list(option: string, text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : nameList(option, text)
}

/** Without the fields that are undefined; undefined when that leaves none. */
function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function dataOverrides({ limit, dataset, validation, testScale }: RunOptions): Record<string, unknown> | undefined {
  return defined({
    limit: number('limit', limit),
    dataset,
    validation: validation === undefined ? undefined : fraction('validation', validation),
    testScale: testScale === undefined ? undefined : oneOf('test-scale', testScale, testScales),
  })
}

function overridesOf(options: RunOptions): Record<string, unknown> {
  const { precision } = options
  const patch = defined({
    epochs: number('epochs', options.epochs),
    batchSize: number('batch-size', options.batchSize),
    seed: number('seed', options.seed),
    precision: precision === undefined ? undefined : oneOf('precision', precision, precisions),
    data: dataOverrides(options),
    probes: defined({
      every: number('probe-every', options.probeEvery),
      testEvery: number('test-every', options.testEvery),
      histograms: options.tensorboard === undefined ? undefined : true,
    }),
  })
  return patch ?? {}
}

function checkpointSteps({ checkpointEvery, out }: RunOptions): number | undefined {
  const every = number('checkpoint-every', checkpointEvery)
  if (every === undefined || out !== undefined) return every
  throw new InputError('isograd', '--checkpoint-every: checkpoints need a place; name a directory with --out')
}

/** Reads the options. @throws InputError naming the option, what was expected and what came. */
export function readSettings(options: RunOptions): RunSettings {
  return {
    backends: list('backend', options.backend),
    arms: list('arm', options.arm),
    threads: number('threads', options.threads),
    jobs: readJobs(options.jobs),
    dataDir: options.dataDir,
    out: options.out,
    checkpointEvery: checkpointSteps(options),
    logEvery: number('log-every', options.logEvery),
    tensorboard: options.tensorboard,
    plain: options.plain === true,
    quiet: options.quiet === true,
    json: options.json === true,
    ascii: options.ascii === true,
    overrides: overridesOf(options),
  }
}
