/** Trains every arm of an experiment on one backend, and tells how far it has come a few times a second. */
import { dataMarkOf, Journal, type RunRecord, train } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { finalText, liveCharts } from '@isograd/report/live'
import type { BackendName } from '../backends.js'
import type { Progress } from '../messages.js'
import { openBackend } from './adapters.js'
import { type PlannedArm, planAll } from './plans.js'

/** Milliseconds between two drawings. */
const BETWEEN = 250

/** Seconds of a scan: as long as what is drawn may stand still. */
const SCAN_SECONDS = 0.1

/** The training of one experiment on one backend. */
class Training {
  readonly #id: string
  readonly #tell: (progress: Progress) => void
  readonly #finished: RunRecord[] = []
  readonly #steps: number
  #last = 0

  constructor(id: string, steps: number, tell: (progress: Progress) => void) {
    this.#id = id
    this.#steps = steps
    this.#tell = tell
  }

  /** Trains an arm to its end; returns the records of all arms so far. */
  async run(backend: Backend, { plan, dataset }: PlannedArm): Promise<readonly RunRecord[]> {
    const journal = new Journal(dataMarkOf(dataset))
    for await (const event of train({ plan, backend, scanSeconds: SCAN_SECONDS })) {
      journal.add(event)
      if (event.type !== 'start' && performance.now() - this.#last > BETWEEN) this.#draw(journal.recordSoFar())
    }
    this.#finished.push(journal.record())
    this.#draw()
    return this.#finished
  }

  #draw(...underWay: readonly RunRecord[]): void {
    const records = [...this.#finished, ...underWay]
    const trained = records.reduce((sum, { losses }) => sum + losses.length, 0)
    const finals = this.#finished.map((record) => `${record.arm}: ${finalText(record)}`)
    const arms = records.map(({ arm }) => arm)
    const arm = String(arms.at(-1))
    const charts = liveCharts(records, this.#id)
    this.#tell({ kind: 'progress', arm, arms, trained, steps: this.#steps, charts, finals })
    this.#last = performance.now()
  }
}

/** Trains; the backend is opened when the experiment is known to fit. @throws InputError, BackendError */
export async function trainOn(
  name: BackendName,
  text: string,
  threads: number,
  tell: (progress: Progress) => void,
): Promise<readonly RunRecord[]> {
  const planned = await planAll(text)
  const backend = await openBackend(name, threads)
  const steps = planned.reduce((sum, { plan }) => sum + plan.steps, 0)
  const training = new Training(`on-${name}`, steps, tell)
  let records: readonly RunRecord[] = []
  // oxlint-disable-next-line no-await-in-loop -- arms share the worker
  for (const arm of planned) records = await training.run(backend, arm)
  return records
}
