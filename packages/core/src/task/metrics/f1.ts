/** F1: the harmonic mean of precision and recall. */
import { labelRatio } from './label-ratio.js'

/** 2 hits / (actual + told). */
export const f1 = labelRatio('F1', 1 / 2)
