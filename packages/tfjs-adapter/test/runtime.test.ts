/** Finding TensorFlow.js, and the words for not finding it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import util from 'node:util'
import { tensor } from '@isograd/core/backend'
import { describe, expect, it } from 'vitest'
import { isogradAdapter, loadTensorFlow } from '../src/index.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

function failing(message: string): () => Promise<unknown> {
  return () => Promise.reject(new Error(message))
}

const installed = /^npm install @tensorflow\/tfjs@\S+ @tensorflow\/tfjs-backend-wasm@\S+$/

describe('the adapter', () => {
  it('trains on wasm from any directory', async () => {
    process.chdir(tmpdir())
    const result = await isogradAdapter.create('tfjs-wasm', { threads: 4 })
    if (!result.ok) throw new Error(result.reason)
    expect(result.backend.info.threads).toBe(1)
    const network: Network = { widths: [6, 3], rows: 9, activation: 'relu' }
    const program = trainingProgram(network)
    const executable = await result.backend.compile(program, dataOf(network))
    const weights = { ...weightsOf(program), kernel0: tensor('float32', [6, 3], new Float32Array(18)) }
    const { ys } = await executable.scan(weights, stepsOf(network, 1, 4))
    // Without weights every class is as likely: the loss is ln 3.
    expect(ys['loss']?.data[0]).toBeCloseTo(Math.log(3), 6)
    await result.backend.dispose()
  })

  it('names its variants, and says so of one that it does not have', async () => {
    expect(isogradAdapter.variants).toEqual([
      'tfjs-wasm',
      'tfjs-cpu',
      'tfjs-webgl',
      'tfjs-webgpu',
      'tfjs-node',
      'tfjs-wasm:autograd',
      'tfjs-cpu:autograd',
    ])
    expect(await isogradAdapter.create('constructor', {})).toEqual({
      ok: false,
      reason: 'there is no variant "constructor"',
      cure: 'Use one of: tfjs-wasm, tfjs-cpu, tfjs-webgl, tfjs-webgpu, tfjs-node, tfjs-wasm:autograd, tfjs-cpu:autograd.',
    })
  })

  it.each(['webgl', 'webgpu'])('refuses tfjs-%s in Node, with a browser as the cure', async (name) => {
    const cure = `isograd hosts it in one: --backend chromium:tfjs-${name}`
    const reason = 'WebGL and WebGPU belong to browsers'
    expect(await isogradAdapter.create(`tfjs-${name}`, {})).toEqual({ ok: false, reason, cure })
  })
})

describe('loading', () => {
  it('names the package that is missing and how to install it', async () => {
    const load = failing("Cannot find package '@tensorflow/tfjs-backend-wasm' imported from /a/file.js")
    const result = await loadTensorFlow('wasm', { load })
    expect(result).toMatchObject({ ok: false, reason: '@tensorflow/tfjs-backend-wasm is not installed' })
    expect('cure' in result && result.cure).toMatch(installed)
  })

  it('installs what Yarn says that the project does not provide', async () => {
    const line = "@tensorflow/tfjs-backend-wasm tried to access @tensorflow/tfjs-core (a peer dependency) but it isn't"
    const result = await loadTensorFlow('wasm', { load: failing(line) })
    expect(result).toMatchObject({ ok: false, reason: '@tensorflow/tfjs-core is not installed' })
    expect('cure' in result && result.cure).toMatch(/^npm install .*@tensorflow\/tfjs-core@/)
  })

  it('explains a missing native library', async () => {
    const message = 'The Node.js native addon module (tfjs_binding.node) can not be found at path: /a/b. \nPlease run'
    const result = await loadTensorFlow('node', { load: failing(message) })
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('native library') as string })
    const cures = /^npx isograd add tfjs-node .*\nOr: npm rebuild @tensorflow\/tfjs-node .*\nOr use tfjs-wasm/
    expect('cure' in result && result.cure).toMatch(cures)
  })

  it('puts back what Node 23 removed and tfjs-node calls', async () => {
    const functions = util as Partial<Record<'isArray' | 'isNullOrUndefined', unknown>>
    const before = { isArray: functions.isArray, isNullOrUndefined: functions.isNullOrUndefined }
    delete functions.isArray
    delete functions.isNullOrUndefined
    await loadTensorFlow('node', { load: failing('x') })
    const { isArray, isNullOrUndefined } = util as unknown as Record<string, (value: unknown) => boolean>
    expect([[], 'a', null].map((value) => isArray?.(value))).toEqual([true, false, false])
    expect([null, undefined, 0, ''].map((value) => isNullOrUndefined?.(value))).toEqual([true, true, false, false])
    Object.assign(functions, before)
  })

  it('looks for tfjs-node where it is told to, then for the current directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-node-'))
    const before = [process.cwd(), process.env['ISOGRAD_TFJS_NODE']] as const
    const reasons: unknown[] = []
    for (const name of ['told', 'current']) {
      const place = join(directory, name, 'node_modules/@tensorflow/tfjs-node')
      mkdirSync(place, { recursive: true })
      writeFileSync(join(place, 'index.js'), `throw new Error('the one of ${name}')`)
    }
    process.chdir(join(directory, 'current'))
    for (const place of [join(directory, 'told'), '', join(directory, 'empty')]) {
      process.env['ISOGRAD_TFJS_NODE'] = place
      const result = await loadTensorFlow('node')
      reasons.push('reason' in result && result.reason.replace('TensorFlow.js does not load: ', ''))
    }
    process.chdir(before[0])
    process.env['ISOGRAD_TFJS_NODE'] = before[1] ?? ''
    rmSync(directory, { recursive: true })
    expect(reasons).toEqual(['the one of told', 'the one of current', 'the one of current'])
  })

  it('passes on in one line what it does not know', async () => {
    const result = await loadTensorFlow('cpu', { load: failing('strange\n    at a stack') })
    expect(result).toMatchObject({ ok: false, reason: 'TensorFlow.js does not load: strange' })
  })
})
