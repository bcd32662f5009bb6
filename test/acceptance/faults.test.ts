/** Seeded faults on the backends that people use: each found, named rightly, and never blamed on the healthy one. */
import type { Backend } from '@isograd/core/backend'
import { faultPlans, judgeFault, plantFault } from '@isograd/core/compare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'

const names: readonly BackendName[] = ['onnx', 'tfjs-wasm', 'tfjs-cpu']

/** Of the generator, drawn once. */
const seeds = [7001, 7002, 7003, 7005, 7008]

const plans = faultPlans()

describe.each(names)('faults in %s', (name) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await backendNamed(name)
  })
  afterAll(() => backend.dispose())

  test.each(seeds)('of seed %i', async (seed) => {
    const plan = plans[seed % plans.length]
    const fault = plan && plantFault(plan, seed)
    if (plan === undefined || fault === undefined) throw new Error('no fault')
    expect(await judgeFault(plan, fault, backend)).toMatchObject({ ok: true, wronged: [] })
  })
})
