import { describe, expect, test } from 'vitest'
import { fetchBytes, type FetchOptions } from '../src/node/fetch-bytes.js'
import { files, loadSmall, smallCollection, temporaryDirectory } from './idx-files.js'

const request = { address: 'http://127.0.0.1/file', file: 'file', most: 100 }

/** A fetch that answers at once, and does not care for its signal. */
function answering(body: Uint8Array | string, headers: Record<string, string> = {}): FetchOptions {
  return { fetch: () => Promise.resolve(new Response(body, { headers })) }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('asked again'))
}

describe('fetching bytes', () => {
  test('gives the body', async () => {
    const outcome = await fetchBytes(request, answering(Uint8Array.of(1, 2, 3)))
    expect(outcome).toEqual({ content: Buffer.from([1, 2, 3]) })
  })

  test('asks for the address, unencoded', async () => {
    const asked: unknown[] = []
    const get: typeof fetch = (address, init) => {
      asked.push(address, new Headers(init?.headers).get('accept-encoding'))
      return Promise.resolve(new Response('x'))
    }
    await fetchBytes(request, { fetch: get })
    expect(asked).toEqual(['http://127.0.0.1/file', 'identity'])
  })

  test('sees a body that ends before its announced length', async () => {
    const outcome = await fetchBytes(request, answering(new Uint8Array(10), { 'content-length': '20' }))
    expect(outcome).toEqual({ problem: 'broke off after 10 of 20 bytes' })
  })

  test('does not compare the length of an encoded body with that of the decoded one', async () => {
    const headers = { 'content-length': '20', 'content-encoding': 'gzip' }
    expect(await fetchBytes(request, answering(new Uint8Array(10), headers))).toEqual({ content: Buffer.alloc(10) })
  })

  test('stops at the longest the file can be', async () => {
    expect(await fetchBytes(request, answering(new Uint8Array(100)))).toEqual({ content: Buffer.alloc(100) })
    expect(await fetchBytes(request, answering(new Uint8Array(101)))).toEqual({
      problem: 'more than 100 bytes: not the file',
    })
  })

  test('tells the failure that lies behind "fetch failed"', async () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere'), { code: 'ENOTFOUND' })
    const get = (): Promise<never> => Promise.reject(new TypeError('fetch failed', { cause }))
    expect(await fetchBytes(request, { fetch: get })).toEqual({
      problem: 'the transfer failed: ENOTFOUND: getaddrinfo ENOTFOUND nowhere',
    })
  })

  test('rejects with the reason of the signal when aborted, before or while', async () => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(fetchBytes(request, { ...answering('x'), signal })).rejects.toBe(reason)
    const controller = new AbortController()
    const get: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('transport closed')))
        controller.abort(reason)
      })
    await expect(fetchBytes(request, { fetch: get, signal: controller.signal })).rejects.toBe(reason)
  })
})

test('a download that is aborted after its last byte keeps nothing', async () => {
  const cacheDir = await temporaryDirectory()
  const controller = new AbortController()
  const load = loadSmall(smallCollection, {
    ...answering(files['train-images-idx3-ubyte.gz'] ?? ''),
    cacheDir,
    mirrors: ['http://127.0.0.1/'],
    signal: controller.signal,
    onProgress: () => controller.abort(),
  })
  await expect(load).rejects.toThrow('aborted')
  const again = loadSmall(smallCollection, { cacheDir, fetch: refuse, mirrors: ['http://127.0.0.1/'] })
  await expect(again).rejects.toThrow('train-images-idx3-ubyte.gz: the transfer failed: asked again')
})
