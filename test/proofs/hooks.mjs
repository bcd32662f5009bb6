/**
 * The proof of the hooks: networks trained in PyTorch and in JAX by hooks/train_torch.py and hooks/train_jax.py leave traces
 * by hooks/isograd_hooks.py. A healthy one agrees, from isograd's weights and batches and from its own; each planted fault
 * is named. ISOGRAD_PYTHON is the Python that has torch, jax and optax; python3 unless given.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeSafetensors, referenceBackend } from '@isograd/core'
import { makeTrace } from '@isograd/core/compare'
import { faults } from '../hooks/faults.mjs'
import { judged, misnamed, planOf } from '../hooks/judged.mjs'
import { BATCH, missing, ownBatches, startTrainer, STEPS } from '../hooks/trainer.mjs'

const networks = ['adam', 'adamw', 'momentum', 'conv']
const frameworks = ['torch', 'jax']

/** Of the faults each seed has a part: all are tried in so many seeds. */
const PARTS = 4

const healthy = [
  ...networks.flatMap((network) => [{ network }, { network, isOwn: true }]),
  { network: 'adam', isExample: true },
]

/** The faults that a seed has. */
function plantedIn(seed) {
  const all = Object.entries(faults).map(([fault, wanted]) => ({ network: wanted.network, fault, wanted }))
  return all.filter((_, i) => i % PARTS === seed % PARTS)
}

/** The problem of one trial in one framework; undefined where there is none. */
async function tried(
  { trainer, directory, seed },
  framework,
  { network, isOwn = false, isExample = false, fault, wanted },
) {
  const files = { given: join(directory, `${network}.safetensors`), out: join(directory, 'out.safetensors') }
  const own = isOwn ? { own: await ownBatches(network, seed) } : {}
  await trainer.train({ framework, network, fault, example: isExample, ...files, ...own })
  const result = await judged(readFileSync(files.out))
  if (wanted !== undefined) return misnamed(wanted, result)
  return result.verdict === 'agree' ? undefined : `healthy, and found to ${result.verdict}: ${result.reason}`
}

async function attempt(context) {
  const { directory, seed } = context
  for (const network of networks) {
    const plan = await planOf(network, { seed, limit: STEPS * BATCH })
    const { tensors, metadata } = await makeTrace(plan, referenceBackend(), STEPS)
    writeFileSync(join(directory, `${network}.safetensors`), encodeSafetensors(tensors, metadata))
  }
  const planted = plantedIn(seed)
  const problems = []
  for (const framework of frameworks) {
    for (const trial of [...healthy, ...planted]) {
      const problem = await tried(context, framework, trial)
      if (problem !== undefined) problems.push(`${framework} ${trial.network} ${trial.fault ?? 'healthy'}: ${problem}`)
    }
  }
  const counts = { healthy: frameworks.length * healthy.length, planted: frameworks.length * planted.length }
  return {
    outcome: problems.length === 0 ? 'all right' : 'not all right',
    failed: problems.length > 0,
    ...counts,
    problems,
  }
}

const absent = missing()

export const proof = {
  about: 'networks in PyTorch and JAX leave traces that agree, and of each planted fault the cause is named',
  seeds: 20,
  sample: 1,
  ...(absent !== undefined && { missing: absent }),
  async start() {
    const trainer = startTrainer()
    const directory = mkdtempSync(join(tmpdir(), 'isograd-hooks-'))
    return {
      attempt: (seed) => attempt({ trainer, directory, seed }),
      end() {
        trainer.end()
        rmSync(directory, { recursive: true })
      },
    }
  },
}
