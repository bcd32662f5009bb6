/** `isograd reduce` on faults of real runtimes, and on documents that others may have written. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Reduced } from '@isograd/core/compare'
import { Builder } from '@isograd/core/ir'
import { tensor } from '@isograd/core/backend'
import { describe, expect, it } from 'vitest'
import { pageText } from '../src/reductions/page.js'
import { runPage } from '../src/reductions/run-page.js'
import { tfjsWriter } from '../src/reductions/tfjs-page.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

const here = dirname(fileURLToPath(import.meta.url))

/** A document of conformance in a file. */
async function conformance(backend: string, only: string): Promise<string> {
  const path = join(temporaryDirectory(), 'conformance.json')
  const { stdout } = await isograd(['conformance', backend, '--only', only, '--json'])
  writeFileSync(path, stdout)
  return path
}

describe.concurrent('reduce', () => {
  it('makes a page of onnxruntime-node of a maximum that passes over NaN, which shows it', async () => {
    const path = await conformance('onnx:native', 'reduceMax/nan/float32')
    const out = join(temporaryDirectory(), 'repro')
    const { status, stdout } = await isograd(['reduce', path, '--out', out])
    expect(status).toBe(1)
    const page = readFileSync(join(out, 'repro.mjs'), 'utf8')
    expect(stdout).toContain(page)
    expect(page).toMatch(/^\/\/ reduceMax: 0 where float64 gives NaN, with onnxruntime-node 1\.\d+\.\d+\n/)
    // Two elements: of one alone the NaN is found.
    expect(page).toMatch(
      /x: new ort\.Tensor\('float32', new Float32Array\(Uint32Array\.of\(0x0, 0x7fc00000\)\.buffer\), \[1, 2\]\)/,
    )
    expect(page).not.toContain('isograd/')
    expect(await runPage(page, here)).toMatchObject({ shows: true })
    const issue = readFileSync(join(out, 'issue.md'), 'utf8')
    expect(issue).toContain('| expected, in float64 | NaN |\n| got | 0 |\n')
    expect(issue).toContain(page.trimEnd())
    expect(issue).toMatch(/It prints\n\n```\nwrong: 0 where float64 gives NaN/)
    expect((await isograd(['reduce', path, '--out', out])).status).toBe(1)
    writeFileSync(join(out, 'issue.md'), 'notes of a user')
    const refused = await isograd(['reduce', path, '--out', out])
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('was not written by reduce')])
    expect(readFileSync(join(out, 'issue.md'), 'utf8')).toBe('notes of a user')
  })

  it('makes a page of TensorFlow.js of a rectifier that turns a NaN with a sign into 0', async () => {
    const adapter = fixture('plain-tfjs-adapter')
    const path = await conformance(adapter, 'relu/patterns/float32')
    const { status, stdout } = await isograd(['reduce', path, '--backend', adapter, '--json'])
    const { page, operation, got } = JSON.parse(stdout) as { page: string; operation: string; got: number }
    expect([status, operation, got]).toEqual([1, 'relu', 0])
    expect(page).toContain(
      "const x = tf.tensor(new Float32Array(Uint32Array.of(0xffc00000).buffer), [1], 'float32')\nconst v0 = tf.relu(x)\n",
    )
    expect(await runPage(page, here)).toMatchObject({ shows: true })
  })

  it('finds the failure of a check anew, in the training that it was of', async () => {
    const out = join(temporaryDirectory(), 'checked')
    const weights = 'initializers.weights={"type":"randomNormal","sd":1}'
    const check = ['check', 'keras-13x10', '--arm', 'sigmoid', '--dataset', 'digits', '--mode', 'ops', '--steps', '1']
    const checked = await isograd([...check, '--set', weights, '--backend', 'onnx:native', '--out', out])
    expect(checked.status).toBe(1)
    const { status, stdout } = await isograd(['reduce', out])
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/x: new ort\.Tensor\('float32', Float32Array\.of\(-1\d[\d.]*\), \[1\]\)/),
    ])
  })

  it('takes a run too, and the training that its record says', async () => {
    const out = join(temporaryDirectory(), 'runs')
    const weights = 'initializers.weights={"type":"randomNormal","sd":1}'
    const run = ['run', 'keras-13x10', '--arm', 'sigmoid', '--dataset', 'digits', '--limit', '200', '--epochs', '1']
    const trained = await isograd([...run, '--set', weights, '--backend', 'onnx:native', '--out', out])
    expect(trained.status).toBe(0)
    const { status, stdout, stderr } = await isograd(['reduce', join(out, 'keras-13x10-sigmoid-onnx_native-seed0')])
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(/^\/\/ sigmoid: /)
  })

  it('refuses a runtime that it can write no page for, by name', async () => {
    const path = await conformance('jaxjs-wasm:native', 'log/near-one/float32')
    const { status, stderr } = await isograd(['reduce', path])
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /pages can be written for onnxruntime-node, .*; jaxjs-wasm:native computes with @jax-js\/jax/,
      ),
    ])
  })

  it('takes no module and no file from a document', async () => {
    const path = join(temporaryDirectory(), 'check.json')
    const commandLine = ['isograd', 'check', './evil.yaml', '--backend', './evil.mjs', '--use', './evil.mjs']
    const finding = { severity: 'fault', operation: 'relu', backend: './evil.mjs', arm: 'default', step: 0 }
    writeFileSync(
      path,
      JSON.stringify({ schema: 'isograd.check/2', environment: { commandLine }, findings: [finding] }),
    )
    const backend = await isograd(['reduce', path])
    expect([backend.status, backend.stderr]).toEqual([
      2,
      expect.stringContaining("its backend is none of isograd's own"),
    ])
    const experiment = await isograd(['reduce', path, '--backend', 'wasm'])
    expect([experiment.status, experiment.stderr]).toEqual([2, expect.stringContaining('--experiment FILE')])
    const naming = async (...words: readonly string[]) => {
      const line = ['isograd', 'check', 'keras-13x10', ...words]
      const findings = [{ ...finding, backend: 'wasm' }]
      writeFileSync(path, JSON.stringify({ schema: 'isograd.check/2', environment: { commandLine: line }, findings }))
      return (await isograd(['reduce', path])).stderr
    }
    expect(await naming('--set', 'epochs=1', '--set=data.path=/etc/passwd')).toContain('which may name a file')
    expect(await naming('--dataset', 'mnist')).toContain('where you trust it: --dataset mnist')
  })

  it('says where nothing is wrong, and what it cannot read', async () => {
    const path = join(temporaryDirectory(), 'conformance.json')
    const results = [{ id: 'relu/vector/float32', status: 'failed' }]
    writeFileSync(path, JSON.stringify({ schema: 'isograd.conformance/1', environment: { commandLine: [] }, results }))
    const right = await isograd(['reduce', path, '--backend', 'onnx'])
    expect([right.status, right.stderr]).toEqual([
      2,
      expect.stringContaining('computes all of it within its bounds here, and as precisely as its dtypes'),
    ])
    writeFileSync(path, '{}')
    const other = await isograd(['reduce', path])
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('expected a document of a check')])
    writeFileSync(path, JSON.stringify({ schema: 'isograd.check/99' }))
    const later = await isograd(['reduce', path])
    expect([later.status, later.stderr]).toEqual([
      2,
      expect.stringMatching(/got isograd\.check\/99; update isograd\n$/),
    ])
    const absent = await isograd(['reduce', 'nowhere'])
    expect([absent.status, absent.stderr]).toEqual([2, expect.stringContaining('there is no such file')])
  })
})

/** A product with a transposed operand, and a bias that a second row gets too. */
function biased(): Reduced {
  const b = new Builder('biased')
  const [x, y] = [b.xs('x', { dtype: 'float32', shape: [2, 1] }), b.xs('y', { dtype: 'float32', shape: [2, 1] })]
  const z = b.xs('z', { dtype: 'float32', shape: [2] })
  const program = b.finish({ carry: {}, ys: { sum: b.add(b.matmul(x, y, false, true), z) } })
  const node = program.nodes.find(({ op }) => op === 'add')
  if (node === undefined) throw new Error('no sum')
  const worst = { index: [1, 0], expected: 1, got: 2, error: 1, allowed: 1e-6 }
  const error = {
    elements: 4,
    ratio: 1e6,
    worst,
    multiple: 0,
    heldTo: 'precision',
    overflows: false,
    underflow: 0,
  } as const
  const zeros = tensor('float32', [1, 2, 1], [0, 0])
  return {
    id: 'biased',
    tried: 0,
    program,
    node,
    error,
    xs: { x: zeros, y: zeros, z: tensor('float32', [1, 2], [1, 2]) },
  }
}

/** Exponentials whose errors, of up to half a unit in the last place of 1 or of e, are held to so many of another size. */
function exponentials(usual: number): Reduced {
  const b = new Builder('exponentials')
  const program = b.finish({ carry: {}, ys: { y: b.exp(b.xs('x', { dtype: 'float32', shape: [2] })) } })
  const node = program.nodes.find(({ op }) => op === 'exp')
  if (node === undefined) throw new Error('no exponential')
  const imprecision = {
    expected: Float64Array.of(1, Math.E),
    usual: Float64Array.of(usual, usual),
    size: 40,
    limit: 1.5,
  }
  const error = { elements: 2, ratio: 0.5, multiple: 40, heldTo: 'functions', overflows: false, underflow: 0 } as const
  return {
    id: 'exponentials',
    tried: 0,
    program,
    node,
    error,
    imprecision,
    xs: { x: tensor('float32', [1, 2], [0, 1]) },
  }
}

describe('pages of TensorFlow.js', () => {
  it('judge the errors of all elements at once where they are within their bound and too large', async () => {
    const pages = [1e-3, 1e-12].map(async (usual) => {
      const reduced = exponentials(usual)
      const [way] = await tfjsWriter('cpu').ways(reduced)
      return way === undefined ? '' : pageText(reduced, ['@tensorflow/tfjs 4.22.0'], way)
    })
    const [loose, tight] = await Promise.all(pages)
    expect(tight).toContain('// exp: errors 40.0 times those of sound float32, with')
    expect(await runPage(loose ?? '', here)).toMatchObject({
      shows: false,
      printed: expect.stringMatching(/^right: errors are 0\./m),
    })
    expect(await runPage(tight ?? '', here)).toMatchObject({
      shows: true,
      printed: expect.stringMatching(/^wrong: errors are \d{3,}/m),
    })
  })

  it('show a fault of tf.fused.matMul by that alone: after the first row it adds the last element of a bias', async () => {
    const reduced = biased()
    const [plain, fused] = await tfjsWriter('wasm').ways(reduced)
    const pages = [plain, fused].map((way) =>
      way === undefined ? '' : pageText(reduced, ['@tensorflow/tfjs 4.22.0'], way),
    )
    expect(await runPage(pages[0] ?? '', here)).toMatchObject({
      shows: false,
      printed: expect.stringMatching(/^right: 1 /m),
    })
    expect(pages[1]).toContain('tf.fused.matMul({ a: x, b: y, transposeA: false, transposeB: true, bias: z })')
    expect(await runPage(pages[1] ?? '', here)).toMatchObject({
      shows: true,
      printed: expect.stringMatching(/^wrong: 2 /m),
    })
  })
})
