/** The seeded faults on the backends that people use: each found, named rightly, and never blamed on the healthy one. */
import type { Backend } from '@isograd/core/backend'
import { faults, tryFault } from '@isograd/core/compare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'

const names: readonly BackendName[] = ['onnx', 'tfjs-wasm', 'tfjs-cpu']

describe.each(names)('faults in %s', (name) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await backendNamed(name)
  })
  afterAll(() => backend.dispose())

  test.each(faults.map((fault) => [fault.id, fault] as const))('%s', async (_, fault) => {
    const trial = await tryFault(fault, backend)
    expect(trial.found).toMatchObject({ ...fault.expected, backend: 'faulty' })
    expect(trial.wronged).toEqual([])
  })
})
