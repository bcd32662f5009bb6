/**
 * Interleaved repetitions: A B C A B C and never A A B B, so that a machine that grows warm, or busy, does so for all
 * alike. An entrant that fails once is not asked again.
 */
import { deliberateStatus, messageOf } from '../failure.js'
import { exitStatus } from '../exit-status.js'

/** Something that is measured once in every round. */
export interface Entrant<T> {
  readonly name: string
  readonly measure: () => Promise<T>
}

/** A measurement a round, and why there are no more. */
export interface Entry<T> {
  readonly name: string
  readonly results: readonly T[]
  readonly failure: string | undefined
}

/** A measurement, or the message of the backend's failure. @throws what the user can mend, and what stops everything. */
async function attempt<T>(measure: () => Promise<T>): Promise<{ readonly result: T } | { readonly failure: string }> {
  try {
    return { result: await measure() }
  } catch (error) {
    if (deliberateStatus(error) !== exitStatus.backend) throw error
    return { failure: messageOf(error) }
  }
}

/** Measures every entrant `repetitions` times, round by round. `before` hears of each measurement before it begins. */
export async function interleave<T>(
  entrants: readonly Entrant<T>[],
  repetitions: number,
  before: (round: number, name: string) => void,
): Promise<Entry<T>[]> {
  const results = entrants.map((): T[] => [])
  const failures = new Map<number, string>()
  for (let round = 0; round < repetitions; round++) {
    for (const [i, { name, measure }] of entrants.entries()) {
      if (failures.has(i)) continue
      before(round, name)
      // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
      const outcome = await attempt(measure)
      if ('result' in outcome) results[i]?.push(outcome.result)
      else failures.set(i, outcome.failure)
    }
  }
  return results.map((own, i) => ({ name: entrants[i]?.name ?? '', results: own, failure: failures.get(i) }))
}
