/** Loading by name: what works here, and what is said where it does not. */
import * as ort from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { isogradAdapter, loadOnnxRuntime, onnxBackend } from '../src/index.js'

describe('loadOnnxRuntime', () => {
  it.each([
    [undefined, '1'],
    ['0', '0'],
  ])('turns telemetry off before the runtime loads, unless the environment has a say: %s', async (before, expected) => {
    vi.stubEnv('ORT_DISABLE_TELEMETRY', before)
    let seen: string | undefined
    const result = await loadOnnxRuntime(() => {
      seen = process.env['ORT_DISABLE_TELEMETRY']
      return Promise.resolve(ort)
    })
    vi.unstubAllEnvs()
    expect(result.ok).toBe(true)
    expect(seen).toBe(expected)
  })

  it('loads the version that is installed', async () => {
    const { default: manifest } = await import('onnxruntime-node/package.json', { with: { type: 'json' } })
    expect(await loadOnnxRuntime()).toMatchObject({ ok: true, version: manifest.version })
  })

  it.each([
    ["Cannot find package 'onnxruntime-node' imported from /app/a.js", /not installed/, /npm install/],
    [
      "Cannot find module '../bin/napi-v6/freebsd/x64/onnxruntime_binding.node'\nRequire stack:",
      /no library for/,
      /darwin on arm64/,
    ],
    ["/lib/libm.so.6: version `GLIBC_2.27' not found", /C library/, /musl/],
    ['something else\nat length', /^onnxruntime-node does not load: something else$/, /another backend/],
  ])('explains "%s"', async (message, reason, cure) => {
    const result = await loadOnnxRuntime(() => Promise.reject(new Error(message)))
    expect(result).toEqual({ ok: false, reason: expect.stringMatching(reason), cure: expect.stringMatching(cure) })
  })
})

describe('isogradAdapter', () => {
  it('makes the backend that it names, with the threads asked for', async () => {
    const result = await isogradAdapter.create('onnx', { threads: 2 })
    expect(result).toMatchObject({ ok: true, backend: { name: 'onnx', info: { threads: 2 } } })
    const standard = await isogradAdapter.create('onnx', {})
    expect(standard).toMatchObject({ ok: true, backend: { info: onnxBackend({ ort }).info } })
  })

  it('knows no other variant', async () => {
    const result = await isogradAdapter.create('onnx-gpu', {})
    expect(result).toEqual({ ok: false, reason: 'there is no variant "onnx-gpu"', cure: 'Use one of: onnx.' })
  })
})
