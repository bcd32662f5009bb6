/** Loading by name: what works here, and what is said where it does not. */
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { isogradAdapter, loadOnnxRuntime, onnxBackend } from '../src/index.js'

describe('loadOnnxRuntime', () => {
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
