/** The nearest of some names to a misspelt one, for error messages. */

/** Levenshtein distance of two short strings. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of Array.from(a).entries()) {
    const current = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const substituted = (previous[j] ?? 0) + (letter === b[j] ? 0 : 1)
      current.push(Math.min(substituted, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? b.length
}

/** The candidate closest to `name`, if one is close enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(2, name.length / 2) ? best.candidate : undefined
}

/** `; did you mean "relu"?` where something is near, else a full stop: what follows the naming of an unknown name. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)
  return near === undefined ? '.' : `; did you mean "${near}"?`
}
