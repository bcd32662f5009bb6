/** The number of trainings at once: as many as the machine has cores for, unless the user says otherwise. */
import { availableParallelism } from 'node:os'

/** The number that is asked for. */
export type JobsOption = number | 'auto'

/** All that bears on the number. */
export interface JobsInput {
  readonly asked: JobsOption
  /** Trainings to be done. */
  readonly trainings: number
  /** Threads of one backend inside one operation: the most of any. */
  readonly threads: number
  readonly cores?: number
}

/** The number of jobs: never more than there are trainings, never fewer than one. */
export function jobsFor({ asked, trainings, threads, cores = availableParallelism() }: JobsInput): number {
  const fitting = asked === 'auto' ? Math.floor(cores / threads) : asked
  return Math.max(1, Math.min(fitting, trainings))
}
