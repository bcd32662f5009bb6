/** Gives a task to a worker of its own, which ends with it: whatever a backend does, the page stays free. */
import type { Answers, Message, Progress, Task } from '../messages.js'

/** The reason of a task that does not come to its answer. */
export class Failure extends Error {
  override name = 'Failure'
}

type Kind = Task['kind']

const GONE = 'its worker has ended or could not be loaded: is the connection there, and memory enough?'

/** The answer of a worker. @throws Failure with its reason; the reason of the signal, at once */
export function ask<K extends Kind>(
  task: Extract<Task, { kind: K }>,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Answers[K]> {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' })
  const answer = new Promise<Answers[K]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (data.kind === 'progress') onProgress(data)
      else if (data.kind === 'failed') reject(new Failure(data.reason))
      else resolve(data.answer as Answers[K])
    })
    worker.addEventListener('error', ({ message }) =>
      reject(new Failure(message ? `its worker has failed: ${message}` : GONE)),
    )
    worker.addEventListener('messageerror', () => reject(new Failure(GONE)))
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is no window
    worker.postMessage(task)
  })
  return answer.finally(() => worker.terminate())
}
