/**
 * Interleaved repetitions: A B C A B C and never A A B B, so that a machine that grows warm, or busy, does so for all
 * alike. An entrant that fails once is not asked again.
 */
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'

/** Something that is measured once in every round. */
export interface Entrant<T> {
  readonly name: string
  readonly measure: () => Promise<T>
}

/** The measurements of an entrant, one a round, and why there are no more. */
export interface Entry<E extends Entrant<unknown>> {
  readonly entrant: E
  readonly results: Awaited<ReturnType<E['measure']>>[]
  failure?: string
}

/** Measures an entrant once more. @throws what the user can mend, and what stops everything. */
async function measureOnce<E extends Entrant<unknown>>(entry: Entry<E>): Promise<void> {
  try {
    entry.results.push((await entry.entrant.measure()) as Awaited<ReturnType<E['measure']>>)
  } catch (error) {
    if (deliberateStatus(error) !== exitStatus.backend) throw error
    entry.failure = messageOf(error)
  }
}

/** Measures every entrant `repetitions` times, round by round. `before` hears of each measurement before it begins. */
export async function interleave<E extends Entrant<unknown>>(
  entrants: readonly E[],
  repetitions: number,
  before: (round: number, name: string) => void,
): Promise<Entry<E>[]> {
  const entries = entrants.map((entrant): Entry<E> => ({ entrant, results: [] }))
  for (let round = 0; round < repetitions; round++) {
    for (const entry of entries.filter(({ failure }) => failure === undefined)) {
      before(round, entry.entrant.name)
      // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
      await measureOnce(entry)
    }
  }
  return entries
}
