/** The nearest of some names to a misspelt one, for error messages. */
import { distance } from 'fastest-levenshtein'

const BEGINNING = 4

/** A name as it is typed from memory: without capitals, dashes and dots. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Letters in which a name differs from a candidate; of one that it is the beginning of, one. */
function distanceOf(name: string, candidate: string): number {
  const begun = plain(name)
  const isBegun = begun.length >= BEGINNING && plain(candidate).startsWith(begun)
  const apart = distance(name.toLowerCase(), candidate.toLowerCase())
  return isBegun ? Math.min(1, apart) : apart
}

/**
 * The few candidates closest to `name`, of those that are close enough to be what was meant.
 * @param share the part of its letters that may differ is one of so many.
 */
export function nearestFew(name: string, candidates: readonly string[], most = 3, share = 2): string[] {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
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
