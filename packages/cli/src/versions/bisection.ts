/**
 * Binary search over versions in order, of which some may not be had: the nearest that can be tried stands in for one that
 * cannot. It finds a place where the answer changes; where it changes several times, one of these.
 */

/** The answer for a version: like the good end, unlike it, or that it cannot be tried. */
export type Trial = 'like' | 'unlike' | 'unknown'

/** The place where the answer changes. */
export interface Turn {
  /** The last version that is like the good end, and the first that is not. */
  readonly last: string
  readonly first: string
  /** Those between them, none of which can be tried. */
  readonly between: readonly string[]
}

/** Positions strictly between two, nearest to the middle first. */
function fromTheMiddle(low: number, high: number): number[] {
  const middle = (low + high) / 2
  return Array.from({ length: high - low - 1 }, (_, i) => low + 1 + i).toSorted(
    (a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b,
  )
}

/** The first version between two that can be tried, nearest to the middle, with its answer. */
async function nearestKnown(
  versions: readonly string[],
  low: number,
  high: number,
  tryOne: (version: string) => Promise<Trial>,
): Promise<{ readonly at: number; readonly answer: 'like' | 'unlike' } | undefined> {
  for (const at of fromTheMiddle(low, high)) {
    // oxlint-disable-next-line no-await-in-loop -- the next only where this one cannot be tried
    const answer = await tryOne(String(versions[at]))
    if (answer !== 'unknown') return { at, answer }
  }
  return undefined
}

/**
 * Searches between the first version, which is like itself, and the last, which is known to be unlike it.
 * @param tryOne is called once for a version at most, about log2 of their number in all.
 */
export async function bisect(versions: readonly string[], tryOne: (version: string) => Promise<Trial>): Promise<Turn> {
  let [low, high] = [0, versions.length - 1]
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each answer halves what is left
    const known = await nearestKnown(versions, low, high, tryOne)
    if (known === undefined) break
    if (known.answer === 'like') low = known.at
    else high = known.at
  }
  return { last: String(versions[low]), first: String(versions[high]), between: versions.slice(low + 1, high) }
}
