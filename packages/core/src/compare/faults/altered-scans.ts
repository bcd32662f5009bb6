/**
 * Scans that take, hand on or return something else than they should, on any backend. The steps are run one by one on
 * the healthy backend, which by the contract is the same, so that what goes in and out of each can be changed.
 */
import type { Backend, Executable, ScanResult } from '../../backend/contract.js'
import { allocateOutputs, checkScan, sliceStep, storeStep } from '../../backend/scan.js'
import type { Program } from '../../ir/program.js'
import type { TensorMap } from '../../tensor.js'
import { withCompile } from './fault.js'

/** One step of a scan. */
export interface StepSeen {
  readonly program: Program
  /** Number of the step within the scan, and of steps in the scan. */
  readonly index: number
  readonly count: number
  readonly batch: number
  /** Scans of the executable before this one. */
  readonly call: number
  /** The carry that the scan was given, and that the step is given. */
  readonly start: TensorMap
  readonly carry: TensorMap
  readonly x: TensorMap
  /** The inputs of any step of the scan. */
  readonly xAt: (index: number) => TensorMap
  /** The state that an executable keeps from scan to scan, and a backend from program to program. */
  readonly memory: Map<string, TensorMap>
  readonly shared: Map<string, TensorMap>
}

/** The results of one step. */
export interface StepOut {
  readonly carry: TensorMap
  readonly y: TensorMap
}

/** The parts that are done otherwise. Each part is given back whole. */
export interface ScanChange {
  /** True of a program that is concerned. */
  readonly concerns: (program: Program) => boolean
  readonly enters?: (step: StepSeen) => { readonly carry: TensorMap; readonly x: TensorMap }
  readonly leaves?: (step: StepSeen, out: StepOut) => StepOut
  /** Of the whole scan. */
  readonly returns?: (result: ScanResult, count: number) => ScanResult
}

function stackedOne(x: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(x).map(([name, one]) => [name, { ...one, shape: [1, ...one.shape] }]))
}

/** An executable under a change. */
function changedExecutable(
  right: Executable,
  program: Program,
  change: ScanChange,
  shared: StepSeen['shared'],
): Executable {
  const memory: StepSeen['memory'] = new Map()
  const { enters = ({ carry, x }) => ({ carry, x }), leaves = (_, out) => out, returns = (result) => result } = change
  let call = 0
  const step = async (seen: StepSeen): Promise<StepOut> => {
    const { carry, x } = enters(seen)
    const { carry: after, ys } = await right.scan(carry, stackedOne(x))
    return leaves(seen, { carry: after, y: sliceStep(ys, 0) })
  }
  return {
    async scan(start, xs) {
      const { steps: count, batch } = checkScan('faulty', program, start, xs)
      const ys = allocateOutputs(program, { steps: count, batch })
      const xAt = (index: number): TensorMap => sliceStep(xs, index)
      let carry = start
      for (let index = 0; index < count; index++) {
        const seen = { program, index, count, batch, call, start, carry, x: xAt(index), xAt, memory, shared }
        // oxlint-disable-next-line no-await-in-loop -- each step needs the carry of the one before
        const out = await step(seen)
        storeStep('faulty', ys, out.y, index)
        carry = out.carry
      }
      call++
      return returns({ carry, ys }, count)
    },
    dispose: () => right.dispose(),
  }
}

/** A backend whose scans are changed. */
export function scanning(change: ScanChange): (healthy: Backend) => Backend {
  return (healthy) => {
    const shared: StepSeen['shared'] = new Map()
    return withCompile(healthy, async (program, constants) => {
      const right = await healthy.compile(program, constants)
      return change.concerns(program) ? changedExecutable(right, program, change, shared) : right
    })
  }
}
