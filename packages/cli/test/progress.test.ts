/** Progress on a terminal and elsewhere, against streams that only remember. */
import { type Dataset, digits, parseExperiment, referenceBackend, type RunEvent, train } from '@isograd/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { lookOf } from '../src/text/terminal-style.js'
import { type Progress, progressOn } from '../src/terminal/progress.js'

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
  for await (const event of train({ backend: referenceBackend(), armName: 'an arm', arm, dataset })) events.push(event)
})

function written(isTTY: boolean, use: (progress: Progress) => void, columns = 80): string {
  let text = ''
  const stream = { columns, write: (part: string) => (text += part) }
  use(progressOn(stream, lookOf({ isTTY }, { LANG: 'C.UTF-8' })))
  return text
}

describe('elsewhere than on a terminal', () => {
  it('tells of the start and of at most ten epochs, in whole lines', () => {
    const text = written(false, (progress) => events.forEach((event) => progress.event('an arm on reference', event)))
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe('an arm on reference: 50 steps')
    const told = lines.slice(1).map((line) => Number(/epoch (\d+) of 25/.exec(line)?.[1]))
    expect(told).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 25])
    expect([text.includes('\r'), text.includes('\u001b')]).toEqual([false, false])
  })

  it('tells of every file once', () => {
    const text = written(false, (progress) => {
      for (const received of [0, 10, 20]) progress.transfer({ file: 'a.gz', received, total: 20 })
      progress.transfer({ file: 'b.gz', received: 1, total: undefined })
    })
    expect(text).toBe('downloading a.gz\ndownloading b.gz\n')
  })
})

describe('on a terminal', () => {
  it('rewrites one line and leaves it empty', () => {
    const text = written(true, (progress) => events.forEach((event) => progress.event('an arm on reference', event)))
    expect(text).not.toContain('\n')
    expect(text.startsWith('\ran arm on reference  epoch 1/25 ░')).toBe(true)
    expect(text.endsWith('\r\u001b[K')).toBe(true)
  })

  it('takes 80 columns where the terminal does not know its size', () => {
    const text = written(true, (progress) => events.forEach((event) => progress.event('an arm on reference', event)), 0)
    expect(text).toContain('epoch 1/25 ░░░░░░░░░░░░░░░░░░░░   0%')
  })

  it.each([80, 40, 10])('never fills a line of %i columns', (columns) => {
    const text = written(
      true,
      (progress) => events.forEach((event) => progress.event('an arm on reference', event)),
      columns,
    )
    const lines = text.split('\r').map((line) => line.replaceAll('\u001b[K', ''))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns)
  })

  it('makes room for a note', () => {
    const start = events.find((event) => event.type === 'start')
    const text = written(true, (progress) => {
      if (start !== undefined) progress.event('an arm on reference', start)
      progress.note('look')
      progress.clear()
    })
    expect(text.endsWith('\u001b[K\r\u001b[Klook\n')).toBe(true)
  })
})
