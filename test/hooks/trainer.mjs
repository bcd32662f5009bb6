/** Training in PyTorch and in JAX by hooks/prove.py: the process, and batches for a loop of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { planOf } from './judged.mjs'

/** The Python that has torch, jax and optax. */
const python = process.env.ISOGRAD_PYTHON ?? 'python3'
const program = fileURLToPath(new URL('../../hooks/prove.py', import.meta.url))

/** Steps of a trace, and rows of a batch. */
export const STEPS = 3
export const BATCH = 32

/** Why nothing can be trained here; undefined where it can. */
export function missing() {
  const names = '["torch", "jax", "optax"]'
  const code = `import importlib.util as u, sys; sys.exit(any(u.find_spec(n) is None for n in ${names}))`
  return spawnSync(python, ['-c', code]).status === 0
    ? undefined
    : `${python} lacks torch, jax or optax: set ISOGRAD_PYTHON`
}

/** A Python process that trains what it is told, one request after the other. */
export function startTrainer() {
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

/** Rows of a column as nested lists. */
function taken({ data, shape: [, ...sample] }, rows) {
  const size = sample.reduce((product, n) => product * n, 1)
  const flat = rows.map((row) => Array.from(data.subarray(row * size, (row + 1) * size)))
  if (sample.length === 0) return flat.flat()
  if (sample.length === 1) return flat
  return flat.map((one) => Array.from({ length: sample[0] }, (_, i) => one.slice(i * sample[1], (i + 1) * sample[1])))
}

/** Batches of a loop of its own: rows of the whole data, in an order that is not isograd's. */
export async function ownBatches(network, seed) {
  const { samples } = (await planOf(network)).table('train')
  const batch = (step) =>
    Array.from({ length: BATCH }, (_, i) => (7 * (seed + 1) + 13 * (BATCH * step + i)) % samples.count)
  return Array.from({ length: STEPS }, (_, step) => batch(step)).map((rows) => ({
    rows,
    ...Object.fromEntries(Object.entries(samples.columns).map(([name, column]) => [name, taken(column, rows)])),
  }))
}
