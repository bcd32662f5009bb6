/**
 * Which training begins when a lane is free: the next of the plan, as long as that costs no time at the end; else one
 * that would be left over when all others are done. (Longest first is within a third of the best there is: Graham,
 * Bounds on multiprocessing timing anomalies, 1969. It would leave the first results to the end of the command.)
 */

/** A later end by this fraction is no reason to leave the order of the plan. */
const TOLERANCE = 0.02

/** When everything is done if lanes are busy so long, and what waits begins longest first. */
function endOf(lanes: readonly number[], waiting: readonly number[]): number {
  const loads = [...lanes]
  for (const seconds of waiting.toSorted((a, b) => b - a)) {
    const first = loads.indexOf(Math.min(...loads))
    loads[first] = (loads[first] ?? 0) + seconds
  }
  return Math.max(...loads)
}

/**
 * Which of the waiting to begin.
 * @param waiting expected seconds, in the order of the plan; one at least.
 * @param busy what the other lanes still have to do, in seconds; empty for a single lane.
 */
export function nextToBegin(waiting: readonly number[], busy: readonly number[]): number {
  const ends = waiting.map((seconds, i) => endOf([seconds, ...busy], waiting.toSpliced(i, 1)))
  const best = Math.min(...ends)
  return Math.max(
    0,
    ends.findIndex((end) => end <= best * (1 + TOLERANCE)),
  )
}
