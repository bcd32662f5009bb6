/** The nearest of some names to a misspelt one, for error messages. */
import { distance } from 'fastest-levenshtein'

/** The candidate closest to `name`, if one is close enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(2, name.length / 2) ? best.candidate : undefined
}

/** `; did you mean "relu"?` where something is near, else a full stop: what follows the naming of an unknown name. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)
  return near === undefined ? '.' : `; did you mean "${near}"?`
}
