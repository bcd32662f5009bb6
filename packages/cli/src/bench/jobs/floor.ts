/** Times the floor of a step on a backend: its matrix products alone, and one read and one write of its state. */
import { type Backend, buildModel, initialCarry, lowerTraining, tensor, type TensorMap } from '@isograd/core'
import { type Floor, floorOf, stateBytesOf } from '../floor-program.js'
import type { Effort, FloorJob, FloorResult } from '../job.js'
import { Stopwatch } from '../stopwatch.js'
import { withBackend } from './surroundings.js'

/** Seconds that a scan should last: as long as the runner's. */
const SCAN_SECONDS = 0.25
const MOST_STEPS = 4096
const COPY_SECONDS = 0.1

function ticks(floor: Floor, count: number): TensorMap {
  return { [floor.tick]: tensor('int32', [count], new Int32Array(count)) }
}

async function timeProducts(backend: Backend, floor: Floor, effort: Effort): Promise<Stopwatch> {
  const executable = await backend.compile(floor.program, {})
  const stopwatch = new Stopwatch(effort)
  let [carry, count, enough] = [floor.carry, 1, false]
  while (!enough) {
    const start = performance.now()
    // oxlint-disable-next-line no-await-in-loop -- one scan after the other is what is timed
    const result = await executable.scan(carry, ticks(floor, count))
    const seconds = (performance.now() - start) / 1000
    enough = stopwatch.add(count, seconds)
    carry = result.carry
    const fitting = Math.floor((SCAN_SECONDS * count) / Math.max(seconds, 1e-6))
    count = Math.max(1, Math.min(fitting, 4 * count, MOST_STEPS))
  }
  return stopwatch
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

async function measure(backend: Backend, { arm, sampleShape, classes, effort }: FloorJob): Promise<FloorResult> {
  const model = buildModel(arm, sampleShape, classes)
  const carry = initialCarry(arm, model)
  const floor = floorOf(lowerTraining(arm, model, { count: arm.batchSize, sampleShape }), carry, arm.batchSize)
  const stopwatch = await timeProducts(backend, floor, effort)
  const stateBytes = stateBytesOf(carry)
  return {
    productSeconds: stopwatch.stepSeconds,
    copySeconds: timeCopy(stateBytes),
    stateBytes,
    operations: floor.operations,
    steps: stopwatch.steps,
  }
}

/** Runs the job. @throws InputError, BackendError */
export function runFloorJob(job: FloorJob): Promise<FloorResult> {
  return withBackend(job, [job.arm.precision], ({ backend }) => measure(backend, job))
}
