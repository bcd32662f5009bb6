/** Recall: of the samples that have a label, the share that is told so. */
import { labelRatio } from './label-ratio.js'

/** hits / actual. */
export const recall = labelRatio('recall', 1)
