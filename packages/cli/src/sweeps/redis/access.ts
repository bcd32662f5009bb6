/**
 * The way to a Redis. Its packages are loaded at first use. Redis must answer at the start; later a connection that is lost is
 * made again for as long as it takes, and what was asked meanwhile is asked then.
 */
import { setTimeout } from 'node:timers/promises'
import type * as Bullmq from 'bullmq'
import { InputError } from '@isograd/core'
import type * as Ioredis from 'ioredis'
import type { Redis, RedisOptions } from 'ioredis'
import { messageOf } from '../../errors/failure.js'

/** Milliseconds that a first connection may take. */
const PATIENCE = 5000

/** Milliseconds that a Redis is waited for that does not answer at the start, and those between two tries. */
const WAIT = 3000
const AGAIN = 300

/** A connection that brings nothing for so long, with something asked, is made anew; BullMQ asks for 10 s at most. */
const SILENCE = 20_000

const LASTING = {
  maxRetriesPerRequest: null,
  connectTimeout: PATIENCE,
  socketTimeout: SILENCE,
  retryStrategy: (times: number) => Math.min(100 * times, 1000),
} satisfies RedisOptions

const ONCE = { lazyConnect: true, retryStrategy: () => null, connectTimeout: PATIENCE } satisfies RedisOptions

/** An open way to a Redis. */
export interface RedisAccess {
  readonly bullmq: typeof Bullmq
  readonly redis: Redis
  /** The address without a password. */
  readonly place: string
  /** Ends all connections at once; what is asked then is refused. */
  close(): void
}

/** An address as it may be shown. */
export function placeOf(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname.replace(/^\/$/, '')}`
}

/** The packages that a Redis takes. */
interface Packages {
  readonly bullmq: typeof Bullmq
  readonly ioredis: typeof Ioredis
}

/** @throws InputError with the cure */
async function loadPackages(): Promise<Packages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bullmq, ioredis }
  } catch (error) {
    const cure = 'install them with: npm install bullmq ioredis'
    const message = `--queue: it needs the packages bullmq and ioredis, which cannot be loaded; ${cure}`
    throw new InputError('isograd', `${message} (${messageOf(error).split('\n')[0]})`, { cause: error })
  }
}

/** Asks once. Returns why there is no answer; undefined where there is one. */
async function askOnce({ Redis }: Packages['ioredis'], address: string): Promise<Error | undefined> {
  const redis = new Redis(address, ONCE)
  let reason: Error | undefined
  redis.on('error', (error) => {
    reason = error
  })
  try {
    await redis.connect()
    await redis.ping()
    return undefined
  } catch (error) {
    return reason ?? (error as Error)
  } finally {
    redis.disconnect()
  }
}

/** Waits a while for a Redis that may be being started. @throws InputError where nothing answers, or refuses */
async function requireAnswer({ ioredis }: Packages, address: string): Promise<void> {
  const until = performance.now() + WAIT
  for (;;) {
    // oxlint-disable no-await-in-loop -- one after the other
    const reason = await askOnce(ioredis, address)
    if (reason === undefined) return
    if (performance.now() > until || reason.name === 'ReplyError') {
      const expected = `expected a Redis at ${placeOf(address)}, got "${messageOf(reason)}"`
      const cure = /^(?:NOAUTH|WRONGPASS)/.test(messageOf(reason))
        ? 'give the password in the address: redis://:PASSWORD@host:port'
        : 'start one with: redis-server --appendonly yes'
      throw new InputError('isograd', `--queue: ${expected}; ${cure}`, { cause: reason })
    }
    await setTimeout(AGAIN)
    // oxlint-enable no-await-in-loop
  }
}

/** Tells once of each loss of a connection, and of its end. */
function tellOfLosses(redis: Redis, place: string, note: (text: string) => void): void {
  let isLost = false
  redis.on('error', () => {})
  redis.on('reconnecting', () => {
    if (!isLost) note(`${place}: the connection is lost, and tried again; no result is lost`)
    isLost = true
  })
  redis.on('ready', () => {
    if (isLost) note(`${place}: connected again`)
    isLost = false
  })
}

/** Refuses a Redis that is not there, before anything is written. @throws InputError with the cure */
export async function requireRedis(address: string): Promise<void> {
  await requireAnswer(await loadPackages(), address)
}

/** Opens a way to a Redis. @param note told of connections that are lost. @throws InputError with the cure where there is none */
export async function openRedis(address: string, note: (text: string) => void): Promise<RedisAccess> {
  const packages = await loadPackages()
  const { bullmq, ioredis } = packages
  const place = placeOf(address)
  await requireAnswer(packages, address)
  const redis = new ioredis.Redis(address, LASTING)
  tellOfLosses(redis, place, note)
  return { bullmq, redis, place, close: () => redis.disconnect() }
}
