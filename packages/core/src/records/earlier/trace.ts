/** Traces of the layout isograd.trace/1 in today's: a batch was `images` and `labels`. */
import type { TensorMap } from '../../tensor.js'

/** The layout that is read. */
export const EARLIER_TRACE = 'isograd.trace/1'

/** The tensors of such a trace by their names of today. */
export function upgradeTraceTensors(tensors: TensorMap): TensorMap {
  const entries = Object.entries(tensors).map(([name, tensor]) => [
    name.replace(/^(step\/\d+)\/(image|label)s$/, '$1/data/$2'),
    tensor,
  ])
  return Object.fromEntries(entries) as TensorMap
}
