/**
 * Sweeps whose workers and commands are killed without warning at random moments; the same command goes on. Each trial must
 * come out as in an undisturbed sweep, and so must what was trained twice.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../../packages/cli/bin/isograd.js', import.meta.url))
const WORKERS = 4

/** Of a seed. A whole proof has 1,200 trials, and at least 200 ends of workers and 20 of the command. */
const whole = { learningRates: 10, seeds: 10, workerKills: 20, commandKills: 2, longestGap: 400 }
const sample = { learningRates: 4, seeds: 6, workerKills: 3, commandKills: 1, longestGap: 400 }

/** The file of a sweep of many short trainings. */
function fileOf({ learningRates, seeds }) {
  const layers = [
    { type: 'flatten' },
    { type: 'dense', units: 16 },
    { type: 'activation' },
    { type: 'dense', units: 10 },
  ]
  return JSON.stringify({
    experiment: {
      name: 'killed',
      model: { layers },
      batchSize: 8,
      epochs: 4,
      optimizer: { type: 'adam' },
      data: { dataset: 'digits' },
    },
    set: { 'data.limit': 800, 'data.testLimit': 100 },
    random: { draws: learningRates, 'optimizer.learningRate': { logUniform: [1e-4, 1e-2] } },
    seeds,
  })
}

/** Numbers from 0 to 1 that follow from a seed. */
export function drawerOf(name, seed) {
  let count = 0
  return () => createHash('sha256').update(`${name} ${seed} ${count++}`).digest().readUInt32BE(0) / 2 ** 32
}

/** Starts a command with its cache in a directory; `ended` settles with its status, or the signal that ended it. */
export function start(words, home) {
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), LANG: 'C.UTF-8', ISOGRAD_CACHE_DIR: join(home, 'cache') }
  const child = spawn(process.execPath, [bin, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const ended = new Promise((resolve) => {
    child.on('close', (status, signal) => resolve({ status: signal ?? status, stderr }))
  })
  return { child, ended }
}

/** Starts a sweep on workers of its own. */
function startSweep(file, out) {
  return start(['sweep', file, '--out', out, '--workers', String(WORKERS), '--json'], join(out, '..'))
}

/** Numbers of processes that are at a trial. */
function workersAt(out) {
  try {
    return readdirSync(join(out, 'claims'))
      .filter((name) => /^\d+$/.test(name))
      .map((name) => JSON.parse(readFileSync(join(out, 'claims', name), 'utf8')).pid)
  } catch {
    return []
  }
}

/** The command takes over what its workers have left: for a moment claims are its own. */
function killWorker(out, command, draw) {
  const workers = workersAt(out).filter((pid) => pid !== command.pid)
  const pid = workers[Math.floor(draw() * workers.length)]
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    return pid !== undefined
  } catch {
    return false
  }
}

/** Hashes of the records of each trial, as many as there are results. */
function hashesIn(out) {
  const lines = readdirSync(out)
    .filter((name) => name.startsWith('results-'))
    .flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n'))
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line))
  const hashes = new Map()
  for (const { outcome, id, hash } of lines) if (outcome === 'done') hashes.set(id, [...(hashes.get(id) ?? []), hash])
  return hashes
}

/** Runs a sweep to its end, however often it is killed. */
async function disturbed(file, out, { workerKills, commandKills, longestGap }, draw) {
  const moments = [...Array(workerKills + commandKills).keys()].map((at) => ({
    at: draw(),
    isCommand: at < commandKills,
  }))
  const order = moments.toSorted((a, b) => a.at - b.at)
  const killed = { workers: 0, commands: 0 }
  let running = startSweep(file, out)
  for (const { isCommand } of order) {
    // oxlint-disable no-await-in-loop -- one after the other
    const early = await Promise.race([running.ended, setTimeout(draw() * longestGap)])
    if (early !== undefined) return { ...killed, ...early }
    if (!isCommand) {
      // Some moments fall where nobody is at a trial.
      let isKilled = false
      for (let tries = 0; tries < 200 && !isKilled; tries++) {
        isKilled = killWorker(out, running.child, draw)
        if (!isKilled) await setTimeout(20)
      }
      if (isKilled) killed.workers++
      continue
    }
    running.child.kill('SIGKILL')
    await running.ended
    killed.commands++
    running = startSweep(file, out)
    // oxlint-enable no-await-in-loop
  }
  return { ...killed, ...(await running.ended) }
}

/** The outcome of a sweep, held against an undisturbed one. */
export function verdictOf(expected, out, { status, stderr, ...facts }) {
  const got = hashesIn(out)
  const lost = [...expected.keys()].filter((id) => !got.has(id))
  const wrong = [...got]
    .filter(([id, hashes]) => hashes.some((hash) => hash !== expected.get(id)?.[0]))
    .map(([id]) => id)
  const repeated = [...got.values()].reduce((sum, hashes) => sum + hashes.length - 1, 0)
  const all = { trials: expected.size, ...facts, repeated }
  if (status === 0 && lost.length === 0 && wrong.length === 0) return { outcome: 'whole', ...all }
  return { outcome: 'differs', failed: true, ...all, status, lost, wrong, stderr: stderr.slice(-600) }
}

async function attempt(root, file, expected, kills, seed) {
  const out = mkdtempSync(join(root, 'try-'))
  try {
    const { status, stderr, ...killed } = await disturbed(file, out, kills, drawerOf('sweep-kills', seed))
    return verdictOf(expected, out, { status, stderr, killed })
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** The undisturbed sweep of a size in a new directory: its file, and the hashes of its trials. */
export async function calmSweep(name, size) {
  const root = mkdtempSync(join(tmpdir(), `isograd-${name}-`))
  const [file, calm] = [join(root, 'sweep.json'), join(root, 'calm')]
  writeFileSync(file, fileOf(size))
  mkdirSync(calm)
  const { status, stderr } = await startSweep(file, calm).ended
  if (status !== 0) throw new Error(`undisturbed: status ${status}\n${stderr}`)
  return { root, file, expected: hashesIn(calm), remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** The proof. */
export const proof = {
  about:
    'a sweep whose workers and commands are killed at any moment loses no trial, and each comes out as undisturbed',
  seeds: 12,
  sample: 1,
  start: async ({ isSample }) => {
    const kills = isSample ? sample : whole
    const { root, file, expected, remove } = await calmSweep('sweep-kills', kills)
    return { attempt: (seed) => attempt(root, file, expected, kills, seed), end: async () => remove() }
  },
}
