/** The conformance cases that a faulty backend fails, and small changes to tensors. */
import { expect } from 'vitest'
import { conformanceCases, runConformance } from '../src/conformance/index.js'
import type { Tensor, TensorMap } from '../src/tensor.js'
import { type Faults, faultyBackend } from './faulty-backend.js'

/** Cases that mix operations: whatever is wrong, some of them fail too. */
const mixed = ['serialised/', 'random/']

/** The cases but those of special numbers, which take long and have faults of their own in `conformance-patterns`. */
const cases = conformanceCases().filter(({ id }) => !id.includes('/patterns/'))

/** Ids of the float32 cases that fail, without the dtype. Without `all`, those that mix operations are left out. */
export async function failing(faults: Faults, all = false): Promise<string[]> {
  const report = await runConformance(faultyBackend(faults), { dtypes: ['float32'], cases })
  expect(report.ok).toBe(report.counts.failed === 0)
  return report.results
    .filter(({ id, status }) => status === 'failed' && (all || !mixed.some((prefix) => id.startsWith(prefix))))
    .map(({ id }) => id.replace('/float32', ''))
}

/** First part of each id, once. */
export function families(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.split('/')[0] ?? ''))]
}

/** A map with every tensor changed. */
export function mapped(map: TensorMap, change: (tensor: Tensor) => Tensor): TensorMap {
  return Object.fromEntries(Object.entries(map).map(([name, tensor]) => [name, change(tensor)]))
}

/** A float32 tensor with every element one unit in the last place (or two) away. */
export function nudged(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float32') return tensor
  return { ...tensor, data: tensor.data.map((value) => value * (1 + 2 ** -23)) }
}
