/** One run: its epochs and its gradients. */
import type { RunRecord } from '@isograd/core'
import { epochMetrics, formatMetric, metricName, scaleLines, unitLines } from '../documents/run-figures.js'
import { type Column, plural, table } from '../text/layout.js'
import { formatCount, formatLoss, formatRate, formatSeconds } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { gradientFigure } from './gradients.js'

const MOST_EPOCHS = 20

type Epoch = RunRecord['epochs'][number]

/** Every so many epochs, so that they fit a page; the last and the chosen one always. */
function shownEpochs({ epochs, chosenEpoch }: RunRecord): { readonly number: number; readonly epoch: Epoch }[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS)
  return epochs
    .map((epoch, i) => ({ number: i + 1, epoch }))
    .filter(({ number }) => number % every === 0 || number === epochs.length || number === chosenEpoch + 1)
}

/** The epochs as a table. */
export function epochTable(style: TerminalStyle, record: RunRecord): string[] {
  const { epochs, chosenEpoch } = record
  const validated = epochs.some((epoch) => epochMetrics(epoch).validation !== undefined)
  const titles = [
    'epoch',
    'train loss',
    'test loss',
    `test ${metricName}`,
    ...(validated ? ['validation'] : []),
    'seconds',
  ]
  const columns = [...titles.map((title): Column => ({ title, align: 'right' })), { title: '' }]
  const rows = shownEpochs(record).map(({ number, epoch }) => {
    const { test, validation } = epochMetrics(epoch)
    return [
      formatCount(number),
      formatLoss(epoch.trainLoss),
      formatLoss(epoch.testLoss),
      formatMetric(test),
      ...(validation === undefined ? [] : [formatMetric(validation)]),
      formatSeconds(epoch.seconds),
      number === chosenEpoch + 1 && number !== epochs.length ? 'chosen' : '',
    ]
  })
  return table(style, columns, rows, 4)
}

function runTitle(style: TerminalStyle, { backend, backendInfo, seconds, steps }: RunRecord): string {
  const { device, threads } = backendInfo
  const where = `${printable(device)}, ${plural(threads, 'thread')}`
  const rate = `${formatCount(steps)} steps in ${formatSeconds(seconds)} s, ${formatRate(steps / seconds)} steps/s`
  return `  ${paint(style, ['bold', 'cyan'], printable(backend))}  ${paint(style, 'dim', `(${where})  ${rate}`)}`
}

/** Everything about one run. */
export function runReport(style: TerminalStyle, record: RunRecord): string[] {
  const facts = [...scaleLines(record), ...unitLines(record, 'dead'), ...unitLines(record, 'saturated')]
  return [
    runTitle(style, record),
    '',
    ...epochTable(style, record),
    '',
    ...gradientFigure(style, record),
    ...facts.map((fact) => `    ${printable(fact)}`),
  ]
}
