/** The entry of a worker: it is told its task, and answers. It exports nothing. */
import { BackendError, InputError } from '@isograd/core'
import { thrownText } from '@isograd/core/text'
import { readSource, renderReport } from '@isograd/report'
import type { Answers, Message, Task } from '../messages.js'
import { judge } from './judge.js'
import { planAll } from './plans.js'
import { trainOn } from './train.js'

function tell(message: Message): void {
  postMessage(message)
}

/** An experiment in words: its arms, each with the steps it takes. */
async function describe(text: string): Promise<string> {
  const arms = (await planAll(text)).map(({ name, plan }) => `${name}, ${plan.steps.toLocaleString('en-US')} steps`)
  return `${arms.length} ${arms.length === 1 ? 'arm' : 'arms'}: ${arms.join('; ')}`
}

const tasks: { readonly [K in Task['kind']]: (task: Extract<Task, { kind: K }>) => Promise<Answers[K]> } = {
  check: ({ text }) => describe(text),
  train: ({ backend, text, threads }) => trainOn(backend, text, threads, tell),
  judge: ({ text, records, compares }) => judge(text, records, compares),
  report: ({ text }) => renderReport([readSource(text, 'playground')]),
}

/** The reason of a failure: of those that are no fault of isograd's without the package's name. */
function reasonOf(error: unknown): string {
  const isExpected = error instanceof InputError || error instanceof BackendError
  return isExpected ? error.message.replace(/^\[\w+\] /, '') : `internal: ${thrownText(error)}`
}

async function perform(task: Task): Promise<void> {
  try {
    const work = tasks[task.kind] as (task: Task) => Promise<Answers[Task['kind']]>
    tell({ kind: 'answer', answer: await work(task) })
  } catch (error) {
    tell({ kind: 'failed', reason: reasonOf(error) })
  }
}

addEventListener('message', ({ data }: MessageEvent<Task>) => void perform(data))
