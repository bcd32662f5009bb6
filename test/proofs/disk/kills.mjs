/**
 * Commands that are killed without warning, at a random moment or at one of their writes, and gone on with as a user would:
 * `isograd resume` where there is a plan to go on with, the same line again where there is none yet.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, run } from './run-command.mjs'

const MOST_TRIES = 4

const data = { dataset: 'digits', limit: 64, testLimit: 32 }
const layers = [{ type: 'flatten' }, { type: 'dense', units: 6 }, { type: 'activation' }, { type: 'dense', units: 10 }]
const dropped = [layers[0], layers[1], layers[2], { type: 'dropout', rate: 0.25 }, layers[3]]
const small = { data, model: { layers }, batchSize: 16, epochs: 3, optimizer: { type: 'sgd', learningRate: 0.1 } }

/** Experiments of small runs; each differs in what a checkpoint has to hold. */
const experiments = [
  { name: 'plain', ...small, arms: { a: {}, b: { activation: 'sigmoid' } } },
  { name: 'adam', ...small, optimizer: { type: 'adam' }, data: { ...data, validation: 0.25 } },
  { name: 'masks', ...small, model: { layers: dropped }, optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 } },
  { name: 'double', ...small, precision: 'float64', batchSize: 10, epochs: 4 },
  { name: 'sums', ...small, accumulate: 2, batchSize: 8, averaging: { type: 'ema', decay: 0.9 } },
]

const files = Object.fromEntries(
  experiments.map(({ name, ...rest }) => [`${name}.json`, JSON.stringify({ name, ...rest })]),
)

const trained = ['run', '$D/plain.json', '--backend', 'reference', '--jobs', '1', '--out', '$D/out']

/** Lines that are killed; `before` comes first and is not. */
const scenarios = [
  ...experiments.map(({ name }) => ({
    name: `run ${name}`,
    line: [
      'run',
      `$D/${name}.json`,
      '--backend',
      'reference',
      '--jobs',
      '1',
      '--checkpoint-every',
      '2',
      '--out',
      '$D/out',
    ],
  })),
  {
    name: 'suite',
    line: 'suite --preset torch-mlp5 --dataset digits --limit 64 --epochs 1 --jobs 1 --backend onnx --checkpoint-every 1 --out $D/out'.split(
      ' ',
    ),
  },
  {
    name: 'resume',
    before: [{ words: [...trained, '--checkpoint-every', '2'], killAt: 70 }],
    line: ['resume', '$D/out'],
  },
  { name: 'compare', before: [trained], line: ['compare', '$D/out', '$D/out'] },
  {
    name: 'export',
    before: [trained],
    line: ['export', '$D/out/plain-a-reference-seed0', '--format', 'safetensors'],
  },
]
const smallRuns = experiments.length

/** Numbers from 0 to 1 that follow from a seed. */
function drawerOf(seed) {
  let count = 0
  return () => createHash('sha256').update(`kills ${seed} ${count++}`).digest().readUInt32BE(0) / 2 ** 32
}

/** The parts that must be the same: names of all files, their content but for times and places, weights bit for bit. */
function outcomeOf(place) {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries
      .map(({ parentPath, name }) => [
        join(parentPath, name).slice(place.length + 1),
        readFileSync(join(parentPath, name)),
      ])
      // The one tells which process trained what, and is there only where more than one did; the other is written last.
      .filter(([name]) => !/(stretches|digests)\.json$/.test(name) && !name.startsWith('cache/'))
      .map(([name, bytes]) => [name, contentOf(name, bytes)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Times, places, and the digests of files that hold them. */
const varying = [
  [/"\w*[sS]econds": ?(\{[^}]*\}|\[[^\]]*\]|[^,\n}]+)/g, '"seconds":0'],
  [/"(replaces|files|finished|stretches|seals|sha256)": ?(\{[^}]*\}|\[[^\]]*\]|[^,\n}]+)/g, '"$1":0'],
  [/isograd-kills-\w+\/[\w-]+/g, 'place'],
]

function contentOf(name, bytes) {
  if (name.endsWith('.html')) return bytes.includes('</html>') ? 'a whole page' : 'a page that was cut'
  if (!name.endsWith('.json')) return createHash('sha256').update(bytes).digest('hex')
  // The environment holds the command line.
  const { environment: _, ...document } = JSON.parse(bytes)
  return varying.reduce((text, [what, by]) => text.replace(what, by), JSON.stringify(document, undefined, 1))
}

/** The files of a scenario before it, and what an undisturbed one leaves. Made when it is first asked for. */
async function measured(root, at) {
  const scenario = scenarios[at]
  const [base, calm] = [join(root, `base-${at}`), join(root, `calm-${at}`)]
  await prepare(base, { ...scenario, files })
  cpSync(base, calm, { recursive: true })
  const { status, stderr, writes, ms } = await run(scenario.line, calm)
  if (status !== 0) throw new Error(`${scenario.name}: status ${status}\n${stderr}`)
  return { ...scenario, base, writes, ms, expected: outcomeOf(calm) }
}

/** The line that goes on with what a killed one has left. */
function lineAfter({ line }, place) {
  return existsSync(join(place, 'out/command.json')) && ['run', 'suite'].includes(line[0]) ? ['resume', '$D/out'] : line
}

/** Kills a command once or more, goes on with it to its end, and compares. */
async function killed(root, scenario, draw) {
  const { line, base, writes, ms, expected } = scenario
  const place = mkdtempSync(join(root, 'try-'))
  const moments = []
  try {
    cpSync(base, place, { recursive: true })
    const kills = 1 + Math.floor(draw() * 2)
    for (let kill = 0; kill < kills; kill++) {
      const moment =
        draw() < 0.5 && writes.length > 0
          ? { failAt: 1 + Math.floor(draw() * writes.length), code: 'SIGKILL' }
          : { killAfter: Math.floor(draw() * ms) }
      // oxlint-disable-next-line no-await-in-loop -- each goes on where the one before was killed
      const { status } = await run(kill === 0 ? line : lineAfter(scenario, place), place, moment)
      moments.push({ ...moment, status })
    }
    const ended = await finished(scenario, place)
    const got = outcomeOf(place)
    const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])]
    const differing = names.filter((name) => expected[name] !== got[name])
    const facts = { scenario: scenario.name, moments }
    const isKilled = moments.some(({ status }) => status === 'SIGKILL')
    if (ended.status === 0 && differing.length === 0) return { outcome: isKilled ? 'killed' : 'ended before', ...facts }
    return {
      outcome: 'differs',
      failed: true,
      ...facts,
      differing,
      status: ended.status,
      stderr: ended.stderr.replaceAll(place, '$D').slice(-600),
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** Goes on until a command ends of itself. */
async function finished(scenario, place) {
  let last = await run(lineAfter(scenario, place), place)
  for (let tries = 1; last.status !== 0 && tries < MOST_TRIES; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- as a script would
    last = await run(lineAfter(scenario, place), place)
  }
  return last
}

/** Nine of ten seeds are small runs. */
function scenarioOf(seed) {
  const others = scenarios.length - smallRuns
  return seed % 10 === 9 ? smallRuns + (Math.floor(seed / 10) % others) : seed % smallRuns
}

/** The proof. */
export const proof = {
  about: 'a command that is killed at any moment ends, gone on with, where an undisturbed one ends, bit for bit',
  seeds: 1000,
  sample: 2,
  start: async () => {
    const root = mkdtempSync(join(tmpdir(), 'isograd-kills-'))
    const known = new Map()
    const attempt = async (seed) => {
      const at = scenarioOf(seed)
      if (!known.has(at)) known.set(at, measured(root, at))
      return killed(root, await known.get(at), drawerOf(seed))
    }
    return { attempt, end: async () => rmSync(root, { recursive: true, force: true }) }
  },
}
