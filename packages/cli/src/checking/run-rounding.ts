/** The part of rounding in the first steps of a finished run, where the data that it was trained on are at hand. */
import { InputError, type Registry } from '@isograd/core'
import { type MeasureRounding, type RoundingExtent, roundingOfPlan } from '@isograd/core/compare'
import type { FinishedRun } from '@isograd/core/node'
import { planOfRun } from './run-plan.js'

/**
 * Measures it. Undefined where the data are not there, are others by now, or a step takes too long on the host.
 * @throws the signal's reason
 */
export async function roundingOfRun(
  run: FinishedRun,
  extent: RoundingExtent,
  registry: Registry,
  signal: AbortSignal,
): ReturnType<MeasureRounding> {
  try {
    return await roundingOfPlan(await planOfRun(run, registry, signal), extent, signal)
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}
