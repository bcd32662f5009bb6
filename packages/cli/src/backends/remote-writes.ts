/**
 * Writes of a backend to what it was only lent. Between processes they would stay unseen: they are told, and repeated on
 * the caller's own tensors, so that whoever looks for them finds the same as with a backend in this process.
 */
import type { Tensor, TensorMap } from '@isograd/core'
import { checksum } from '@isograd/core/backend'
import type { Written } from './remote-messages.js'

type Sums = ReadonlyMap<Tensor, number>

function sumsOf(tensors: TensorMap): Sums {
  return new Map(Object.values(tensors).map((tensor) => [tensor, checksum(tensor)]))
}

/** The tensors that are no longer what they were. */
function changed(tensors: TensorMap, sums: Sums): TensorMap {
  return Object.fromEntries(Object.entries(tensors).filter(([, tensor]) => sums.get(tensor) !== checksum(tensor)))
}

/** Tensors that are lent to an executable. */
export class Lent {
  readonly #constants: TensorMap
  #sums: Sums

  constructor(constants: TensorMap) {
    this.#constants = constants
    this.#sums = sumsOf(constants)
  }

  /** Notes what a scan is given. */
  lend(carry: TensorMap, xs: TensorMap): void {
    this.#sums = new Map([...sumsOf(this.#constants), ...sumsOf(carry), ...sumsOf(xs)])
  }

  /** Tensors that the scan has written to; undefined where to nothing. */
  written(carry: TensorMap, xs: TensorMap): Written | undefined {
    const found = {
      constants: changed(this.#constants, this.#sums),
      carry: changed(carry, this.#sums),
      xs: changed(xs, this.#sums),
    }
    return Object.values(found).some((tensors) => Object.keys(tensors).length > 0) ? found : undefined
  }
}

/** Writes to the caller's tensors what the backend has written to its own. */
export function repeatWrites(written: Written, lent: Written): void {
  for (const role of ['constants', 'carry', 'xs'] as const) {
    for (const [name, { data }] of Object.entries(written[role])) lent[role][name]?.data.set(data)
  }
}
