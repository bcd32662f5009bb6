/** Times the floor of a step on a backend: its matrix products alone, and one read and one write of its state. */
import { tensor } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { readSource } from '../stored-data.js'
import { trainingProgram } from '../workload.js'
import { type StepJob, withBackend } from './backend.js'
import { type Floor, floorOf, stateBytesOf } from './floor-program.js'
import { type StepTiming, Stopwatch } from './stopwatch.js'

/** The result of timing a floor: a step is the sum of both parts. */
export interface FloorTiming extends StepTiming {
  readonly floor: {
    readonly productSeconds: number
    /** One read and one write of `stateBytes`. */
    readonly copySeconds: number
    readonly stateBytes: number
    /** Multiplications and additions of the products. */
    readonly operations: number
  }
}

/** Seconds that a scan should last: as long as the runner's. */
const SCAN_SECONDS = 0.25
const MOST_STEPS = 4096
const COPY_SECONDS = 0.1

async function timeProducts(
  backend: Backend,
  { program, carry: start, tick }: Floor,
  stopwatch: Stopwatch,
): Promise<void> {
  const executable = await backend.compile(program, {})
  let [carry, count, enough] = [start, 1, false]
  while (!enough) {
    const before = performance.now()
    // oxlint-disable-next-line no-await-in-loop -- one scan after the other is what is timed
    const result = await executable.scan(carry, { [tick]: tensor('int32', [count], new Int32Array(count)) })
    const seconds = (performance.now() - before) / 1000
    enough = stopwatch.add(count, seconds)
    carry = result.carry
    const fitting = Math.floor((SCAN_SECONDS * count) / Math.max(seconds, 1e-6))
    count = Math.max(1, Math.min(fitting, 4 * count, MOST_STEPS))
  }
}

/** Seconds to copy so many bytes from one place to another, back and forth. */
function timeCopy(bytes: number): number {
  const [a, b] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)]
  a.set(b)
  let copies = 0
  const start = performance.now()
  while (performance.now() - start < 1000 * COPY_SECONDS) {
    b.set(a)
    a.set(b)
    copies += 2
  }
  return (performance.now() - start) / 1000 / copies
}

/** Runs the job. @throws InputError, BackendError */
export function timeFloor(job: StepJob): Promise<FloorTiming> {
  const { workload, stored, effort } = job
  const { arm } = workload
  return withBackend(job, [arm.precision], async (backend) => {
    const { program, carry } = trainingProgram(workload, await readSource(stored))
    const floor = floorOf(program, carry, arm.batchSize)
    const stopwatch = new Stopwatch(effort)
    await timeProducts(backend, floor, stopwatch)
    const { stepSeconds: productSeconds, steps } = stopwatch.timing
    const stateBytes = stateBytesOf(carry)
    const copySeconds = timeCopy(stateBytes)
    const { operations } = floor
    return {
      stepSeconds: productSeconds + copySeconds,
      steps,
      floor: { productSeconds, copySeconds, stateBytes, operations },
    }
  })
}
