/** The numbers of a probe's output. */
import type { Tensor } from '../../tensor.js'

/** Numbers that should be there; a single NaN where they are not, so that nothing that is missing looks like 0. */
export function probedData(tensor: Tensor | undefined): ArrayLike<number> {
  return tensor?.data ?? [Number.NaN]
}
