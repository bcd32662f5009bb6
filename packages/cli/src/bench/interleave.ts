/**
 * Interleaved repetitions: A B C A B C and never A A B B, so that a machine that grows warm, or busy, does so for all
 * alike. Who fails once is not asked again.
 */
import { deliberateStatus, messageOf } from '../failure.js'
import { exitStatus } from '../exit-status.js'

/** Somebody who is measured once in every round. */
export interface Entrant<T> {
  readonly name: string
  readonly measure: () => Promise<T>
}

/** What came of an entrant: a measurement a round, or why there is none. */
export interface Entry<T> {
  readonly name: string
  readonly results: readonly T[]
  readonly failure: string | undefined
}

interface OpenEntry<T> {
  readonly entrant: Entrant<T>
  readonly results: T[]
  failure: string | undefined
}

async function measureOnce<T>(entry: OpenEntry<T>): Promise<void> {
  try {
    entry.results.push(await entry.entrant.measure())
  } catch (error) {
    // What the user can mend, and what stops everything, is not one entrant's failure.
    if (deliberateStatus(error) !== exitStatus.backend) throw error
    entry.failure = messageOf(error)
  }
}

/** Measures every entrant `repetitions` times, round by round. `before` hears of each measurement before it begins. */
export async function interleave<T>(
  entrants: readonly Entrant<T>[],
  repetitions: number,
  before: (round: number, name: string) => void,
): Promise<Entry<T>[]> {
  const entries = entrants.map((entrant): OpenEntry<T> => ({ entrant, results: [], failure: undefined }))
  for (let round = 0; round < repetitions; round++) {
    for (const entry of entries.filter(({ failure }) => failure === undefined)) {
      before(round, entry.entrant.name)
      // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
      await measureOnce(entry)
    }
  }
  return entries.map(({ entrant, results, failure }) => ({ name: entrant.name, results, failure }))
}
