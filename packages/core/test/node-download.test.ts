import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import type { Dataset } from '../src/data/dataset.js'
import { DownloadError, InputError } from '../src/errors.js'
import type { TransferProgress } from '../src/node/fetch-bytes.js'
import type { CollectionOptions } from '../src/node/idx-collection.js'
import { loadDataset } from '../src/node/load-dataset.js'
import {
  bytesOf,
  contents,
  files,
  fingerprints,
  loadSmall,
  smallCollection,
  smallGzipCollection,
  smallSet,
  temporaryDirectory,
} from './idx-files.js'
import { type Behaviour, breakOff, serve, stall, startMirror } from './mirror-server.js'

// Other processes may keep the disk and the processor busy.
vi.setConfig({ testTimeout: 60_000 })

const NAMES = Object.keys(files).toSorted()
const FIRST = 'train-images-idx3-ubyte.gz'

function load(options: CollectionOptions): Promise<Dataset> {
  return loadSmall(smallCollection, options)
}

/** Every file below a directory, sorted; empty when it does not exist. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.catch((error: unknown) => error)
  if (outcome instanceof Error) return outcome
  throw new Error('expected a rejection')
}

function html(_: string, response: Parameters<Behaviour>[1]): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html><title>Sign in</title>')
}

describe('a download', () => {
  test('is the data set that the mirror holds, kept for the next time', async () => {
    const cacheDir = await temporaryDirectory()
    const mirror = await startMirror(serve(files))
    const first = await load({ cacheDir, mirrors: [mirror.address] })
    expect(fingerprints(first)).toEqual(smallSet)
    expect(first).toMatchObject({ name: 'small', target: 'label' })
    expect(first.fields['image']).toMatchObject({ dtype: 'uint8', shape: [28, 28] })
    expect(first.fields['label']?.encoding).toEqual({ kind: 'category', count: 10 })
    expect(await filesBelow(cacheDir)).toEqual(NAMES)
    expect(files[FIRST]?.equals(await readFile(join(cacheDir, 'small', FIRST)))).toBe(true)

    const again = await load({ cacheDir, mirrors: [mirror.address] })
    expect(fingerprints(again)).toEqual(smallSet)
    expect(again.origin).toBe(first.origin)
    expect(mirror.requests).toHaveLength(4)
  })

  test('gives plain Uint8Arrays', async () => {
    const mirror = await startMirror(serve(files))
    const { train } = (await load({ cacheDir: await temporaryDirectory(), mirrors: [mirror.address] })).splits
    expect(bytesOf(train, 'image').constructor).toBe(Uint8Array)
    expect(bytesOf(train, 'label').constructor).toBe(Uint8Array)
  })

  test('reports its progress up to the whole of each file', async () => {
    const reports: TransferProgress[] = []
    const mirror = await startMirror(serve(files))
    await load({
      cacheDir: await temporaryDirectory(),
      mirrors: [mirror.address],
      onProgress: (progress) => reports.push(progress),
    })
    for (const [file, bytes] of Object.entries(files)) {
      const own = reports.filter((report) => report.file === file)
      expect(own.at(-1)).toEqual({ file, received: bytes.length, total: bytes.length })
      const received = own.map((report) => report.received)
      expect(received).toEqual(received.toSorted((a, b) => a - b))
    }
  })

  test('knows no total when the server does not tell, and may come without a length', async () => {
    const reports: TransferProgress[] = []
    const mirror = await startMirror((name, response) => void response.end(files[name]))
    const chunked = await startMirror((name, response) => {
      response.write(files[name]?.subarray(0, 10))
      response.end(files[name]?.subarray(10))
    })
    for (const { address } of [mirror, chunked]) {
      const set = await load({
        cacheDir: await temporaryDirectory(),
        mirrors: [address],
        onProgress: (progress) => reports.push(progress),
      })
      expect(fingerprints(set)).toEqual(smallSet)
    }
    expect(reports.some(({ total }) => total === undefined)).toBe(true)
  })

  test('may be compressed differently, or have been uncompressed on its way', async () => {
    const plain = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, gunzipSync(bytes)]))
    const stored = Object.fromEntries(Object.entries(plain).map(([name, b]) => [name, gzipSync(b, { level: 0 })]))
    for (const served of [plain, stored]) {
      const mirror = await startMirror(serve(served))
      const cacheDir = await temporaryDirectory()
      expect(fingerprints(await load({ cacheDir, mirrors: [mirror.address] }))).toEqual(smallSet)
      expect(fingerprints(await load({ cacheDir, mirrors: [] }))).toEqual(smallSet)
    }
  })

  test('of a file whose published .gz alone is known must be that .gz', async () => {
    const recompressed = gzipSync(contents.trainImages, { level: 0 })
    const other = await startMirror(serve({ ...files, [FIRST]: recompressed }))
    const published = await startMirror(serve(files))
    const options = { cacheDir: await temporaryDirectory(), mirrors: [other.address, published.address] }
    expect(fingerprints(await loadSmall(smallGzipCollection, options))).toEqual(smallSet)
    expect(other.requests).toEqual([FIRST])
    expect(published.requests).toContain(FIRST)
  })

  test('that is sent with a content encoding is decoded once', async () => {
    const mirror = await startMirror((name, response) => {
      const bytes = gzipSync(files[name] ?? '')
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes)
    })
    const set = await load({ cacheDir: await temporaryDirectory(), mirrors: [mirror.address] })
    expect(fingerprints(set)).toEqual(smallSet)
  })

  test('is taken up where it was left: files already there are not fetched again', async () => {
    const cacheDir = await temporaryDirectory()
    const half = await startMirror(serve({ [FIRST]: files[FIRST] ?? new Uint8Array() }))
    expect(await failure(load({ cacheDir, mirrors: [half.address] }))).toBeInstanceOf(DownloadError)
    expect(await filesBelow(cacheDir)).toEqual([FIRST])
    const whole = await startMirror(serve(files))
    await load({ cacheDir, mirrors: [whole.address] })
    expect(whole.requests).not.toContain(FIRST)
    expect(whole.requests).toHaveLength(3)
  })
})

describe('a mirror that fails', () => {
  const wrong = gzipSync(Buffer.from(contents.trainImages).fill(1, 16))
  const cases: [string, Behaviour, RegExp][] = [
    ['has no such file', (_, response) => void response.writeHead(404).end(), /: HTTP 404 Not Found\n/],
    ['refuses', (_, response) => void response.writeHead(403).end('<html>'), /: HTTP 403 Forbidden\n/],
    ['sends a page', html, /: an HTML page instead of the file\n/],
    [
      'sends a page as a file',
      (_, response) => void response.end('\n<HTML><body>'),
      /: an HTML page instead of the file\n/,
    ],
    ['breaks off', breakOff(files), /: (the transfer failed: .+|broke off after \d+ of \d+ bytes)\n/],
    [
      'closes at once',
      (_, response) => void response.destroy(),
      /: the transfer failed: (UND_ERR_SOCKET|ECONNRESET): .+\n/,
    ],
    [
      'sends half a file as if whole',
      (name, response) => void response.end(files[name]?.subarray(0, 5000)),
      /: truncated gzip: the end is missing\n/,
    ],
    [
      'sends another file',
      (_, response) => void response.end(wrong),
      /: wrong content: expected 156816 bytes with SHA-256 [0-9a-f]{64}, got 156816 bytes with SHA-256 [0-9a-f]{64}\n/,
    ],
    [
      'sends nothing',
      (_, response) => void response.end(),
      /: named \.gz, expected gzip \(1f8b\.\.\.\), got no bytes\n/,
    ],
    [
      'sends damaged gzip',
      (_, response) => void response.end(Buffer.from(files[FIRST] ?? '').fill(0x55, 2000, 3000)),
      /: (damaged gzip|wrong content: .*)\n/,
    ],
    [
      'sends gzip that swells',
      (_, response) => void response.end(gzipSync(Buffer.alloc(5_000_000))),
      /: uncompressed, it is larger than expected\n/,
    ],
    [
      'sends without end',
      (_, response) => {
        const pour = (): void => {
          if (!response.destroyed) response.write(Buffer.alloc(65_536), pour)
        }
        pour()
      },
      /: more than \d+ bytes: not the file\n/,
    ],
    ['goes silent', stall(files), /: no byte for 1 s\n/],
    ['never answers', () => undefined, /: no byte for 1 s\n/],
  ]

  test.each(cases)('because it %s is named with the reason, and leaves nothing behind', async (_, behave, reason) => {
    const cacheDir = await temporaryDirectory()
    const mirror = await startMirror(behave)
    const error = await failure(load({ cacheDir, mirrors: [mirror.address], timeout: 1000 }))
    expect(error).toBeInstanceOf(DownloadError)
    expect(error.message).toMatch(/^\[core\] train-images-idx3-ubyte\.gz: no mirror delivered it\n {2}http:/)
    expect(error.message).toMatch(reason)
    expect(error.message).toContain('--data-dir')
    expect(await filesBelow(cacheDir)).toEqual([])
  })

  test.each(cases)('because it %s is passed over for the next, which is then asked first', async (_, behave) => {
    const cacheDir = await temporaryDirectory()
    const bad = await startMirror(behave)
    const good = await startMirror(serve(files))
    const set = await load({ cacheDir, mirrors: [bad.address, good.address], timeout: 1000 })
    expect(fingerprints(set)).toEqual(smallSet)
    expect(await filesBelow(cacheDir)).toEqual(NAMES)
    expect(bad.requests).toEqual([FIRST])
    expect(good.requests).toEqual(Object.keys(files))
  })

  test('is listed with all the others when none delivers', async () => {
    const missing = await startMirror((_, response) => void response.writeHead(404).end())
    const page = await startMirror(html)
    const unreachable = 'http://127.0.0.1:1/data/'
    const mirrors = [missing.address, page.address, unreachable]
    const error = await failure(load({ cacheDir: await temporaryDirectory(), mirrors }))
    expect(error).toMatchObject({
      source: 'core',
      attempts: [
        { address: `${missing.address}${FIRST}`, reason: 'HTTP 404 Not Found' },
        { address: `${page.address}${FIRST}`, reason: 'an HTML page instead of the file' },
        { address: `${unreachable}${FIRST}`, reason: expect.stringContaining('the transfer failed: ') as string },
      ],
    })
  })

  test('because it serves something else than MNIST is found out by the checksum', async () => {
    const cacheDir = await temporaryDirectory()
    const mirror = await startMirror(serve(files))
    const error = await failure(loadDataset('mnist', { cacheDir, mirrors: [mirror.address] }))
    expect(error.message).toContain(
      'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db, got 156816 bytes',
    )
    expect(await filesBelow(cacheDir)).toEqual([])
  })

  test('by being slow is not given up as long as bytes come', async () => {
    const mirror = await startMirror(async (name, response) => {
      const bytes = files[name] ?? Buffer.alloc(0)
      const slow = name === FIRST
      const step = slow ? Math.ceil(bytes.length / 8) : bytes.length
      for (let start = 0; start < bytes.length; start += step) {
        response.write(bytes.subarray(start, start + step))
        if (slow) await setTimeout(250)
      }
      response.end()
    })
    const set = await load({ cacheDir: await temporaryDirectory(), mirrors: [mirror.address], timeout: 1500 })
    expect(fingerprints(set)).toEqual(smallSet)
  })
})

describe('an aborted download', () => {
  test('rejects with the reason of the signal, leaves nothing behind and tries no other mirror', async () => {
    const cacheDir = await temporaryDirectory()
    const controller = new AbortController()
    const reason = new Error('enough')
    const silent = await startMirror(stall(files))
    const other = await startMirror(serve(files))
    const error = await failure(
      load({
        cacheDir,
        mirrors: [silent.address, other.address],
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      }),
    )
    expect(error).toBe(reason)
    expect(other.requests).toEqual([])
    expect(await filesBelow(cacheDir)).toEqual([])
  })

  test('does not begin when the signal is aborted already', async () => {
    const mirror = await startMirror(serve(files))
    const signal = AbortSignal.abort()
    const error = await failure(load({ cacheDir: await temporaryDirectory(), mirrors: [mirror.address], signal }))
    expect(error.name).toBe('AbortError')
    expect(mirror.requests).toEqual([])
  })

  test('between two files keeps the whole one', async () => {
    const cacheDir = await temporaryDirectory()
    const controller = new AbortController()
    const mirror = await startMirror(serve(files))
    const onProgress = ({ file }: TransferProgress): void => {
      if (file !== FIRST) controller.abort()
    }
    const options = { cacheDir, mirrors: [mirror.address], signal: controller.signal, onProgress }
    expect((await failure(load(options))).name).toBe('AbortError')
    expect(await filesBelow(cacheDir)).toEqual([FIRST])
  })
})

describe('the cache', () => {
  test.each([
    ['overwritten in the middle', (bytes: Buffer) => Buffer.from(bytes).fill(0, 3000, 3100)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 4000)],
    ['emptied', () => Buffer.alloc(0)],
    ['another valid file', () => files['t10k-images-idx3-ubyte.gz'] ?? Buffer.alloc(0)],
  ])('is mended when a file in it was %s', async (_, damage) => {
    const cacheDir = await temporaryDirectory()
    const mirror = await startMirror(serve(files))
    await load({ cacheDir, mirrors: [mirror.address] })
    const path = join(cacheDir, 'small', FIRST)
    await writeFile(path, damage(files[FIRST] ?? Buffer.alloc(0)))
    const set = await load({ cacheDir, mirrors: [mirror.address] })
    expect(fingerprints(set)).toEqual(smallSet)
    expect(mirror.requests.filter((name) => name === FIRST)).toHaveLength(2)
    expect(files[FIRST]?.equals(await readFile(path))).toBe(true)
    expect(await filesBelow(cacheDir)).toEqual(NAMES)
  })

  test('that cannot be written is found out before anything is downloaded', async () => {
    const blocked = join(await temporaryDirectory(), 'a-file')
    await writeFile(blocked, '')
    const mirror = await startMirror(serve(files))
    const error = await failure(load({ cacheDir: join(blocked, 'cache'), mirrors: [mirror.address] }))
    expect(error).toBeInstanceOf(InputError)
    expect(error.message).toContain(`[core] cache directory ${join(blocked, 'cache', 'small')}: cannot be written (`)
    expect(error.message).toContain('set ISOGRAD_CACHE_DIR to a directory that can be written')
    expect(mirror.requests).toEqual([])
  })

  // Node's recursive mkdir never returns there; see make-directory.ts.
  test('in /proc is refused at once', async () => {
    const error = await failure(load({ cacheDir: '/proc/isograd/cache', mirrors: [] }))
    expect(error.message).toMatch(/cache directory \/proc\/isograd\/cache\/small: cannot be written \(/)
  })

  test('with a directory where the file should be says so and keeps no half', async () => {
    const cacheDir = await temporaryDirectory()
    await mkdir(join(cacheDir, 'small', FIRST, 'inside'), { recursive: true })
    const mirror = await startMirror(serve(files))
    const error = await failure(load({ cacheDir, mirrors: [mirror.address] }))
    expect(error).toBeInstanceOf(InputError)
    expect(error.message).toContain('cannot be written (')
    expect(await filesBelow(cacheDir)).toEqual([])
  })

  test('serves two loads at once in one process', async () => {
    const cacheDir = await temporaryDirectory()
    const mirror = await startMirror(serve(files))
    const sets = await Promise.all([1, 2].map(() => load({ cacheDir, mirrors: [mirror.address] })))
    expect(sets.map(fingerprints)).toEqual([smallSet, smallSet])
    expect(await filesBelow(cacheDir)).toEqual(NAMES)
  })
})
