/** The options of `bench`, read. */
import { InputError } from '@isograd/core'
import { nameList, oneOf, wholeNumber } from '../input/option-values.js'

/** Options as the command line gives them. */
export interface BenchOptions {
  readonly preset?: string
  readonly backend?: string
  readonly peer?: string
  readonly threads?: string
  readonly repetitions?: string
  readonly steps?: string
  readonly dataDir?: string
  readonly use?: readonly string[]
  readonly growth?: boolean
  readonly json?: boolean
  readonly markdown?: string
  readonly ascii?: boolean
}

const DEFAULT_REPETITIONS = '5'

/** Subjects that are measured beside the backends. */
export const peerNames = ['torch', 'tfjs', 'floor'] as const

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text)
}

function peersOf(text: string | undefined): readonly (typeof peerNames)[number][] {
  if (text === undefined) return peerNames
  return text.trim() === 'none' ? [] : nameList('peer', text).map((name) => oneOf('peer', name, peerNames))
}

function checkGrowth({ growth, preset, peer }: BenchOptions): void {
  if (growth !== true || (preset ?? peer) === undefined) return
  const option = preset === undefined ? '--peer' : '--preset'
  throw new InputError('isograd', `--growth measures networks of its own and no peers; leave out ${option}`)
}

/** Reads the options. @throws InputError naming the option, what was expected and what came. */
export function readBenchSettings(options: BenchOptions) {
  checkGrowth(options)
  const {
    preset,
    backend,
    peer,
    threads,
    repetitions = DEFAULT_REPETITIONS,
    steps,
    dataDir,
    use = [],
    growth,
    json,
    markdown,
    ascii,
  } = options
  return {
    /** Undefined: one of each network that the presets have. */
    presets: optional(preset, (text) => nameList('preset', text)),
    /** Undefined: whichever of the defaults can be used. */
    backends: optional(backend, (text) => nameList('backend', text)),
    peers: peersOf(peer),
    threads: optional(threads, (text) => wholeNumber('threads', text, { least: 1, most: 256 })),
    repetitions: wholeNumber('repetitions', repetitions, { least: 1, most: 1000 }),
    /** Timed in a repetition; undefined: as many as fit into its time. */
    steps: optional(steps, (text) => wholeNumber('steps', text, { least: 1, most: 1_000_000 })),
    dataDir: dataDir ?? (process.env['ISOGRAD_MNIST_DIR'] || undefined),
    /** Modules that add records. */
    use,
    growth: growth === true,
    json: json === true,
    /** A file that takes the tables. */
    markdown,
    ascii: ascii === true,
  }
}

/** The options' meaning. */
export type BenchSettings = ReturnType<typeof readBenchSettings>
