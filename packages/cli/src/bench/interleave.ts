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

/** An entrant with a measurement a round, and why there are no more. */
export interface Entry<T, E extends Entrant<T>> {
  readonly entrant: E
  readonly results: T[]
  failure?: string
}

/** Measures an entrant once more. @throws what the user can mend, and what stops everything. */
async function measureOnce<T>(entry: Entry<T, Entrant<T>>): Promise<void> {
  try {
    entry.results.push(await entry.entrant.measure())
  } catch (error) {
    if (deliberateStatus(error) !== exitStatus.backend) throw error
    entry.failure = messageOf(error)
  }
}

/** Measures every entrant `repetitions` times, round by round. `before` hears of each measurement before it begins. */
export async function interleave<T, E extends Entrant<T>>(
  entrants: readonly E[],
  repetitions: number,
  before: (round: number, name: string) => void,
): Promise<Entry<T, E>[]> {
  const entries = entrants.map((entrant): Entry<T, E> => ({ entrant, results: [] }))
  for (let round = 0; round < repetitions; round++) {
    for (const entry of entries.filter(({ failure }) => failure === undefined)) {
      before(round, entry.entrant.name)
      // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
      await measureOnce(entry)
    }
  }
  return entries
}
