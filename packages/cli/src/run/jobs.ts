/** How many trainings run at once: as many as the machine has cores for, unless the user says otherwise. */
import { availableParallelism } from 'node:os'
import { wholeNumber } from '../input/option-values.js'

/** What `--jobs` asks for. */
export type JobsWish = number | 'auto'

/** What bears on the number. */
export interface JobsQuestion {
  readonly wish: JobsWish
  /** How many there are to do. */
  readonly trainings: number
  /** Threads of one backend inside one operation: the most of any. */
  readonly threads: number
  readonly cores?: number
}

const MOST_JOBS = 256

/** Reads `--jobs`. @throws InputError for anything but a whole number from 1 or `auto`. */
export function readJobs(text: string | undefined): JobsWish {
  if (text === undefined || text === 'auto') return 'auto'
  return wholeNumber('jobs', text, { least: 1, most: MOST_JOBS })
}

/** The number of jobs: never more than there are trainings, never fewer than one. */
export function jobsFor({ wish, trainings, threads, cores = availableParallelism() }: JobsQuestion): number {
  const fitting = wish === 'auto' ? Math.floor(cores / threads) : wish
  return Math.max(1, Math.min(fitting, trainings))
}
