/** Weights that are never below 0: max(w, 0), as Keras's NonNeg. */
import { constraint } from './constraint.js'

/** `"constraint": "nonNegative"` */
export const nonNegative = constraint({ emit: (b, x) => b.relu(x) })
