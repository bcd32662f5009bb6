/**
 * The choice of the training that begins when a job is free: the next in order, as long as that costs no time at the
 * end; else one that would be left over when all others are done. (Longest first is within a third of the best there is: Graham,
 * Bounds on multiprocessing timing anomalies, 1969. It would leave the first results to the end of the command.)
 */

/** A later end by this fraction is no reason to leave the given order. */
const TOLERANCE = 0.02

/** The end of everything, if jobs are busy so long and the waiting ones begin longest first. */
function endOf(jobs: readonly number[], waiting: readonly number[]): number {
  const loads = [...jobs]
  for (const seconds of waiting.toSorted((a, b) => b - a)) {
    const first = loads.indexOf(Math.min(...loads))
    loads[first] = (loads[first] ?? 0) + seconds
  }
  return Math.max(...loads)
}

/**
 * The index of the waiting training to begin.
 * @param waiting expected seconds, in the given order; one at least.
 * @param busy seconds that the other jobs still take; empty for a single job.
 */
export function nextToBegin(waiting: readonly number[], busy: readonly number[]): number {
  const ends = waiting.map((seconds, i) => endOf([seconds, ...busy], waiting.toSpliced(i, 1)))
  const best = Math.min(...ends)
  return Math.max(
    0,
    ends.findIndex((end) => end <= best * (1 + TOLERANCE)),
  )
}
