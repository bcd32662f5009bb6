/** The options of `check`, read. What it shares with `run` (arms, data, precision, backends) is read there. */
import { checkModes, InputError, parseTolerances, type ToleranceOverrides, type TrainingCheckMode } from '@isograd/core'
import { oneOf, wholeNumber } from './option-values.js'
import { readSettings, type RunOptions, type RunSettings } from './run-settings.js'

/** Options as the command line gives them. */
export interface CheckOptions extends RunOptions {
  readonly mode?: string
  readonly steps?: string
  readonly seeds?: string
  readonly tolerance?: readonly string[]
  readonly timeout?: string
  readonly against?: string
  readonly junit?: string
  readonly markdown?: string
  readonly github?: boolean
}

/** What they mean. */
export interface CheckSettings {
  readonly run: RunSettings
  /** Whether backends were named, or are the defaults. */
  readonly namesBackends: boolean
  readonly limit: boolean
  readonly modes: readonly TrainingCheckMode[]
  readonly steps: number | undefined
  readonly seeds: number
  readonly tolerances: ToleranceOverrides
  readonly timeoutSeconds: number | undefined
  readonly against: string | undefined
  readonly junit: string | undefined
  readonly markdown: string | undefined
  readonly github: boolean
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value > 0 && value <= 1_000_000) return value
  throw new InputError('isograd', `--timeout: expected seconds, more than 0, got "${text}"`)
}

function modesOf(text: string | undefined): readonly TrainingCheckMode[] {
  const mode = text === undefined ? 'all' : oneOf('mode', text, [...checkModes, 'all'])
  return mode === 'all' ? checkModes : [mode]
}

/** Reads the options. @throws InputError naming the option, what was expected and what came. */
export function readCheckSettings(options: CheckOptions): CheckSettings {
  const { steps, seeds } = options
  return {
    run: readSettings(options),
    namesBackends: options.backend !== undefined,
    limit: options.limit !== undefined,
    modes: modesOf(options.mode),
    steps: steps === undefined ? undefined : wholeNumber('steps', steps, { least: 1, most: 1_000_000 }),
    seeds: seeds === undefined ? 1 : wholeNumber('seeds', seeds, { least: 1, most: 1000 }),
    tolerances: parseTolerances(options.tolerance ?? []),
    timeoutSeconds: seconds(options.timeout),
    against: options.against,
    junit: options.junit,
    markdown: options.markdown,
    github: options.github === true,
  }
}
