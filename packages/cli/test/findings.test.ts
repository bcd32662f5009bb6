/** Every program of docs/findings, run with the runtimes that are installed here: each shows its fault, or that it is mended. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runPage } from '../src/reductions/run-page.js'

const here = dirname(fileURLToPath(import.meta.url))
const docs = join(here, '../../../docs')
const programs = readdirSync(join(docs, 'findings')).filter((name) => name.endsWith('.mjs'))

/** Faults of versions before those that are installed here. */
const mended = ['onnxruntime-sqrt.mjs', 'onnxruntime-sqrt-infinity.mjs']

/** The known outcome: the wrong number, or the right one where it is mended. */
const printed: Readonly<Record<string, RegExp>> = {
  'onnxruntime-log-softmax-nan.mjs': /^wrong: 46\.05\d+ where float64 gives NaN/m,
  'onnxruntime-max-pool-nan.mjs': /^wrong: 0 where float64 gives NaN/m,
  'onnxruntime-reduce-max-nan.mjs': /^wrong: 0 where float64 gives NaN/m,
  // Half of what it should be: 2^-24 in place of 1 / (1 + e^16).
  'onnxruntime-sigmoid.mjs': /^wrong: 5\.96\d+e-8 where float64 gives 1\.125\d+e-7/m,
  'onnxruntime-sqrt-infinity.mjs': /^right: Infinity /m,
  'onnxruntime-sqrt.mjs': /^right: 1\.39785285\d+e-7 /m,
  'tfjs-wasm-fused-matmul.mjs': /^wrong: 2 where float64 gives 1 /m,
  'tfjs-wasm-relu-nan.mjs': /^wrong: 0 where float64 gives NaN/m,
}

describe.concurrent('the programs of docs/findings', () => {
  it.each(programs)('%s shows what the page says', async (name) => {
    const outcome = await runPage(readFileSync(join(docs, 'findings', name), 'utf8'), here)
    expect(outcome).toEqual({ shows: !mended.includes(name), printed: expect.stringMatching(printed[name] ?? /^$/) })
  })

  it('end with 2 where the runtime is not there', () => {
    const page = readFileSync(join(docs, 'findings/onnxruntime-sigmoid.mjs'), 'utf8')
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-'], { cwd: tmpdir(), input: page })
    expect([status, String(stderr)]).toEqual([
      2,
      expect.stringMatching(/^Error.*: Cannot find package 'onnxruntime-node'/),
    ])
  })

  it('are all told of in findings.md', () => {
    const text = readFileSync(join(docs, 'findings.md'), 'utf8')
    expect(programs.filter((name) => !text.includes(`(findings/${name})`))).toEqual([])
    expect(programs.toSorted()).toEqual(Object.keys(printed).toSorted())
  })
})
