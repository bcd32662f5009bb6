/** Precision: of the samples that are told to have a label, the share that has it. */
import { labelRatio } from './label-ratio.js'

/** hits / told. */
export const precision = labelRatio('precision', 0)
