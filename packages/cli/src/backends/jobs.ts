/** How many trainings run at once: as many as the machine has cores for, unless the user says otherwise. */
import { availableParallelism } from 'node:os'
import { InputError } from '@isograd/core'

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
  const jobs = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (jobs >= 1 && jobs <= MOST_JOBS) return jobs
  throw new InputError('isograd', `--jobs: expected a whole number from 1 to ${MOST_JOBS} or auto, got "${text}"`)
}

/** The number of jobs: never more than there are trainings, never fewer than one. */
export function jobsFor({ wish, trainings, threads, cores = availableParallelism() }: JobsQuestion): number {
  const fitting = wish === 'auto' ? Math.floor(cores / threads) : wish
  return Math.max(1, Math.min(fitting, trainings))
}
