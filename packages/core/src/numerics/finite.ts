/** Numbers that are not finite, counted in tensors: NaN and both infinities. */
import type { Tensor, TensorMap } from '../tensor.js'

/** True of an array without NaN and infinities: a number times 0 is 0 only where it is finite. */
export function isAllFinite(data: ArrayLike<number>): boolean {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += (data[i] as number) * 0
  return sum === 0
}

/** True of a tensor that holds NaN or an infinity. */
export function holdsNonFinite({ dtype, data }: Pick<Tensor, 'dtype' | 'data'>): boolean {
  return (dtype === 'float32' || dtype === 'float64') && !isAllFinite(data)
}

/** True where a tensor holds NaN or an infinity that held none before, or was not there. */
export function becameNonFinite(before: TensorMap, after: TensorMap): boolean {
  return Object.entries(after).some(([name, tensor]) => {
    if (!holdsNonFinite(tensor)) return false
    const earlier = before[name]
    return earlier === undefined || !holdsNonFinite(earlier)
  })
}

/** The finite and the other numbers of an array. */
export interface FiniteRange {
  /** Largest absolute value of the finite numbers; NaN where there is none. */
  readonly largest: number
  /** Numbers that are not finite. */
  readonly notFinite: number
  /** The first of them; undefined where all are finite. */
  readonly first: number | undefined
}

/** Counts the numbers of an array. */
export function finiteRange(data: ArrayLike<number>): FiniteRange {
  let [largest, notFinite, first] = [Number.NaN, 0, undefined as number | undefined]
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number
    if (Number.isFinite(value)) {
      if (!(Math.abs(value) <= largest)) largest = Math.abs(value)
    } else {
      notFinite++
      first ??= value
    }
  }
  return { largest, notFinite, first }
}
