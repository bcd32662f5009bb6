/** What is made of a bench's document: text within 80 columns, Markdown, and its place in a file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringifyDocument } from '@isograd/core'
import { describe, expect, it } from 'vitest'
import { markdownText, terminalText } from '../src/text/blocks.js'
import type { BenchDocument } from '../src/bench/document.js'
import { GROWTH_SCHEMA, type GrowthDocument, growthOf, memoryOf } from '../src/bench/growth-document.js'
import { benchBlocks, formatShare, formatThree, headSentences, isBusy } from '../src/bench/figures.js'
import { growthBlocks } from '../src/bench/growth-figures.js'
import { dimensions, memoryRows, memoryWorkload } from '../src/bench/growth.js'
import { placeSection, sectionPlace, writeSection } from '../src/bench/markdown-section.js'
import { summarise } from '../src/bench/statistics.js'
import { exampleDocument } from './bench-document.js'
import { temporaryDirectory } from './command.js'
import { misfitsIn } from './json-schemas.js'

const look = { terminal: false, color: false, unicode: true, width: 80 }

function reportOf(document: BenchDocument): string {
  return terminalText(look, benchBlocks(document))
}

function growthDocument(): GrowthDocument {
  const { presets: _, means: __, startUp: ___, together: ____, ...head } = exampleDocument()
  const points = [64, 128, 256, 512].map((size) => ({ size, stepSeconds: summarise([1e-6 * size ** 1.5]) }))
  const [width] = dimensions
  if (width === undefined) throw new Error('no dimension')
  const memory = memoryRows.map((rows) => ({ rows, peakBytes: 140e6 + 790 * rows }))
  return {
    ...head,
    schema: GROWTH_SCHEMA,
    growth: [growthOf(width, 'onnx', points)],
    memory: [memoryOf('onnx', memory, 784)],
  }
}

it('fits its schema, also where no line can be drawn', () => {
  const { growth: _, ...document } = growthDocument()
  const [growth, memory] = [[growthOf({ name: 'width', network: 'n' }, 'onnx', [])], [memoryOf('onnx', [], 784)]]
  expect(misfitsIn(stringifyDocument(growthDocument()))).toEqual([])
  expect(misfitsIn(stringifyDocument({ ...document, growth, memory }))).toEqual([])
})

describe('numbers', () => {
  it.each([
    [0.13349, '0.133'],
    [3.305, '3.31'],
    [67.21, '67.2'],
    [291.4, '291'],
    [1234.5, '1,235'],
    [0, '0'],
    [-0.0123, '-0.0123'],
    [Number.NaN, '-'],
  ])('%d reads %s', (value, text) => {
    expect(formatThree(value)).toBe(text)
  })

  it('has shares of every size', () => {
    expect([0.0171, 0.34, -0.004, Number.NaN].map(formatShare)).toEqual(['1.7 %', '34 %', '-0.4 %', '-'])
  })
})

describe('the report', () => {
  const report = reportOf(exampleDocument())

  it('tells how much sooner trainings end when several run at once', () => {
    // 8/5, 8.5/4.25, 9/5 and 8/4, 8.5/5, 9/4.5, round by round.
    expect(report).toMatch(/^ {2}onnx, tfjs-wasm +8\.50 +5\.00 +1\.80 +1\.60 +2\.00 +2\.00$/m)
    expect(markdownText(benchBlocks(exampleDocument()))).toMatch(
      /^\| onnx, tfjs-wasm \| +8\.50 \| +5\.00 \| +1\.80 \| +1\.60 \| +2\.00 \| +2\.00 \|$/m,
    )
  })

  it('stays within 80 columns', () => {
    expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    const growth = terminalText(look, growthBlocks(growthDocument()))
    expect(Math.max(...growth.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('has a row for each subject, floors below their backends', () => {
    expect(report).toMatch(/onnx +3\.20 +3\.10 +3\.1 % +3\.00 +20,000 +1\.25 +251\n +- its floor +2\.40 /)
    expect(report).toMatch(/TensorFlow\.js +67\.2 +66\.9 /)
  })

  it('has the ratios with the least and the most of the rounds', () => {
    expect(report).toMatch(/onnx +PyTorch +0\.941 +0\.861 +0\.943/)
    expect(report).toMatch(/tfjs-wasm +its floor +1\.23 +1\.18 +1\.34/)
  })

  it('has geometric means where there are several presets', () => {
    expect(report).toContain('over 2 presets')
    expect(report).toMatch(/torch-mlp5 +3\.20 +12\.1 +67\.2 +3\.50\n +another +3\.20 +12\.1 +67\.2 +3\.50\n/)
    expect(report).toMatch(/geometric mean over +its floor +TensorFlow\.js +PyTorch\n +onnx +1\.29 +0\.0478 +0\.941\n/)
    const [only] = exampleDocument().presets
    expect(reportOf({ ...exampleDocument(), presets: only === undefined ? [] : [only] })).not.toContain('geom')
  })

  it('has what the command costs before it does anything', () => {
    expect(report).toContain('isograd --version takes 129 ms, node -e 0 85.0 ms: 1.52 times (1.49 to 1.56)')
  })

  it('says what was left out and what failed', () => {
    expect(report).toContain('skipped: PyTorch: there is no python3 on the search path')
    expect(report).toContain('failed: tfjs-wasm on another: [tfjs-wasm] scan: out of ink')
  })

  it('warns of a machine that was busy', () => {
    const document = exampleDocument()
    expect(isBusy({ loadAverage: 1, cores: 2 })).toBe(false)
    expect(isBusy({ loadAverage: 1.1, cores: 2 })).toBe(true)
    expect(headSentences(document).join()).not.toContain('other work')
    const busy = { ...document, machine: { ...document.machine, loadAverage: 7.5 } }
    expect(headSentences(busy).join()).toContain('load average 7.50 on 2 cores')
  })
})

describe('Markdown', () => {
  const markdown = markdownText(benchBlocks(exampleDocument()))

  it('has tables whose rows all have the columns of their heads', () => {
    const tables = markdown.split('\n\n').filter((part) => part.startsWith('|'))
    expect(tables).toHaveLength(9)
    for (const table of tables) {
      const counts = table.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length)
      expect(new Set(counts).size).toBe(1)
    }
  })

  it('describes the machine, and names no directory', () => {
    expect(markdown).toContain('Some Processor \\| of 2020, 2 cores, 24.0 GiB; Linux 6.1 x64; Node 20.20.2')
    expect(markdown).not.toContain('/home/somebody')
    expect(markdownText(growthBlocks(growthDocument()))).not.toContain('/home/somebody')
  })

  it('has the exponents and the plots of a growth', () => {
    const growth = markdownText(growthBlocks(growthDocument()))
    expect(growth).toContain(
      '| onnx    | width | 784-n-n-10, batch 64 | 64 to 512 |     1.50 |             1.50 | 1.000 |',
    )
    expect(growth).toContain('| onnx    | 1,200,000 | 1,088 |         790 |               1.01 |')
    expect(growth).toMatch(/ {9}64 +0\.512 ms {2}▏\n/)
    expect(growth).toMatch(/ {8}512 +11\.6 ms {2}█{40}\n/)
  })

  it('replaces what stands between its marks, and that alone', () => {
    const file = 'a\n<!-- isograd bench: table -->\nold\n<!-- end of table -->\nb\n<!-- isograd bench: growth -->\n'
    const expected = file.replace('\nold\n', '\n\nnew\n\n')
    expect(placeSection(file, 'table', 'new\n')).toBe(expected)
    expect(placeSection(expected, 'table', 'new\n')).toBe(expected)
    expect(() => placeSection('something else', 'table', 'new\n')).toThrow(/got neither; .*or name a new file/)
    expect(() => placeSection(file, 'growth', 'new\n')).toThrow(/expected <!-- isograd bench: growth --> and then/)
    expect(() => placeSection('<!-- end of growth -->', 'growth', 'new\n')).toThrow(/got the second alone/)
  })

  it('has the name that the file is given with', () => {
    expect(sectionPlace('docs/bench.md', 'table')).toEqual(['docs/bench.md', 'table'])
    expect(sectionPlace('docs/bench.md#networks', 'table')).toEqual(['docs/bench.md', 'networks'])
    expect(sectionPlace('a#b/bench.txt', 'growth')).toEqual(['a#b/bench.txt', 'growth'])
  })

  it('goes to a file that is there, or not yet', () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'bench.md')
    writeSection(path, 'table', 'new\n')
    expect(readFileSync(path, 'utf8')).toBe('<!-- isograd bench: table -->\n\nnew\n\n<!-- end of table -->\n')
    writeFileSync(path, 'a <!-- isograd bench: table --> b <!-- end of table --> c')
    writeSection(path, 'table', 'new\n')
    expect(readFileSync(path, 'utf8')).toBe('a <!-- isograd bench: table -->\n\nnew\n\n<!-- end of table --> c')
  })
})

describe('networks that grow', () => {
  it('take the sizes that they promise', () => {
    const ranges = dimensions.map(({ name, sizes }) => [name, sizes[0], sizes.at(-1)])
    expect(ranges).toEqual([
      ['width', 64, 2048],
      ['depth', 1, 64],
      ['batch', 1, 4096],
    ])
  })

  it('grow in one dimension alone', () => {
    const [width, depth, batch] = dimensions
    expect(JSON.stringify(width?.workload(512).arm.model)).toContain('"times":2,"layers":[{"type":"dense","units":512')
    expect(JSON.stringify(depth?.workload(32).arm.model)).toContain('"times":32,"layers":[{"type":"dense","units":64')
    expect([width, depth, batch].map((one) => one?.workload(4).arm.batchSize)).toEqual([64, 64, 4])
    expect(memoryWorkload.arm.batchSize).toBe(64)
  })
})
