/** Progress on a terminal and elsewhere, against streams that only remember. */
import { builtins, parseExperiment, planFor, referenceBackend, type RunEvent, train } from '@isograd/core'
import { type Dataset, digits } from '@isograd/core/data'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { LineProgress, type Progress } from '../src/terminal/progress.js'
import { StatusLine } from '../src/terminal/status-line.js'
import { styleOf } from '../src/text/terminal-style.js'

const events: RunEvent[] = []
const epochs = 25

beforeAll(async () => {
  const dataset: Dataset = digits({ train: 8, test: 4 })
  const { arms } = parseExperiment({
    name: 'x',
    data: { dataset: 'digits' },
    model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 4,
    epochs,
  })
  const [arm] = Object.values(arms)
  if (arm === undefined) throw new Error('no arm')
  const plan = planFor({ armName: 'an arm', arm, dataset, registry: builtins })
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
})

afterEach(() => void vi.useRealTimers())

function written(use: (progress: Progress) => void): string {
  let text = ''
  use(new LineProgress({ write: (part: string) => (text += part) }))
  return text
}

function shown(isTTY: boolean, use: (line: StatusLine) => void, columns = 80): string {
  let text = ''
  const stream = { columns, write: (part: string) => (text += part) }
  use(new StatusLine(stream, styleOf({ isTTY }, { LANG: 'C.UTF-8' })))
  return text
}

describe('in lines', () => {
  it('tells of the start and of at most ten epochs, in whole lines', () => {
    const text = written((progress) => events.forEach((event) => progress.event('an arm on reference', event)))
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe('an arm on reference: 50 steps')
    const told = lines.slice(1).map((line) => Number(/epoch (\d+) of 25/.exec(line)?.[1]))
    expect(told).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 25])
    expect([text.includes('\r'), text.includes('\u001b')]).toEqual([false, false])
  })

  it('tells of every file once', () => {
    const text = written((progress) => {
      for (const received of [0, 10, 20]) progress.transfer({ file: 'a.gz', received, total: 20 })
      progress.transfer({ file: 'b.gz', received: 1, total: undefined })
    })
    expect(text).toBe('downloading a.gz\ndownloading b.gz\n')
  })
})

describe('the status line', () => {
  it('is rewritten on a terminal and leaves nothing', () => {
    const text = shown(true, (line) => {
      line.show('dense1.matmul')
      line.clear()
      line.clear()
    })
    expect(text).toBe('\rdense1.matmul\u001b[K\r\u001b[K')
  })

  it('is not there elsewhere', () => {
    expect(shown(false, (line) => line.show('dense1.matmul'))).toBe('')
  })

  it.each([
    [80, 79],
    [40, 39],
    [10, 9],
    [0, 79],
  ])('never fills a line of %i columns', (columns, length) => {
    const text = shown(true, (line) => line.show('x'.repeat(200)), columns)
    expect(text).toBe(`\r${'x'.repeat(length)}\u001b[K`)
  })

  it('shows a download and is free again at its end', () => {
    const steps = [2048, 4096].map((received) => ({ file: 'a.gz', received, total: 4096 }))
    const download = (line: StatusLine): void => steps.forEach((step) => line.transfer(step))
    expect(shown(true, download)).toBe('\rdownloading a.gz  50%  2 KiB\u001b[K\r\u001b[K')
    expect(shown(false, download)).toBe('')
  })

  it('makes room for a note', () => {
    const text = shown(true, (line) => {
      line.show('busy')
      line.note('look')
    })
    expect(text.endsWith('\u001b[K\r\u001b[Klook\n')).toBe(true)
  })
})
