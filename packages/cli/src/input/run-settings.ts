/** The shared options of verbs that train, taken together: how to run, and the merge patch on the experiment. */
import { builtins, InputError } from '@isograd/core'
import { patchOf } from '@isograd/core/compare'
import type { SharedValues } from './options.js'

/** A run as the command line asks for it. */
export interface RunSettings {
  /** Undefined: the default backends that can be used. */
  readonly backends: readonly string[] | undefined
  /** Undefined: all. */
  readonly arms: readonly string[] | undefined
  /** Seeds that every arm is trained with; undefined: its own. */
  readonly seeds: readonly number[] | undefined
  /** Modules that add records, as they were named. */
  readonly use: readonly string[]
  readonly threads: number | undefined
  readonly jobs: number | 'auto'
  /** Longest time for one call of a backend; undefined: none. */
  readonly timeoutSeconds?: number | undefined
  readonly dataDir: string | undefined
  readonly out: string | undefined
  /** Steps between two checkpoints; undefined: none. */
  readonly checkpointEvery: number | undefined
  /** Steps between two lines of the log; undefined: none. */
  readonly logEvery: number | undefined
  /** The directory of event files for TensorBoard; undefined: none are written. */
  readonly tensorboard: string | undefined
  /** Lines instead of a live view, in a pipe too. */
  readonly plain: boolean
  /** Nothing but errors, and of the report the closing summary. */
  readonly quiet: boolean
  readonly json: boolean
  readonly ascii: boolean
  /** A merge patch on every arm. */
  readonly overrides: Readonly<Record<string, unknown>>
}

/** Without the fields that are undefined; undefined when that leaves none. */
function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function overridesOf(options: SharedValues): Record<string, unknown> {
  const { epochs, batchSize, seed, precision, limit, dataset, data: path, validation, set = [] } = options
  const { probeEvery: every, testEvery, tensorboard, timeLimit } = options
  // Settings of a data set are of no other.
  const own = path === undefined ? {} : { dataset: 'files', path }
  const data = defined({ limit, dataset, validation, options: dataset === undefined ? undefined : null, ...own })
  const probes = defined({ every, testEvery, histograms: tensorboard === undefined ? undefined : true })
  const patch = defined({ epochs, batchSize, seed, precision, timeLimit, data, probes }) ?? {}
  return patchOf(set, builtins, patch)
}

/** The path of the data that the command line names. @throws InputError when it names two. */
export function dataPlaceOf({
  data,
  dataDir,
  dataset,
}: Pick<SharedValues, 'data' | 'dataDir' | 'dataset'>): string | undefined {
  const other = dataDir !== undefined ? '--data-dir' : dataset !== undefined ? '--dataset' : undefined
  if (data === undefined || other === undefined) return data ?? dataDir
  throw new InputError('isograd', `--data, ${other}: expected one of them, got both`)
}

/** Takes the options together. @throws InputError when they do not fit each other. */
export function readSettings(options: SharedValues): RunSettings {
  const {
    backend: backends,
    arm: arms,
    seeds,
    use = [],
    threads,
    jobs = 'auto',
    out,
    timeout: timeoutSeconds,
  } = options
  const { checkpointEvery, logEvery, tensorboard } = options
  const { plain = false, quiet = false, json = false, ascii = false } = options
  if (checkpointEvery !== undefined && out === undefined) {
    throw new InputError('isograd', '--checkpoint-every: checkpoints need a place; name a directory with --out')
  }
  if (seeds !== undefined && options.seed !== undefined) {
    throw new InputError('isograd', '--seed, --seeds: expected one of them, got both')
  }
  const dataDir = dataPlaceOf(options)
  const where = { backends, arms, seeds, use, threads, jobs, timeoutSeconds, dataDir, out }
  const shown = { logEvery, tensorboard, plain, quiet, json, ascii }
  return { ...where, checkpointEvery, ...shown, overrides: overridesOf(options) }
}
