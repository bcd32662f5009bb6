/**
 * Sweeps whose trials workers take from a Redis over a way that is slow, stands still and breaks, while Redis, workers and
 * commands are killed without warning. Each trial must come out as in an undisturbed sweep without a queue, and so must what was
 * trained twice.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { descendantsOf } from './descendants.mjs'
import { noRedis, startProxy, startRedis } from './redis.mjs'
import { calmSweep, drawerOf, start, verdictOf } from './sweep-kills.mjs'

/**
 * Of a seed. A whole proof has 2,000 trials, 200 ends of trainers, 20 of the command, 10 of workers, 20 starts of Redis, and
 * five times nothing comes through for half a minute.
 */
const whole = {
  size: { learningRates: 20, seeds: 10 },
  longestGap: 400,
  awayFor: 30_000,
  events: (seed) => ({ trainer: 20, command: 2, worker: 1, redis: 2, cut: 3, away: seed % 2 }),
}
const sample = {
  size: { learningRates: 4, seeds: 5 },
  longestGap: 600,
  awayFor: 1500,
  events: () => ({ trainer: 2, command: 1, worker: 0, redis: 1, cut: 1, away: 1 }),
}

/** Milliseconds that each way takes. */
const DELAY = 50

const MOST_STARTS = 20

/** Starts a command, and again where it finds no Redis because that is away just then. */
function kept(startOne) {
  const own = {}
  const run = async () => {
    for (let starts = 1; ; starts++) {
      const { child, ended } = startOne()
      own.child = child
      // oxlint-disable-next-line no-await-in-loop -- one takes the place of the other
      const end = await ended
      if (end.status !== 2 || starts === MOST_STARTS) return end
    }
  }
  own.ended = run()
  return own
}

/** One sweep with its Redis, its workers, and the ways between them. */
class Scene {
  constructor(file, out, draw, awayFor) {
    Object.assign(this, { file, out, draw, awayFor })
  }

  async begin() {
    mkdirSync(join(this.out, 'redis'))
    this.redis = await startRedis(join(this.out, 'redis'))
    // One worker comes a slow way.
    this.ways = await Promise.all([DELAY, 0, 0].map((delay) => startProxy(this.redis.port, delay)))
    const [command, ...workers] = this.ways.map(({ address }) => address).toReversed()
    Object.assign(this, { address: command, addresses: workers })
    this.workers = this.addresses.map((address) => this.startWorker(address))
    this.command = this.startCommand()
  }

  startWorker(address) {
    return kept(() => start(['worker', '--queue', address, '--workers', '2'], this.out))
  }

  startCommand() {
    const words = ['sweep', this.file, '--out', join(this.out, 'swept'), '--queue', this.address, '--json']
    return kept(() => start(words, this.out))
  }

  pick(all) {
    return all[Math.floor(this.draw() * all.length)]
  }

  /** Lets nothing through on all ways, or all. */
  flow(isStill) {
    for (const way of this.ways) way.flow(isStill)
  }

  async end() {
    for (const { child } of [...this.workers, this.command]) child.kill('SIGKILL')
    for (const way of this.ways) way.close()
    await this.redis.stop()
  }
}

/** Events that can happen; false where one cannot yet. */
const happenings = {
  trainer: async (scene) => {
    const trainers = scene.workers.flatMap(({ child }) => descendantsOf(child.pid, 'sweep-worker'))
    try {
      return trainers.length > 0 && process.kill(scene.pick(trainers), 'SIGKILL')
    } catch {
      return false
    }
  },
  worker: async (scene) => {
    const at = Math.floor(scene.draw() * scene.workers.length)
    scene.workers[at].child.kill('SIGKILL')
    await scene.workers[at].ended
    scene.workers[at] = scene.startWorker(scene.addresses[at])
    return true
  },
  command: async (scene) => {
    scene.command.child.kill('SIGKILL')
    await scene.command.ended
    scene.command = scene.startCommand()
    return true
  },
  redis: async (scene) => {
    await scene.redis.stop()
    await setTimeout(scene.draw() * 1000)
    await scene.redis.start()
    return true
  },
  cut: async (scene) => {
    scene.pick(scene.ways).cut()
    return true
  },
  away: async (scene) => {
    scene.flow(true)
    await setTimeout(scene.awayFor)
    scene.flow(false)
    return true
  },
}

/** The happenings of a seed, in an order of its own. */
function orderOf(counts, draw) {
  const all = Object.entries(counts).flatMap(([name, count]) => Array(count).fill(name))
  return all
    .map((name) => ({ name, at: draw() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name)
}

/** Disturbs a sweep until all has happened, or it has ended. Returns how often what has. */
async function disturb(scene, counts, longestGap) {
  const happened = {}
  for (const name of orderOf(counts, scene.draw)) {
    // oxlint-disable no-await-in-loop -- one after the other
    const early = await Promise.race([scene.command.ended, setTimeout(scene.draw() * longestGap)])
    if (early !== undefined) break
    for (let tries = 0; tries < 100 && !(await happenings[name](scene)); tries++) await setTimeout(50)
    happened[name] = (happened[name] ?? 0) + 1
    // oxlint-enable no-await-in-loop
  }
  return happened
}

function sum(counts) {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}

async function attempt({ root, file, expected }, { events, longestGap, awayFor }, seed) {
  const out = mkdtempSync(join(root, 'try-'))
  const scene = new Scene(file, out, drawerOf('sweep-redis', seed), awayFor)
  try {
    await scene.begin()
    const happened = await disturb(scene, events(seed), longestGap)
    const { status, stderr } = await scene.command.ended
    for (const { child } of scene.workers) child.kill('SIGTERM')
    const ends = await Promise.all(scene.workers.map(({ ended }) => ended))
    const stopped = ends.every((end) => end.status === 143) ? status : ends.map((end) => end.stderr).join('')
    const verdict = verdictOf(expected, join(out, 'swept'), { status: stopped, stderr, happened })
    const isEarly = sum(happened) < sum(events(seed))
    return isEarly && !verdict.failed ? { ...verdict, outcome: 'whole, ended early' } : verdict
  } finally {
    await scene.end()
    rmSync(out, { recursive: true, force: true })
  }
}

/** The proof. */
export const proof = {
  about: 'a sweep on a Redis loses no trial, and each comes out as undisturbed, whatever is killed, slow or cut off',
  seeds: 10,
  sample: 1,
  missing: noRedis,
  start: async ({ isSample }) => {
    const trouble = isSample ? sample : whole
    const calm = await calmSweep('sweep-redis', trouble.size)
    return { attempt: (seed) => attempt(calm, trouble, seed), end: async () => calm.remove() }
  },
}
