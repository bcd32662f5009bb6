/**
 * The measuring process: the command started once more by the bench, which does one job and ends. That is where all
 * runtimes are loaded; the process that the user started loads none.
 */
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import type { Job, JobMessage, JobReply, JobResults } from './job.js'
import { runAroundJob } from './jobs/around.js'
import { runDataJob } from './jobs/data.js'
import { runFloorJob } from './jobs/floor.js'
import { withBackend } from './jobs/surroundings.js'
import { runTfjsJob } from './jobs/tfjs.js'
import { runTogetherJob } from './jobs/together.js'
import { runTrainJob } from './jobs/train.js'

/** Set in the environment of a measuring process. */
export const MARK = 'ISOGRAD_BENCH_JOB'

/** Whether this process is to do a job. */
export function isMeasuring(): boolean {
  return process.env[MARK] === '1' && process.send !== undefined
}

function runJob(job: Job, startedAt: number): Promise<JobResults[Job['kind']]> {
  switch (job.kind) {
    case 'train':
      return runTrainJob(job, startedAt)
    case 'floor':
      return runFloorJob(job)
    case 'tfjs':
      return runTfjsJob(job, startedAt)
    case 'around':
      return runAroundJob(job)
    case 'together':
      return runTogetherJob(job)
    case 'data':
      return runDataJob(job)
    case 'describe':
      return withBackend(job, [], async ({ backend, packageName, packageVersion }) => ({
        name: backend.name,
        info: backend.info,
        packageName,
        packageVersion,
      }))
  }
}

async function replyTo({ job, startedAt }: JobMessage): Promise<JobReply> {
  try {
    return { ok: true, result: await runJob(job, startedAt) }
  } catch (error) {
    return { ok: false, status: deliberateStatus(error) ?? exitStatus.bug, message: messageOf(error) }
  }
}

/** Does the job that the bench sends, and sends the result back. */
export async function serveJob(): Promise<void> {
  const message = await new Promise<JobMessage>((resolve) => {
    process.once('message', (received: JobMessage) => resolve(received))
    // Whoever asked has gone: nobody waits for the result.
    process.once('disconnect', () => process.exit(exitStatus.interrupted))
  })
  const reply = await replyTo(message)
  await new Promise<void>((resolve) => {
    if (process.send === undefined) resolve()
    else process.send(reply, () => resolve())
  })
}
