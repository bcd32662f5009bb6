/** The trials of a sweep that workers of a Redis are at, asked from outside: nothing of the sweep is changed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '@isograd/core'
import { readMark } from '../sweep-directory.js'
import { openRedis } from './access.js'
import { nameIn, PREFIX } from './posted-sweep.js'

/** Counts them. @throws InputError where no queue has trials of the directory, or Redis is not there */
export async function activeTrials(directory: string, address: string, note: (text: string) => void): Promise<number> {
  const mark = readMark(directory)
  if (!existsSync(join(directory, 'queue'))) {
    throw new InputError(
      'isograd',
      `${directory}: expected a sweep whose trials a queue has, got one without; leave out --queue`,
    )
  }
  const access = await openRedis(address, note)
  try {
    const queue = new access.bullmq.Queue(nameIn(directory, mark), { connection: access.redis, prefix: PREFIX })
    queue.on('error', () => {})
    return await queue.getActiveCount()
  } finally {
    access.close()
  }
}
