/**
 * The time and the memory that a program takes to compile, each in a process of its own:
 *
 *   node test/figures/compile.mjs [--backend wasm] [NAME ...]
 *
 * Prints for each training step its nodes, the milliseconds from the program to the end of its first step less those of a
 * later step, and the most memory that the process ever had, in MB. The second column of times is of a second executable of
 * the same program in the same process: code of the compiler itself is warm by then, and objects of `native` are kept.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const dense = (depth, units, batchSize = 64) => ({
  name: `dense-${depth}x${units}`,
  data: { dataset: 'digits', limit: 640, testLimit: 64 },
  model: {
    layers: [
      { type: 'flatten' },
      { type: 'repeat', times: depth, layers: [{ type: 'dense', units }, { type: 'activation' }] },
      { type: 'dense', units: 10 },
    ],
  },
  optimizer: { type: 'adam' },
  batchSize,
  epochs: 1,
})

const lstm = (length) => ({
  name: `lstm-${length}`,
  data: { dataset: 'adding', options: { length }, limit: 500, testLimit: 50 },
  task: 'regression',
  model: {
    layers: [
      { type: 'lstm', units: 32 },
      { type: 'dense', units: 1 },
    ],
  },
  optimizer: { type: 'adam' },
  batchSize: 50,
  epochs: 1,
})

/** Experiments by name: a function that makes one, or a preset with an arm. */
const cases = {
  'torch-mlp5': { preset: 'torch-mlp5' },
  'dense-50x16': dense(50, 16),
  'dense-100x16': dense(100, 16),
  'lstm-25': lstm(25),
  'lstm-50': lstm(50),
  'lstm-100': lstm(100),
  'through-time gru': { preset: 'through-time', arm: 'gru' },
  'through-time lstm': { preset: 'through-time', arm: 'lstm' },
  'residual-56': { preset: 'plain-residual', arm: 'residual-56' },
}

async function planOf({ preset: name, arm: chosen, ...experiment }) {
  const { builtins, parseExperiment, planFor, presets } = await import('@isograd/core')
  const { datasetOptionsOf, loadDataset } = await import('@isograd/core/node')
  const { arms } = parseExperiment(name === undefined ? experiment : presets.find((preset) => preset.name === name))
  const [armName, arm] = Object.entries(arms).find(([each]) => chosen === undefined || each === chosen)
  const data = name === 'torch-mlp5' ? { dataset: 'digits', limit: 640, testLimit: 64 } : arm.data
  const { dataset: from } = data
  const dataset = await loadDataset(from, {
    registry: builtins,
    ...datasetOptionsOf({ ...arm, data }, builtins),
  })
  return planFor({ armName, arm: { ...arm, data }, dataset, registry: builtins })
}

const backends = {
  wasm: async (compiler) => compiler.wasmBackend(),
  native: async ({ isogradAdapter }) => (await isogradAdapter.create('native', {})).backend,
}

const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024

async function measure(name, backendName) {
  const plan = await planOf(cases[name])
  const program = plan.program(plan.stepRole)
  const backend = await backends[backendName](await import('@isograd/compiler'))
  const { constants } = plan.tables.train
  const stretch = plan.stretch(0, 1)
  const xs = plan.xs(plan.stepRole, stretch)
  const before = peak()
  const once = async () => {
    const start = performance.now()
    const executable = await backend.compile(program, constants)
    await executable.scan(plan.stepCarry, xs)
    const first = performance.now() - start
    const from = performance.now()
    await executable.scan(plan.stepCarry, xs)
    const step = performance.now() - from
    await executable.dispose()
    return first - step
  }
  const cold = await once()
  const most = peak()
  const warm = await once()
  console.log(JSON.stringify({ nodes: program.nodes.length, cold, warm, before, most }))
  process.exit()
}

const column = (value) => String(Number.isFinite(value) ? Math.round(value) : value).padStart(10)

const words = process.argv.slice(2)
const at = words.indexOf('--backend')
const [, backend = 'wasm'] = at < 0 ? [] : words.splice(at, 2)
if (words[0] === '--measure') await measure(words[1], backend)
else {
  console.log('program'.padEnd(20) + ['nodes', 'ms', 'ms again', 'MB before', 'MB'].map(column).join(''))
  for (const name of words.length === 0 ? Object.keys(cases) : words) {
    const args = [fileURLToPath(import.meta.url), '--measure', name, '--backend', backend]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    const { nodes, cold, warm, before, most } = JSON.parse(stdout)
    console.log(name.padEnd(20) + [nodes, cold, warm, before, most].map(column).join(''))
  }
}
