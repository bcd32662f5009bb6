/** Runs programs on backends that take TensorFlow.js's gradients, for tests of these. */
import type { ScanResult, TensorMap } from '@isograd/core/backend'
import type { Program, Value } from '@isograd/core/ir'
import { expect } from 'vitest'
import { live, openBackend, type AutogradVariant } from './backends.js'

/** The only one of some values. */
export function first(values: readonly Value[]): Value {
  const [value] = values
  if (value === undefined) throw new RangeError('no gradient')
  return value
}

/** Scans on a backend of TensorFlow.js's gradients, and holds it to leaving nothing. */
export async function run(
  variant: AutogradVariant,
  program: Program,
  { constants = {}, carry = {}, xs }: { constants?: TensorMap; carry?: TensorMap; xs: TensorMap },
): Promise<ScanResult> {
  const backend = await openBackend(variant)
  const before = live()
  const executable = await backend.compile(program, constants)
  const result = await executable.scan(carry, xs)
  await backend.dispose()
  expect(live()).toEqual(before)
  return result
}

/** The elements by name. */
export function numbers(tensors: TensorMap): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data, Number)]))
}
