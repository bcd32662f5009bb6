/**
 * Reads a file of data by a package of others, apart from everything else: a damaged file makes some of them run for ever,
 * ask for all memory, or fail behind their call. The thread that reads is ended then, and the file is refused.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { DataSource } from '../data/formats/format.js'
import type { RawTable, RawTables } from '../data/raw.js'
import { failAt } from '../errors.js'
import { thrownText } from '../text/visible.js'
import { threadClock } from './thread-time.js'

/** Computing time that every file may take, and what each of its bytes adds: a slow machine reads over 1 MB a second. */
const SECONDS = 1.2
const BYTES_A_SECOND = 1e6
/** Memory that every file may take, and that for each of its bytes: columns of texts take most. */
const MEBIBYTES = 448
const TIMES_ITS_SIZE = 24
const LOOK_MILLISECONDS = 20

/** The file that the thread is to read. */
export interface ApartTask {
  readonly format: string
  readonly file: string
  readonly bytes: Uint8Array
  readonly settings: Readonly<Record<string, unknown>>
}

/** The answer of the thread. */
export type ApartAnswer = Pick<RawTable, 'count' | 'columns'> | { readonly problem: string }

/** A message of the thread; the first says its number in the system. */
export type ApartMessage = ApartAnswer | { readonly thread: number | undefined }

/** The program of the thread; undefined where the package was bundled without it, or runs from its sources. */
function host(): string | undefined {
  const places = ['./apart-host.js', './node/apart-host.js'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  return places.find((path) => existsSync(path))
}

async function answerOf(program: string, task: ApartTask): Promise<ApartAnswer> {
  const size = task.bytes.length
  const limit = MEBIBYTES + (TIMES_ITS_SIZE * size) / 2 ** 20
  const worker = new Worker(program, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: limit },
    stdout: true,
    stderr: true,
  })
  const [memory, secondsOf] = [process.memoryUsage.rss(), threadClock(worker)]
  let thread: number | undefined
  const answer = await new Promise<ApartAnswer>((resolve) => {
    const refuse = (problem: string): void => resolve({ problem })
    const watch = setInterval(() => {
      if (secondsOf(thread) > SECONDS + size / BYTES_A_SECOND) refuse('it takes too long')
      if (process.memoryUsage.rss() - memory > limit * 2 ** 20) refuse('it takes too much memory')
    }, LOOK_MILLISECONDS)
    worker.on('message', (message: ApartMessage) => {
      if ('thread' in message) thread = message.thread
      else resolve(message)
    })
    worker.on('error', (error) => refuse(thrownText(error)))
    worker.on('exit', () => {
      clearInterval(watch)
      refuse('the reading ended without an answer')
    })
  })
  await worker.terminate()
  return answer
}

/** The tables of a source, read apart; undefined where that cannot be done. @throws InputError */
export async function readApart(
  format: string,
  source: DataSource,
  settings: ApartTask['settings'],
): Promise<RawTables | undefined> {
  const program = host()
  if (program === undefined) return undefined
  const { file } = source
  const answer = await answerOf(program, { format, file, bytes: await source.bytes(), settings })
  if ('problem' in answer) return failAt(file, `the file cannot be read: ${answer.problem.replace(`${file}: `, '')}`)
  return { train: { ...answer, file, placeOf: (row) => `row ${row}` } }
}
