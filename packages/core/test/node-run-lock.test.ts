/** The lock of a run directory: who holds it, and who no longer does. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, pid, platform, ppid } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { InputError } from '../src/index.js'
import { lockRun, whileLocked } from '../src/node/index.js'

let directory = ''
let path = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isograd-lock-'))
  path = join(directory, 'run.lock')
})

afterEach(() => rm(directory, { recursive: true, force: true }))

function write(change: Record<string, unknown>): Promise<void> {
  return writeFile(path, JSON.stringify({ pid, host: hostname(), began: '', mark: 'x', ...change }))
}

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(execPath, ['-e', '']).pid
}

describe('lockRun', () => {
  test('holds the directory until it is released, in this process too', async () => {
    const lock = await lockRun(directory)
    await expect(lockRun(directory)).rejects.toThrow(`in use by process ${pid} on ${hostname()}`)
    await expect(lockRun(directory)).rejects.toThrow(InputError)
    lock.release()
    expect(await readdir(directory)).toEqual([])
    ;(await lockRun(directory)).release()
  })

  test('is not left where what lies beside it cannot be looked at', async () => {
    // The path leads to the directory by its names alone.
    await expect(lockRun(`${directory}/absent/..`)).rejects.toThrow('ENOENT')
    expect(await readdir(directory)).toEqual([])
  })

  test('of many at once, one gets it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockRun(directory)))
    const held = results.filter(({ status }) => status === 'fulfilled')
    expect(held).toHaveLength(1)
    expect(await readdir(directory)).toEqual(['run.lock'])
  })

  test('takes over from a process that is gone', async () => {
    await write({ pid: deadProcess() })
    const lock = await lockRun(directory)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid, host: hostname() })
    lock.release()
  })

  // A shell that becomes another program never fetches the exit status of what it has started.
  test.runIf(platform === 'linux')(
    'takes over what an ended process holds whose status nobody has fetched',
    async () => {
      const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60'])
      try {
        const number = await new Promise<number>((resolve) => {
          parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())))
        })
        // oxlint-disable-next-line no-await-in-loop -- looks until the shell is another program
        while (!/\) Z /.test(await readFile(`/proc/${number}/stat`, 'latin1'))) await setTimeout(5)
        await write({ pid: number })
        const lock = await lockRun(directory)
        expect(await readdir(directory)).toEqual(['run.lock'])
        lock.release()
      } finally {
        parent.kill('SIGKILL')
      }
    },
  )

  test('takes over what this process number held in another life', async () => {
    await write({ pid })
    ;(await lockRun(directory)).release()
    expect(await readdir(directory)).toEqual([])
  })

  test.runIf(platform === 'linux')('takes over when the number now belongs to another process', async () => {
    await write({ pid: ppid, began: 'another boot/1' })
    ;(await lockRun(directory)).release()
    expect(await readdir(directory)).toEqual([])
  })

  test('leaves the lock of a living process, of another host, and one it cannot read', async () => {
    await write({ pid: ppid })
    await expect(lockRun(directory)).rejects.toThrow(`in use by process ${ppid}`)
    await write({ pid: deadProcess(), host: 'elsewhere' })
    await expect(lockRun(directory)).rejects.toThrow(/on elsewhere; wait for it, or/)
    await writeFile(path, '')
    await expect(lockRun(directory)).rejects.toThrow(/in use by something/)
    expect(await readdir(directory)).toEqual(['run.lock'])
  })

  test('of a holder that cannot be seen, waits for two minutes of silence', async () => {
    const far = { pid: deadProcess(), host: 'elsewhere', machine: '', space: '', beat: 5000 }
    const ago = async (seconds: number): Promise<void> => {
      await write(far)
      await utimes(path, new Date(), new Date(Date.now() - seconds * 1000))
    }
    await ago(110)
    const signs = /on elsewhere; its last sign of life came 1[01]\d s ago, and after 120 s without one/
    await expect(lockRun(directory)).rejects.toThrow(signs)
    // Another machine of this one's name is no nearer.
    await write({ ...far, host: hostname(), machine: 'another' })
    await expect(lockRun(directory)).rejects.toThrow('its last sign of life came')
    await ago(130)
    ;(await lockRun(directory)).release()
    expect(await readdir(directory)).toEqual([])
  })

  test('without content is taken over after as long: the machine stopped before a name was in it', async () => {
    const old = new Date(Date.now() - 130_000)
    await writeFile(path, '{')
    await utimes(path, old, old)
    await expect(lockRun(directory)).rejects.toThrow(/not a lock that can be read/)
    await writeFile(path, '')
    await expect(lockRun(directory)).rejects.toThrow(/not a lock that can be read/)
    await utimes(path, old, old)
    ;(await lockRun(directory)).release()
  })

  test('gives signs of life, which change nothing but the time of the lock', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const lock = await lockRun(directory)
      const before = await readFile(path, 'utf8')
      await utimes(path, 0, 0)
      vi.advanceTimersByTime(5000)
      expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
      expect(await readFile(path, 'utf8')).toBe(before)
      lock.release()
    } finally {
      vi.useRealTimers()
    }
  })

  test('is missed by its holder when another has taken it', async () => {
    const lock = await lockRun(directory)
    lock.check()
    await write({ pid: ppid })
    expect(() => lock.check()).toThrow(/run\.lock is no longer the one of this process/)
    await rm(path)
    expect(() => lock.check()).toThrow(InputError)
    lock.release()
  })

  test('is no link: what it leads to is neither read nor written', async () => {
    await writeFile(join(directory, 'precious'), 'precious')
    await symlink('precious', path)
    await expect(lockRun(directory)).rejects.toThrow(/not a lock that can be read/)
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('precious')
  })

  test('a release after the lock was taken away leaves the new one', async () => {
    const lock = await lockRun(directory)
    await write({ pid: ppid })
    lock.release()
    expect(await readdir(directory)).toEqual(['run.lock'])
  })

  test('removes what was left by processes killed while they placed a lock', async () => {
    const leftover = JSON.stringify({ pid: deadProcess(), host: hostname(), began: '', mark: 'y' })
    await writeFile(join(directory, 'run.lock.0a1b2c3d'), leftover)
    await writeFile(join(directory, 'run.lock.0a1b2c3e'), leftover.slice(0, 9))
    await writeFile(join(directory, 'run.lock.0a1b2c3f'), '')
    const lock = await lockRun(directory)
    expect(await readdir(directory)).toEqual(['run.lock'])
    lock.release()
  })
})

describe('whileLocked', () => {
  test('works in the lock of this process where it has one, and in one of its own else', async () => {
    const seen: string[][] = []
    const work = (): void => void seen.push(readdirSync(directory))
    expect(await whileLocked(directory, work)).toBe(true)
    expect(await readdir(directory)).toEqual([])
    const lock = await lockRun(directory)
    expect(await whileLocked(directory, work)).toBe(true)
    expect(seen).toEqual([['run.lock'], ['run.lock']])
    lock.release()
  })

  test('lets many follow each other, none at once', async () => {
    let count = 0
    const add = (): void => {
      const before = readdirSync(directory).length
      count += before
    }
    expect(await Promise.all(Array.from({ length: 5 }, () => whileLocked(directory, add)))).toEqual(Array(5).fill(true))
    expect(count).toBeGreaterThanOrEqual(5)
  })

  test('does nothing where another process keeps the directory', async () => {
    await write({ pid: ppid })
    const work = vi.fn<() => void>()
    expect(await whileLocked(directory, work)).toBe(false)
    expect(work).not.toHaveBeenCalled()
  })

  test('gives the directory free when the work fails', async () => {
    const fails = whileLocked(directory, () => {
      throw new Error('full')
    })
    await expect(fails).rejects.toThrow('full')
    expect(await readdir(directory)).toEqual([])
  })
})
