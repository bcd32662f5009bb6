/** Probabilities and odds from logits in float64, written so that no logit is too large for them. */

/** log(sum exp z). */
export function logSumExp(logits: readonly number[]): number {
  const largest = logits.reduce((most, each) => (each > most ? each : most), Number.NEGATIVE_INFINITY)
  if (!Number.isFinite(largest)) return logits.some((each) => Number.isNaN(each)) ? Number.NaN : largest
  return largest + Math.log(logits.reduce((sum, each) => sum + Math.exp(each - largest), 0))
}

/** Probabilities of categories. */
export function softmax(logits: readonly number[]): number[] {
  const total = logSumExp(logits)
  return logits.map((each) => Math.exp(each - total))
}

/** The probability of a flag. */
export function sigmoid(logit: number): number {
  return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit))
}

/** log(1 + exp z). */
export function softplus(logit: number): number {
  return Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)))
}

/**
 * The logarithms of the odds of each category against all others: in the order of the probabilities, and never 1 as those may
 * be. They are summed in order of size, so that logits which differ by a constant or in their order give the same.
 */
export function logOdds(logits: readonly number[]): number[] {
  const sorted = Float64Array.from(logits).toSorted()
  const largest = Number(sorted.at(-1))
  const others = sorted.subarray(0, -1).reduce((sum, each) => sum + Math.exp(each - largest), 0)
  return logits.map((each) => {
    const distance = each - largest
    return distance === 0 ? -Math.log(others) : distance - Math.log(1 + others - Math.exp(distance))
  })
}
