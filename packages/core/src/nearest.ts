/** The nearest of some names to a misspelt one, for error messages. */
import { distance } from 'fastest-levenshtein'

/**
 * The few candidates closest to `name`, of those that are close enough to be what was meant.
 * @param share the part of its letters that may differ is one of so many.
 */
export function nearestFew(name: string, candidates: readonly string[], most = 3, share = 2): string[] {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const near = ranked.filter(({ distance: far }) => far <= Math.max(2, name.length / share))
  return near.slice(0, most).map(({ candidate }) => candidate)
}

/** The candidate closest to `name`, if one is close enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  return nearestFew(name, candidates, 1)[0]
}

/** `; did you mean "relu"?` where something is near, else a full stop: what follows the naming of an unknown name. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)
  return near === undefined ? '.' : `; did you mean "${near}"?`
}
