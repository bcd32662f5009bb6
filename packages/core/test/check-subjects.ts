/** Small experiments and spoiled backends for tests of checks. */
import type { Backend, Executable, ScanResult } from '../src/backend/contract.js'
import type { CheckOptions } from '../src/compare/check.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import type { Program } from '../src/ir/program.js'
import { TrainingPlan } from '../src/plan/plan.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Tensor, TensorMap } from '../src/tensor.js'
import { noiseDataset, smallDocument } from './noise-dataset.js'

/** The plan of the small network on noise: 40 samples are two whole batches of 16 and a half one. */
export function smallPlan(changes: Record<string, unknown> = {}, samples = 40, testSamples = 20): TrainingPlan {
  const { arms, registry } = parseExperiment(smallDocument(changes))
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  return new TrainingPlan({ armName: 'default', arm, dataset: noiseDataset(samples, testSamples), registry })
}

/** Options of a check of one plan. */
export function checkOf(
  plan: TrainingPlan,
  backends: readonly Backend[],
  modes: CheckOptions['modes'] = ['ops', 'step'],
): CheckOptions {
  return { experiment: 'small', plans: [plan], backends, modes }
}

/** What a spoiled scan sees. */
export interface Spoiling {
  readonly result: ScanResult
  readonly program: Program
  readonly carry: TensorMap
  readonly xs: TensorMap
  /** Number of the call of this executable, from 1. */
  readonly call: number
}

/** The reference backend under another name, whose scans are changed. */
export function spoiled(name: string, spoil: (scan: Spoiling) => ScanResult | Promise<ScanResult>): Backend {
  const reference = referenceBackend()
  return {
    ...reference,
    name,
    async compile(program, constants): Promise<Executable> {
      const right = await reference.compile(program, constants)
      let call = 0
      return {
        ...right,
        scan: async (carry, xs) => spoil({ result: await right.scan(carry, xs), program, carry, xs, call: ++call }),
      }
    },
  }
}

/** A tensor with other elements. */
export function mapped(tensor: Tensor, change: (value: number, flat: number) => number): Tensor {
  return { ...tensor, data: tensor.data.slice().map(change) } as Tensor
}

/** The reference under another name. */
export function healthy(name: string): Backend {
  return { ...referenceBackend(), name }
}
