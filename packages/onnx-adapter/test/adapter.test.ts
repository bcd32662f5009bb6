/** Loading by name: what works here, and what is said where it does not. */
import { Builder } from '@isograd/core/ir'
import * as ort from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { isogradAdapter, loadOnnxRuntime, onnxBackend } from '../src/index.js'
import { backendOn, builds } from './builds.js'

describe('loadOnnxRuntime', () => {
  it.each([
    [undefined, '1'],
    ['0', '0'],
  ])('turns telemetry off before the runtime loads, unless the environment has a say: %s', async (before, expected) => {
    vi.stubEnv('ORT_DISABLE_TELEMETRY', before)
    let seen: string | undefined
    const result = await loadOnnxRuntime('onnxruntime-node', 'cpu', () => {
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

  it('says which package of two is missing', async () => {
    const message = "Cannot find package 'onnxruntime-web' imported from /app/a.js"
    expect(await loadOnnxRuntime('onnxruntime-web', 'cpu', () => Promise.reject(new Error(message)))).toEqual({
      ok: false,
      reason: `onnxruntime-web is not installed (${message})`,
      cure: 'npm install onnxruntime-web@^1.30.0',
    })
  })

  it.each([
    ["Cannot find package 'onnxruntime-node' imported from /app/a.js", /not installed/, /npm install/],
    ["a tried to access onnxruntime-node (a peer dependency) but it isn't", /not installed/, /npm install/],
    [
      "Cannot find module '../bin/napi-v6/freebsd/x64/onnxruntime_binding.node'\nRequire stack:",
      /no library for/,
      /darwin on arm64/,
    ],
    ["/lib/libm.so.6: version `GLIBC_2.27' not found", /C library/, /musl/],
    ['something else\nat length', /^onnxruntime-node does not load: something else$/, /another backend/],
  ])('explains "%s"', async (message, reason, cure) => {
    const result = await loadOnnxRuntime('onnxruntime-node', 'cpu', () => Promise.reject(new Error(message)))
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

  it('tells what ran in WebAssembly: its version, and the threads that its first backend asked for', async () => {
    const [one, other] = [
      await isogradAdapter.create('onnx-web', { threads: 2 }),
      await isogradAdapter.create('onnx-web', {}),
    ]
    for (const result of [one, other]) {
      if (!result.ok) throw new Error(result.reason)
      const { name, info } = result.backend
      const { 'onnxruntime-web': version, ...rest } = info.versions
      expect([name, info.device, info.threads, info.options['canHaveThreads']]).toEqual(['onnx-web', 'wasm', 2, true])
      expect([version, rest]).toEqual([builds['onnx-web'].env.versions.web, {}])
    }
  })

  it('defines no global for others to stumble over', async () => {
    const backend = backendOn('onnx-web')
    const b = new Builder('double')
    const x = b.xs('x', { dtype: 'float32', shape: [] })
    const before = Object.getOwnPropertyNames(globalThis)
    await backend.compile(b.finish({ carry: {}, ys: { y: b.add(x, x) } }), {})
    await backend.dispose()
    expect(Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name))).toEqual([])
  })

  it('says where WebGPU is to be had', async () => {
    const [native, web] = [
      await isogradAdapter.create('onnx-webgpu', {}),
      await isogradAdapter.create('onnx-web-webgpu', {}),
    ]
    const told = native.ok ? `${native.backend.info.device}, ${native.backend.info.options['onCpu']}` : native.cure
    expect(told).toMatch(/^webgpu, Loop|libvulkan1/)
    if (native.ok) await native.backend.dispose()
    expect(web).toMatchObject({
      ok: false,
      cure: 'Use it there; in Node onnx-webgpu has it.',
    })
  })

  it('knows no other variant', async () => {
    const result = await isogradAdapter.create('onnx-gpu', {})
    expect(result).toEqual({
      ok: false,
      reason: 'there is no variant "onnx-gpu"',
      cure: 'Use one of: onnx, onnx:native, onnx-webgpu, onnx-web, onnx-web-webgpu.',
    })
  })
})
