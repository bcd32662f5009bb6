/** A format of files that hold named tensors, as initial weights are read from. */
import type { StoredWeights } from '../../model/initial-weights.js'

type WeightsContent = Omit<StoredWeights, 'source'>

/** One format. */
export interface WeightsFormat {
  /** Shown where a file is of none. */
  readonly about: string
  matches(bytes: Uint8Array): boolean
  /** @param source the file in messages. @throws InputError when the file is damaged. */
  read(bytes: Uint8Array, source: string): WeightsContent | Promise<WeightsContent>
}
