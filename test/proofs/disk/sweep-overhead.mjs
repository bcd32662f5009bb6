/**
 * The time that a trial costs beside its training: 10,000 trials of about a millisecond, one at a time, in a directory and on a
 * Redis. Of the time of the whole command, its start included, that of the trainings is taken off. No test asserts it: only a
 * machine that does nothing else can say.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noRedis, startRedis } from './redis.mjs'
import { start } from './sweep-kills.mjs'

const TRIALS = 10_000

/** Milliseconds a trial. */
const MOST = { directory: 3, redis: 5 }
const kinds = Object.keys(MOST)

const sweep = {
  experiment: {
    name: 'short',
    data: { dataset: 'given', options: { fields: { x: [[0], [1], [2]], y: [1, 3, 5] }, target: 'y' } },
    task: 'regression',
    model: { layers: [{ type: 'dense', units: 1 }] },
    optimizer: { type: 'sgd' },
    batchSize: 3,
    epochs: 1,
  },
  random: { draws: TRIALS, 'optimizer.learningRate': { logUniform: [1e-4, 1e-2] } },
  backends: ['reference'],
}

/** Milliseconds of each training. */
function trainingsIn(out) {
  const names = readdirSync(out).filter((name) => name.startsWith('results-'))
  const lines = names.flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n').filter(Boolean))
  return lines
    .flatMap((line) => JSON.parse(line))
    .flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds * 1000]))
}

async function timed(words, place) {
  const began = performance.now()
  const { status, stderr } = await start(words, place).ended
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`)
  return performance.now() - began
}

const ways = {
  directory: (words, place) => timed([...words, '--workers', '1'], place),
  redis: async (words, place) => {
    mkdirSync(join(place, 'redis'))
    const redis = await startRedis(join(place, 'redis'))
    const worker = start(['worker', '--queue', redis.address, '--workers', '1'], place)
    try {
      return await timed([...words, '--queue', redis.address], place)
    } finally {
      worker.child.kill('SIGTERM')
      await worker.ended
      await redis.stop()
    }
  },
}

async function attempt(kind) {
  const place = mkdtempSync(join(tmpdir(), 'isograd-sweep-overhead-'))
  try {
    const [file, out] = [join(place, 'sweep.json'), join(place, 'out')]
    writeFileSync(file, JSON.stringify(sweep))
    const whole = await ways[kind](['sweep', file, '--out', out, '--json'], place)
    const trainings = trainingsIn(out)
    const training = trainings.reduce((sum, each) => sum + each, 0) / trainings.length
    const overhead = whole / TRIALS - training
    const [overheadMs, trainingMs] = [overhead, training].map((each) => each.toFixed(2))
    const facts = { trials: trainings.length, trainingMs }
    return { outcome: `${kind}: ${overheadMs} ms a trial`, failed: overhead > MOST[kind], ...facts }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** The proof: a seed for each kind of queue. */
export const proof = {
  about: `a trial of a sweep costs at most ${kinds.map((kind) => `${MOST[kind]} ms (${kind})`).join(' and ')} beside its training`,
  seeds: kinds.length,
  sample: 0,
  missing: noRedis,
  start: async () => ({ attempt: (seed) => attempt(kinds[seed % kinds.length]) }),
}
