/** Tasks beside classification, from outside: what is trained, written and said of them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseExactly } from '@isograd/core/compare'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PredictDocument } from '../src/documents/predict-document.js'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { fixture, isograd, type Outcome, temporaryDirectory } from './command.js'

const sine = fixture('sine.yaml')
const out = join(temporaryDirectory(), 'runs')
const run = join(out, 'sine-fit-default-onnx-seed0')

let trained: Outcome | undefined
let document: RunsDocument | undefined

beforeAll(async () => {
  trained = await isograd(['run', sine, '--backend', 'onnx,tfjs-wasm', '--out', out])
  document = parseExactly(readFileSync(join(out, 'runs.json'), 'utf8')) as RunsDocument
}, 60_000)

describe('a regression', () => {
  it('trains on two backends, which agree, and writes records, weights and a page', () => {
    expect(trained?.status).toBe(0)
    expect(document?.agreement.map(({ verdict }) => verdict)).toEqual(['agree'])
    expect(document?.runs.map(({ backend, judgedBy }) => [backend, judgedBy])).toEqual([
      ['onnx', 'meanSquaredError'],
      ['tfjs-wasm', 'meanSquaredError'],
    ])
    expect(readdirSync(out).toSorted()).toEqual([
      'command.json',
      'report.html',
      'runs.json',
      'sine-fit-default-onnx-seed0',
      'sine-fit-default-tfjs-wasm-seed0',
    ])
    expect(readdirSync(run).toSorted()).toEqual(['record.json', 'weights.safetensors'])
  })

  it('learns: its error is far below the variance of what it is to tell', () => {
    // Of sin(x) on [-pi, pi) that is 1/2, and noise of 0.1 adds 0.01.
    const { meanSquaredError, r2 } = document?.runs[0]?.finals['test']?.metrics ?? {}
    expect(meanSquaredError?.value).toBeLessThan(0.51 / 2)
    expect(r2?.value).toBeCloseTo(1 - Number(meanSquaredError?.value) / 0.51, 0)
  })

  it('says nothing of accuracy or classes, on screen or in what it writes', () => {
    const words = /accurac|\bclass(es)?\b/i
    expect(`${trained?.stdout}${trained?.stderr}`).not.toMatch(words)
    expect(readFileSync(join(out, 'runs.json'), 'utf8')).not.toMatch(words)
    const page = readFileSync(join(out, 'report.html'), 'utf8')
    const shown = page.replace(/<(style|script)[^>]*>[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ')
    expect(shown).not.toMatch(words)
  })

  it('predicts a row of the test table: numbers without categories', async () => {
    const { status, stdout } = await isograd(['predict', run, '--index', '7', '--json'])
    expect(status).toBe(0)
    const { task, source, target, values, output, ...rest } = parseExactly(stdout) as PredictDocument
    expect([task, source]).toEqual(['regression', { table: 'test', row: 7 }])
    expect(values).toEqual(output)
    expect([values.length, target?.length]).toEqual([1, 1])
    expect(rest).not.toHaveProperty('categories')
    expect(rest).not.toHaveProperty('predicted')
    const shown = await isograd(['predict', run, '--index', '7'])
    expect([shown.status, shown.stderr]).toEqual([0, ''])
    expect(shown.stdout).toContain(Number(values[0]).toFixed(4))
  })

  it('takes no pictures', async () => {
    const { status, stderr } = await isograd(['predict', run, '--image', 'any.png'])
    expect(status).toBe(2)
    expect(stderr).toContain(
      '--image: expected a run on pictures, bytes of a single field; this one takes "x", float64[1]',
    )
  })

  it.each([
    ['onnx', 'model'],
    ['tfjs', 'model/model.json'],
    ['safetensors', 'model'],
  ])('is exported to %s without anything behind its output', async (format, file) => {
    const place = temporaryDirectory()
    const { status } = await isograd(['export', run, '--format', format, '--out', join(place, 'model')])
    expect(status).toBe(0)
    expect(readFileSync(join(place, file), 'latin1')).not.toMatch(/softmax|sigmoid/i)
  })

  it('is checked, traced, and compared', async () => {
    const trace = join(temporaryDirectory(), 't.safetensors')
    const against = join(out, 'sine-fit-default-tfjs-wasm-seed0')
    const outcomes = await Promise.all([
      isograd(['check', sine, '--backend', 'onnx,reference', '--mode', 'step']),
      isograd(['compare', run, against]),
      isograd(['check', sine, '--backend', 'onnx', '--against', against]),
      isograd(['trace', sine, '--out', trace]).then(() => isograd(['check', sine, '--against', trace])),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0, 0])
    expect(outcomes.map(({ stdout }) => /accurac/i.test(stdout))).toEqual([false, false, false, false])
  })
})

describe('wrong tasks', () => {
  it.each([
    ['{ type: regression, target: z }', 'task.target (line 3): expected one of the fields of "sine" (x, y), got "z"'],
    ['classification', 'task.target (line 3): the task "classification" expects a field of bytes or integers'],
  ])('%s', async (task, message) => {
    const directory = temporaryDirectory()
    const text = readFileSync(sine, 'utf8').replace('task: regression', `task: ${task}`)
    writeFileSync(join(directory, 'wrong.yaml'), text)
    const { status, stdout, stderr } = await isograd(['run', 'wrong.yaml', '--out', 'out'], { cwd: directory })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`wrong.yaml: arm "default": ${message}`)
    expect(readdirSync(directory)).toEqual(['wrong.yaml'])
  })
})

describe('two categories, and flags', () => {
  it.each([
    ['moons', 'binary', 1],
    ['moons', 'classification', 2],
    ['quadrants', 'multilabel', 3],
  ])('%s as %s', async (dataset, task, units) => {
    const path = join(temporaryDirectory(), 'x.yaml')
    const text = readFileSync(sine, 'utf8').replace('dataset: sine', `dataset: ${dataset}`)
    writeFileSync(path, text.replace('regression', task).replace('units: 1 ', `units: ${units} `))
    const { status, stdout } = await isograd(['run', path, '--backend', 'onnx,reference', '--json'])
    expect(status).toBe(0)
    const { runs, agreement } = parseExactly(stdout) as RunsDocument
    expect(runs.map(({ judgedBy }) => judgedBy)).toEqual(['accuracy', 'accuracy'])
    expect(agreement.map(({ verdict }) => verdict)).toEqual(['agree'])
  })
})

describe('a network that is only looked at', () => {
  it('is an ordinary experiment of no steps', async () => {
    const { status, stdout } = await isograd(['run', 'scalar-chain', '--backend', 'onnx,reference', '--json'])
    expect(status).toBe(0)
    const { runs, agreement } = parseExactly(stdout) as RunsDocument
    expect(runs.map(({ arm, steps, judgedOn }) => [arm, steps, judgedOn])).toEqual([
      ['sigmoid', 0, 'train'],
      ['sigmoid', 0, 'train'],
      ['relu', 0, 'train'],
      ['relu', 0, 'train'],
    ])
    expect(agreement.map(({ verdict }) => verdict)).toEqual(['agree', 'agree'])
    // 1 x 0.1 x 0.2 x 0.3 through three relus.
    expect(runs[2]?.finals['train']?.loss).toBeCloseTo(0.006, 8)
  })
})
