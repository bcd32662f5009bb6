/** The thread that reads one file of data by a package of others; see `apart.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { formats } from '../data/formats/index.js'
import type { FormatRecord } from '../data/formats/format.js'
import { thrownText } from '../text/visible.js'
import type { ApartAnswer, ApartMessage, ApartTask } from './apart.js'
import { bytesSource } from './read-samples.js'
import { ownThread } from './thread-time.js'

async function answer({ format, file, bytes, settings }: ApartTask): Promise<ApartAnswer> {
  const record = (formats as Readonly<Record<string, FormatRecord>>)[format]
  try {
    if (record === undefined) return { problem: `there is no format "${format}"` }
    const { train } = await record.read(bytesSource(file, bytes), settings)
    return { count: train.count, columns: train.columns }
  } catch (error) {
    return { problem: thrownText(error).replace(/^\[core\] /, '') }
  }
}

function send(message: ApartMessage): void {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node, and no window
  parentPort?.postMessage(message)
}

send({ thread: ownThread() })
send(await answer(workerData as ApartTask))
