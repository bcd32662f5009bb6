/** The options of `bench`, read: what to measure, on what, and for how long. */
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
  readonly growth?: boolean
  readonly json?: boolean
  readonly markdown?: string
  readonly ascii?: boolean
}

/** Who is measured beside the backends. */
export const peerNames = ['torch', 'tfjs', 'floor'] as const

/** One of them. */
export type PeerName = (typeof peerNames)[number]

/** What they mean. */
export interface BenchSettings {
  /** Undefined: one of each network that the presets have. */
  readonly presets: readonly string[] | undefined
  /** Undefined: whichever of the defaults can be used. */
  readonly backends: readonly string[] | undefined
  readonly peers: readonly PeerName[]
  readonly threads: number | undefined
  readonly repetitions: number
  /** Steps timed in a repetition; undefined: as many as fit into its time. */
  readonly steps: number | undefined
  readonly dataDir: string | undefined
  readonly growth: boolean
  readonly json: boolean
  /** A file that takes the tables. */
  readonly markdown: string | undefined
  readonly ascii: boolean
}

const REPETITIONS = 5
const NO_PEER = 'none'

function peersOf(text: string | undefined): readonly PeerName[] {
  if (text === undefined) return peerNames
  const names = nameList('peer', text)
  if (names.length === 1 && names[0] === NO_PEER) return []
  return names.map((name) => oneOf('peer', name, peerNames))
}

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text)
}

function checkTogether({ growth, preset, peer }: BenchOptions): void {
  const given = preset === undefined ? peer : preset
  if (growth !== true || given === undefined) return
  const option = preset === undefined ? '--peer' : '--preset'
  throw new InputError('isograd', `--growth measures networks of its own and no peers; leave out ${option}`)
}

/** Reads the options. @throws InputError naming the option, what was expected and what came. */
export function readBenchSettings(options: BenchOptions): BenchSettings {
  checkTogether(options)
  const { repetitions = String(REPETITIONS), dataDir } = options
  const fromEnvironment = process.env['ISOGRAD_MNIST_DIR']
  return {
    presets: optional(options.preset, (text) => nameList('preset', text)),
    backends: optional(options.backend, (text) => nameList('backend', text)),
    peers: peersOf(options.peer),
    threads: optional(options.threads, (text) => wholeNumber('threads', text, { least: 1, most: 256 })),
    repetitions: wholeNumber('repetitions', repetitions, { least: 1, most: 1000 }),
    steps: optional(options.steps, (text) => wholeNumber('steps', text, { least: 1, most: 1_000_000 })),
    dataDir: dataDir ?? (fromEnvironment === '' ? undefined : fromEnvironment),
    growth: options.growth === true,
    json: options.json === true,
    markdown: options.markdown,
    ascii: options.ascii === true,
  }
}
