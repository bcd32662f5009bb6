/** The settings of a check. */
import type { ToleranceOverrides, TrainingCheckMode } from '@isograd/core/compare'
import type { RunSettings } from '../input/run-settings.js'

/** Modes, steps, seeds and tolerances, with the settings that a check shares with a run. */
export interface CheckSettings {
  readonly run: RunSettings
  readonly modes: readonly TrainingCheckMode[]
  /** Undefined: core's own, mode by mode. */
  readonly steps: number | undefined
  readonly seeds: number
  /** True where --limit says how many samples there are; else as many are taken as the steps need. */
  readonly limited: boolean
  readonly tolerances: ToleranceOverrides
}
