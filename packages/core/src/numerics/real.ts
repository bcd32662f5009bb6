/** The schema of a number that a run has computed. */
import * as z from 'zod/mini'

/** Any number: the losses of a run that has diverged are NaN, and stay so. */
export const real = z.custom<number>((value) => typeof value === 'number', 'a number')
