/**
 * The holder of a lock, as its file names it. One that this process can see (see process-identity.ts) is asked for: a holder
 * that is gone, killed or ended by a new start of the machine, holds nothing. Of any other only signs of life are known: it
 * writes its file anew every few seconds, and after two minutes of silence it has lost what it held.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { pid } from 'node:process'
import * as z from 'zod/mini'
import { isRunning, processFacts, thisPlace } from './process-identity.js'

/** Milliseconds between two signs of life. */
const BEAT = 5000
/** Milliseconds without one after which a holder that cannot be seen has lost its lock. */
export const SILENCE = 120_000

/** Locks of earlier versions lack what is optional: they give no signs of life. */
const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  /** The start of the machine and that of the process, with a slash between them. */
  began: z.string(),
  mark: z.string(),
  machine: z.exactOptional(z.string()),
  space: z.exactOptional(z.string()),
  beat: z.exactOptional(z.int()),
})
/** The process that has a lock. */
export type Holder = z.output<typeof holderSchema>

/**
 * When a process began, as the system counts: boot and clock ticks on Linux, where numbers of processes come again
 * soon, above all in containers. Empty where it cannot be told.
 */
function beginningOf(process: number, boot: string): string {
  const { began } = processFacts(process)
  return began && boot && `${boot}/${began}`
}

/** This process as a holder; the mark is what it may hold several things under. */
export function thisHolder(mark: string): Holder {
  const { host, machine, boot, space } = thisPlace()
  return { pid, host, began: beginningOf(pid, boot), mark, machine, space, beat: BEAT }
}

/**
 * True unless a holder is certainly gone, or, where it cannot be seen, silent for too long.
 * @param silence milliseconds since its last sign of life. @param isOwn true for marks that this process holds under.
 */
export function isAlive(
  { pid: holder, host, began, mark, ...others }: Holder,
  silence: number,
  isOwn: (mark: string) => boolean,
): boolean {
  const here = thisPlace()
  const { machine = here.machine, space = here.space, beat: sign } = others
  const seemsAlive = sign === undefined || silence < SILENCE
  if (isOwn(mark)) return true
  if (host !== here.host || machine !== here.machine) return seemsAlive
  const now = beginningOf(holder, here.boot)
  const isOtherBoot = began !== '' && here.boot !== '' && !began.startsWith(`${here.boot}/`)
  if (isOtherBoot) return false
  if (space !== here.space) return seemsAlive
  return holder !== pid && isRunning(holder) && (began === '' || now === '' || began === now)
}

/** The holder that a text names; undefined where it is none of ours. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Gives signs of life until it is told to stop. The file is opened at once: later another's may stand at its name. */
export function showLife(path: string, content: string): () => void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW)
  const timer = setInterval(() => {
    try {
      writeSync(descriptor, content, 0)
    } catch {
      // A disk that fails is told of by what is written next, a lock that was taken by its holder's next look.
    }
  }, BEAT).unref()
  return () => {
    clearInterval(timer)
    closeSync(descriptor)
  }
}
