/** One run: its epochs and its gradients. */
import type { RunRecord } from '@isograd/core'
import { nonFiniteText, stopText } from '@isograd/core/compare'
import {
  finalLines,
  localDerivatives,
  ownFigures,
  trainedSteps,
  unitLines,
  validationFigures,
} from '../documents/run-figures.js'
import { type Column, indented, plural, table, wrap } from '../text/layout.js'
import { formatCount, formatLoss, formatRate, formatSeconds } from '../text/numbers.js'
import { paint, printable, symbols, type TerminalStyle } from '../text/terminal-style.js'
import { gradientFigure } from './gradients.js'
import { insideLines } from './inside-lines.js'
import { timeFigures } from './time-figure.js'

const MOST_EPOCHS = 20

type Epoch = RunRecord['epochs'][number]

/** Every so many epochs, so that they fit a page; the last and the chosen one always. */
function shownEpochs({ epochs, chosenEpoch }: RunRecord): { readonly number: number; readonly epoch: Epoch }[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS)
  return epochs
    .map((epoch, i) => ({ number: i + 1, epoch }))
    .filter(({ number }) => number % every === 0 || number === epochs.length || number === chosenEpoch + 1)
}

/** The epochs as a table; none where there are none. */
export function epochTable(style: TerminalStyle, record: RunRecord): string[] {
  const { epochs, chosenEpoch } = record
  const [first] = epochs
  if (first === undefined) return []
  const titles = [
    'epoch',
    'train loss',
    ...(first.penalty === undefined ? [] : ['penalty']),
    ...ownFigures(record, first).map(({ label }) => label),
    ...validationFigures(record, first).map(() => 'validation'),
    'seconds',
  ]
  const columns = [...titles.map((title): Column => ({ title, align: 'right' })), { title: '' }]
  const rows = shownEpochs(record).map(({ number, epoch }) => [
    formatCount(number),
    formatLoss(epoch.trainLoss),
    ...(epoch.penalty === undefined ? [] : [formatLoss(epoch.penalty)]),
    ...[...ownFigures(record, epoch), ...validationFigures(record, epoch)].map(({ text }) => text),
    formatSeconds(epoch.seconds),
    number === chosenEpoch + 1 && number !== epochs.length ? 'chosen' : '',
  ])
  return ['', ...table(style, columns, rows, 4)]
}

function runTitle(style: TerminalStyle, record: RunRecord): string {
  const { backend, backendInfo, seconds, steps } = record
  const trained = trainedSteps(record)
  const { device, threads } = backendInfo
  const where = `${printable(device)}, ${plural(threads, 'thread')}`
  const rate =
    steps === 0
      ? ''
      : `  ${formatCount(trained)} steps in ${formatSeconds(seconds)} s, ${formatRate(trained / seconds)} steps/s`
  return `  ${paint(style, ['bold', 'cyan'], printable(backend))}  ${paint(style, 'dim', `(${where})${rate}`)}`
}

/** Remarks on the end of a run that was not as planned. */
function endLines({ end: { reason, stopped, nonFinite }, epochs, chosenEpoch }: RunRecord): string[] {
  if (nonFinite !== undefined) return [`stopped: ${nonFiniteText(nonFinite)}`]
  const isLast = chosenEpoch === epochs.length - 1
  const kept = isLast ? '' : `; the weights are those of epoch ${chosenEpoch + 1}, the best`
  if (stopped !== undefined) return [`${stopText(stopped)}${kept}`]
  return reason === 'finished' ? [] : ['stopped before its last step']
}

/** The figures of the model that counts, and its units; there is none where a run diverged before an epoch was chosen. */
function modelLines(style: TerminalStyle, record: RunRecord): string[] {
  if (record.end.nonFinite !== undefined && record.chosenEpoch < 0) return []
  return finalLines(record, symbols(style).plusMinus)
}

/** Local derivatives by layer, where a run probed them. */
function derivativeTable(style: TerminalStyle, record: RunRecord): string[] {
  const rows = localDerivatives(record).map(({ layer, output, derivative, product }) => [
    printable(layer),
    output === undefined ? '' : formatLoss(output),
    formatLoss(derivative),
    formatLoss(product),
  ])
  const columns = [
    { title: 'before training' },
    { title: 'output', align: 'right' },
    { title: "f'", align: 'right' },
    { title: "product of f' to the last", align: 'right' },
  ] as const
  return rows.length === 0 ? [] : ['', ...table(style, columns, rows, 4)]
}

/** Everything about one run. */
export function runReport(style: TerminalStyle, record: RunRecord): string[] {
  const units = [...unitLines(record, 'dead'), ...unitLines(record, 'saturated')]
  const facts = [...endLines(record), ...modelLines(style, record), ...units, ...insideLines(record)]
  return [
    runTitle(style, record),
    ...epochTable(style, record),
    ...derivativeTable(style, record),
    '',
    ...gradientFigure(style, record),
    ...timeFigures(style, record),
    ...indented(style, 4, (narrow) => facts.flatMap((fact) => wrap(narrow, printable(fact), 2))),
  ]
}
