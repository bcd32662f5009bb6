/**
 * The proof of the hooks: networks trained in PyTorch and in JAX by hooks/train_torch.py and hooks/train_jax.py leave traces
 * by hooks/isograd_hooks.py. A healthy one agrees, from isograd's weights and batches and from its own; each planted fault
 * is named. ISOGRAD_PYTHON is the Python that has torch and jax; python3 unless given.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { encodeSafetensors, referenceBackend } from '@isograd/core'
import { makeTrace } from '@isograd/core/compare'
import { faults } from '../hooks/faults.mjs'
import { judged, misnamed, planOf } from '../hooks/judged.mjs'

const python = process.env.ISOGRAD_PYTHON ?? 'python3'
const program = fileURLToPath(new URL('../../hooks/prove.py', import.meta.url))
const networks = ['adam', 'adamw', 'momentum', 'conv']
const frameworks = ['torch', 'jax']
const STEPS = 3
const BATCH = 32

function missing() {
  const names = '["torch", "jax"]'
  const code = `import importlib.util as u, sys; sys.exit(any(u.find_spec(n) is None for n in ${names}))`
  return spawnSync(python, ['-c', code]).status === 0 ? undefined : `${python} has no torch and jax: set ISOGRAD_PYTHON`
}

/** A Python process that trains what it is told, one request after the other. */
function startTrainer() {
  const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async train(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      if ((await lines.next()).done) throw new Error(`the trainer ended at ${JSON.stringify(request)}`)
    },
    end: () => child.stdin.end(),
  }
}

/** Batches of a loop of its own: rows of the whole data, in an order that is not isograd's. */
async function ownBatches(network, seed) {
  const { samples } = (await planOf(network)).table('train')
  const batch = (step) => Array.from({ length: BATCH }, (_, i) => (7 * (seed + 1) + 13 * (BATCH * step + i)) % samples.count)
  const taken = ({ data, shape: [, ...sample] }, rows) => {
    const size = sample.reduce((product, n) => product * n, 1)
    const flat = rows.map((row) => Array.from(data.subarray(row * size, (row + 1) * size)))
    if (sample.length === 0) return flat.flat()
    if (sample.length === 1) return flat
    return flat.map((one) => Array.from({ length: sample[0] }, (_, i) => one.slice(i * sample[1], (i + 1) * sample[1])))
  }
  return Array.from({ length: STEPS }, (_, step) => batch(step)).map((rows) => ({
    rows,
    ...Object.fromEntries(Object.entries(samples.columns).map(([name, column]) => [name, taken(column, rows)])),
  }))
}

/** What is to be tried of one seed: networks without a fault, and every fault. */
const trials = [
  ...networks.flatMap((network) => [{ network }, { network, isOwn: true }]),
  ...Object.entries(faults).map(([fault, wanted]) => ({ network: wanted.network, fault, wanted })),
]

/** The problem of one trial in one framework; undefined where there is none. */
async function tried({ trainer, directory, seed }, framework, { network, isOwn = false, fault, wanted }) {
  const files = { given: join(directory, `${network}.safetensors`), out: join(directory, 'out.safetensors') }
  const own = isOwn ? { own: await ownBatches(network, seed) } : {}
  await trainer.train({ framework, network, fault, ...files, ...own })
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
  const problems = []
  for (const framework of frameworks) {
    for (const trial of trials) {
      const problem = await tried(context, framework, trial)
      if (problem !== undefined) problems.push(`${framework} ${trial.network} ${trial.fault ?? 'healthy'}: ${problem}`)
    }
  }
  const healthy = networks.length * 2 * frameworks.length
  const planted = Object.keys(faults).length * frameworks.length
  return { outcome: problems.length === 0 ? 'all right' : 'not all right', failed: problems.length > 0, healthy, planted, problems }
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
