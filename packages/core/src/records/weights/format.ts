/** A format of files that hold named tensors, as initial weights are read from. */
import type { StoredTensor, WeightsLayout } from '../../model/initial-weights.js'

/** The tensors of a file, and in which layout dense weights are, where the file tells. */
export interface WeightsContent {
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly layout?: WeightsLayout
}

/** One format. */
export interface WeightsFormat {
  /** Shown where a file is of none. */
  readonly about: string
  matches(bytes: Uint8Array): boolean
  /** @param source the file in messages. @throws InputError when the file is damaged. */
  read(bytes: Uint8Array, source: string): WeightsContent | Promise<WeightsContent>
}
