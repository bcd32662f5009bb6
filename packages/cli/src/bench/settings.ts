/** The options of `bench`, taken together. */
import { InputError } from '@isograd/core'
import { someOf } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { pythonPeerNames } from './python.js'

/** Options as they are read from the command line. */
export interface BenchOptions extends SharedValues {
  readonly preset?: readonly string[]
  readonly peer?: readonly string[]
  readonly repetitions?: number
  readonly steps?: number
  readonly growth?: boolean
  readonly markdown?: string
}

/** Subjects that are measured beside the backends. */
export const peerNames = [...pythonPeerNames, 'tfjs', 'tfjs-node', 'floor'] as const

function peersOf(names: readonly string[] | undefined): readonly (typeof peerNames)[number][] {
  return names?.join() === 'none' ? [] : someOf('peer', names, peerNames)
}

function checkGrowth({ growth, preset, peer }: BenchOptions): void {
  if (growth !== true || (preset ?? peer) === undefined) return
  const option = preset === undefined ? '--peer' : '--preset'
  throw new InputError('isograd', `--growth measures networks of its own and no peers; leave out ${option}`)
}

/** Takes the options together. @throws InputError when they do not fit each other. */
export function readBenchSettings(options: BenchOptions) {
  checkGrowth(options)
  const { preset: presets, backend: backends, peer, threads, repetitions = 5, steps, dataDir, use = [] } = options
  const { timeout: timeoutSeconds } = options
  const { growth = false, json = false, markdown, ascii = false, quiet = false } = options
  return {
    /** Undefined: one of each network that the presets have. */
    presets,
    /** Undefined: native, and whichever of a run's defaults can be used. */
    backends,
    peers: peersOf(peer),
    threads,
    /** Longest time for one call of a backend. */
    timeoutSeconds,
    repetitions,
    /** Timed in a repetition; undefined: as many as fit into its time. */
    steps,
    dataDir: dataDir ?? (process.env['ISOGRAD_MNIST_DIR'] || undefined),
    /** Modules that add records. */
    use,
    growth,
    json,
    /** A file that takes the tables. */
    markdown,
    ascii,
    quiet,
  }
}

/** The options' meaning. */
export type BenchSettings = ReturnType<typeof readBenchSettings>
