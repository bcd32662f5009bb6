/**
 * A sweep of 100,000 trials of which 10,000 have results, in two directories: merged, and drawn as a page. Results are made up,
 * as training them is none of it; each seed has other numbers.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findPreset, parseExperiment } from '@isograd/core'
import { sealedLine, sealedText } from '@isograd/core/node'
import { parseSweep, planSweep } from '@isograd/core/sweep'

const bin = fileURLToPath(new URL('../../../packages/cli/bin/isograd.js', import.meta.url))
const { version } = createRequire(import.meta.url)('../../../packages/cli/package.json')

const whole = { trials: 100_000, results: 10_000, mostSeconds: 20, mostMegabytes: 1000 }
/** A machine that runs other tests says nothing of time. */
const sample = { trials: 1000, results: 100, mostSeconds: Number.POSITIVE_INFINITY, mostMegabytes: 1000 }

const PARTS = 2

/** The plan of a sweep, and the document that a directory of it has. */
function planned(trials) {
  const preset = findPreset('keras-13x10')
  const seeds = 5
  const sweep = {
    experiment: 'keras-13x10',
    random: {
      draws: trials / seeds,
      'optimizer.learningRate': { logUniform: [1e-4, 1] },
      'activation.type': { choice: ['relu', 'sigmoid', 'tanh'] },
      batchSize: { integer: [8, 128] },
      'optimizer.type': { choice: ['sgd', 'adam'] },
      'optimizer.momentum': { uniform: [0, 0.99], when: { 'optimizer.type': 'sgd' } },
    },
    seeds,
  }
  const plan = planSweep(
    parseSweep(sweep, { source: 'sweep.yaml' }),
    (overrides) => parseExperiment(preset, { overrides }),
    'sweep.yaml',
  )
  const facts = { schema: 'isograd.sweep/1', version, source: 'sweep.yaml', sweep, experiment: preset }
  return { plan, mark: { ...facts, modules: [], data: {}, arms: plan.arms, trials: plan.count } }
}

/** A result by a rule; of high learning rates it is none. */
function lineOf(plan, index, seed) {
  const { id, ...trial } = plan.trial(index)
  const { settings, arm, backend } = trial
  const rate = settings['optimizer.learningRate']
  const value = rate > 0.5 ? Number.NaN : Math.abs(Math.sin(1e4 * rate + index + seed))
  const figures = { judgedBy: 'accuracy', judged: { value, error: 0.01 }, judgedOn: 'test', better: 'larger' }
  const finals = { test: { loss: 1 - value, metrics: { accuracy: { value, error: 0.01 } } } }
  const losses = Array.from({ length: 20 }, (_, epoch) => (2.3 * value) / (1 + epoch))
  const end = Number.isNaN(value) ? 'nonFinite' : 'finished'
  const facts = { settings, arm, seed: trial.seed, backend, end, steps: 100, seconds: 0.1, hash: 'a'.repeat(64) }
  return sealedLine({ trial: index, id, outcome: 'done', on: 'abcd', ...facts, ...figures, finals, losses })
}

function makePart(directory, { plan, mark }, part, results, seed) {
  mkdirSync(directory)
  writeFileSync(join(directory, 'sweep.json'), sealedText({ ...mark, shard: { part: part + 1, of: PARTS } }))
  const own = Array.from({ length: results / PARTS }, (_, i) => i + (part * results) / PARTS)
  const lines = own.map((index) => `\n${lineOf(plan, index, seed)}\n`)
  writeFileSync(join(directory, `results-made${part}.jsonl`), lines.join(''))
}

/** Peak memory of a process in bytes, as far as it has come. */
function peakOf(pid) {
  try {
    // One that has just ended has none.
    const [, kibibytes = 0] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return 1024 * Number(kibibytes)
  } catch {
    return 0
  }
}

/** Runs the command; its seconds and peak memory. */
async function measured(words, cwd) {
  const env = { PATH: process.env['PATH'], HOME: cwd, LANG: 'C.UTF-8' }
  const began = performance.now()
  const child = spawn(process.execPath, [bin, ...words], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let [stderr, peak] = ['', 0]
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const ended = new Promise((resolve) => {
    child.on('close', resolve)
  })
  let status
  while (status === undefined) {
    // oxlint-disable-next-line no-await-in-loop -- looks until it has ended
    status = await Promise.race([ended, setTimeout(20)])
    peak = Math.max(peak, peakOf(child.pid))
  }
  return { status, stderr, seconds: (performance.now() - began) / 1000, megabytes: peak / 1e6 }
}

async function attempt(root, sweep, { results, mostSeconds, mostMegabytes }, seed) {
  const place = mkdtempSync(join(root, 'try-'))
  try {
    const parts = [...Array(PARTS).keys()].map((part) => join(place, `part${part}`))
    parts.forEach((directory, part) => makePart(directory, sweep, part, results, seed))
    const merged = await measured(['merge', ...parts, '--out', 'merged', '--json'], place)
    const drawn = await measured(['report', 'merged', '--out', 'page.html'], place)
    const seconds = merged.seconds + drawn.seconds
    const megabytes = Math.max(merged.megabytes, drawn.megabytes)
    const page = statSync(join(place, 'page.html')).size
    // Trials are missing, which the status says.
    const isDone = merged.status === 3 && drawn.status === 0 && page > 100_000
    const isWithin = seconds <= mostSeconds && megabytes <= mostMegabytes
    if (!isDone || !isWithin) {
      return { outcome: 'beyond', failed: true, seconds, megabytes, page, stderr: merged.stderr + drawn.stderr }
    }
    if (mostSeconds === Number.POSITIVE_INFINITY) return { outcome: 'drawn' }
    const [s, mb] = [Math.ceil(seconds), 50 * Math.ceil(megabytes / 50)]
    return { outcome: `at most ${s} s and ${mb} MB, a page of ${Math.ceil(page / 1e5) / 10} MB` }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** The proof. */
export const proof = {
  about: '10,000 results of a sweep of 100,000 trials are merged and drawn within 20 s and 1 GB',
  seeds: 5,
  sample: 1,
  start: async ({ isSample }) => {
    const root = mkdtempSync(join(tmpdir(), 'isograd-sweep-page-'))
    const size = isSample ? sample : whole
    const sweep = planned(size.trials)
    return {
      attempt: (seed) => attempt(root, sweep, size, seed),
      end: async () => rmSync(root, { recursive: true, force: true }),
    }
  },
}
