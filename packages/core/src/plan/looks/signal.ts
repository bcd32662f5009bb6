/**
 * Scale of the signal: the root mean square of what each activation layer gives, about its mean over the batch. That is what still
 * tells samples apart; below the edge of chaos it vanishes with depth, though the outputs themselves do not where there are biases.
 * Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, Deep information propagation, ICLR 2017.
 */
import { emitActivations, readActivations } from './data.js'
import type { Look } from './look.js'

/** In float64: squares of a signal that vanishes are no float32. NaN of a batch of one, which tells nothing apart. */
function scaleOf(outputs: ArrayLike<number>, size: number): number {
  const rows = outputs.length / size
  if (rows < 2) return Number.NaN
  let squares = 0
  for (let unit = 0; unit < size; unit++) {
    const values = Array.from({ length: rows }, (_, row) => Number(outputs[row * size + unit]))
    const mean = values.reduce((sum, value) => sum + value, 0) / rows
    squares += values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  }
  return Math.sqrt(squares / outputs.length)
}

/** `probes: { signal: true }` */
export const signal: Look = {
  about: 'record how far outputs of each activation layer are spread over the batch at the probed steps',
  emit: emitActivations,
  read: (model, ys) => readActivations({ quantity: 'signalScale', model, ys }, scaleOf),
}
