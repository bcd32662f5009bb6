/** The table of what a program that repeats a step may do otherwise. */
import type { Hypothesis } from './hypothesis.js'
import { passHypotheses } from './pass-hypotheses.js'
import { updateHypotheses } from './update-hypotheses.js'

/** Everything that is tried, in this order. */
export const hypotheses: Readonly<Record<string, Hypothesis>> = { ...passHypotheses, ...updateHypotheses }
