/** The table of what a program that repeats a step may do otherwise. */
import type { Hypothesis, StepPart } from './hypothesis.js'
import { passHypotheses } from './pass-hypotheses.js'
import { updateHypotheses } from './update-hypotheses.js'

/** Everything that is tried of each part of a step, in this order. */
export const hypotheses: Readonly<Record<StepPart, readonly Hypothesis[]>> = {
  pass: Object.values(passHypotheses),
  update: Object.values(updateHypotheses),
}
