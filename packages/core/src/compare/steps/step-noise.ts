/**
 * The noise of a whole step: what rounding alone makes of its quantities. A step whose results are rounded once tells it as a rule;
 * where something is out, sound steps that round otherwise tell more.
 */
import { sliceStep } from '../../backend/scan.js'
import { evaluateStep, type Outputs } from '../../observe/float64-evaluator.js'
import { otherRoundings } from '../operations/disturbed.js'
import type { ReferenceSteps, StepInputs } from '../operations/node-check.js'
import type { Quantity } from './quantities.js'

/** The step in float64, and the same with every result rounded once. */
export function referenceOf(inputs: StepInputs): ReferenceSteps {
  return { exact: evaluateStep(inputs, 'exact'), rounded: evaluateStep(inputs, 'rounded') }
}

function larger(most: number, error: number): number {
  return error > most || Number.isNaN(most) ? error : most
}

/** Sound steps that round at random, beside those that add in other orders. */
const DISTURBED = 3

/**
 * The largest errors of sound steps that round otherwise, and of `known`, quantity by quantity. One alone may be exact by luck
 * where what should vanish is the rest of large numbers that cancel.
 */
export async function soundNoise(
  { program, constants, carry, xs }: StepInputs,
  known: readonly number[],
  measured: (outputs: Outputs) => readonly Quantity[],
): Promise<number[]> {
  let noise = [...known]
  for (const backend of otherRoundings(DISTURBED)) {
    // oxlint-disable-next-line no-await-in-loop -- all of them use the one processor
    const executable = await backend.compile(program, constants)
    // oxlint-disable-next-line no-await-in-loop
    const result = await executable.scan(carry, xs)
    const errors = measured({ carry: result.carry, ys: sliceStep(result.ys, 0) })
    noise = noise.map((most, i) => larger(most, Number(errors[i]?.error)))
  }
  return noise
}
