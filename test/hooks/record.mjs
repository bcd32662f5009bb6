/**
 * Records the traces of test/fixtures/hooks, which test/acceptance/hooks.test.ts judges:
 * `ISOGRAD_PYTHON=... node test/hooks/record.mjs`. Their names say the framework, the network, and the fault; `own` has weights and batches of its own,
 * and `example` is left by the program of docs/hooks.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeSafetensors, referenceBackend } from '@isograd/core'
import { makeTrace } from '@isograd/core/compare'
import { planOf } from './judged.mjs'
import { BATCH, ownBatches, startTrainer } from './trainer.mjs'

const STEPS = 2

const recorded = [
  'torch-adam-healthy',
  'torch-adam-healthy-gradients',
  'torch-adamw-gelu-tanh',
  'torch-adam-stale',
  'torch-accumulated-healthy',
  'torch-momentum-own',
  'jax-momentum-healthy',
  'jax-momentum-nesterov',
  'jax-adam-order',
  'jax-adam-two-softmaxes',
  'jax-adam-example',
]

const directory = fileURLToPath(new URL('../fixtures/hooks', import.meta.url))
const made = mkdtempSync(join(tmpdir(), 'isograd-hooks-'))
mkdirSync(directory, { recursive: true })
const trainer = startTrainer()
for (const name of recorded) {
  const [framework, network, ...words] = name.split('-')
  const fault = words.join('-')
  const given = join(made, `${network}.safetensors`)
  const { tensors, metadata } = await makeTrace(
    await planOf(network, { limit: STEPS * BATCH }),
    referenceBackend(),
    STEPS,
  )
  writeFileSync(given, encodeSafetensors(tensors, metadata))
  const own = fault === 'own' ? { own: (await ownBatches(network, 0)).slice(0, STEPS) } : {}
  await trainer.train({
    framework,
    network,
    fault,
    example: fault === 'example',
    given,
    out: join(directory, `${name}.safetensors`),
    ...own,
  })
}
trainer.end()
rmSync(made, { recursive: true })
