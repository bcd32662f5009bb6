/** One run: its epochs and its gradients. */
import type { RunRecord } from '@isograd/core'
import { type Look, paint, printable } from '../text/terminal-style.js'
import { gradientFigure } from './gradients.js'
import { type Column, table } from '../text/layout.js'
import { formatCount, formatLoss, formatPercent, formatRate, formatSeconds } from '../text/numbers.js'

const MOST_EPOCHS = 20

function columnsOf({ epochs }: RunRecord): Column[] {
  const validated = epochs.some(({ validationAccuracy }) => validationAccuracy !== undefined)
  const titles = ['epoch', 'train loss', 'test loss', 'test accuracy', ...(validated ? ['validation'] : []), 'seconds']
  return [...titles.map((title): Column => ({ title, align: 'right' })), { title: '' }]
}

/** Every so many epochs, so that they fit a page; the last and the chosen one always. */
function shownEpochs({
  epochs,
  chosenEpoch,
}: RunRecord): { readonly number: number; readonly epoch: RunRecord['epochs'][number] }[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS)
  return epochs
    .map((epoch, i) => ({ number: i + 1, epoch }))
    .filter(({ number }) => number % every === 0 || number === epochs.length || number === chosenEpoch + 1)
}

/** Epoch by epoch. */
export function epochTable(look: Look, record: RunRecord): string[] {
  const rows = shownEpochs(record).map(({ number, epoch }) => [
    formatCount(number),
    formatLoss(epoch.trainLoss),
    formatLoss(epoch.testLoss),
    formatPercent(epoch.testAccuracy),
    ...(epoch.validationAccuracy === undefined ? [] : [formatPercent(epoch.validationAccuracy)]),
    formatSeconds(epoch.seconds),
    number === record.chosenEpoch + 1 && number !== record.epochs.length ? 'chosen' : '',
  ])
  return table(look, columnsOf(record), rows, 4)
}

function runTitle(look: Look, { backend, backendInfo, seconds, steps }: RunRecord): string {
  const { device, threads } = backendInfo
  const where = `${printable(device)}, ${threads} thread${threads === 1 ? '' : 's'}`
  const pace = `${formatCount(steps)} steps in ${formatSeconds(seconds)} s, ${formatRate(steps / seconds)} steps/s`
  return `  ${paint(look, ['bold', 'cyan'], printable(backend))}  ${paint(look, 'dim', `(${where})  ${pace}`)}`
}

/** The layer with the largest share of dead, or of saturated, units after training. */
function worstUnits({ units }: RunRecord, share: 'dead' | 'saturated'): string[] {
  const layers = units.at(-1)?.layers.filter((layer) => layer[share] !== undefined) ?? []
  const [worst] = layers.toSorted((a, b) => (b[share] ?? 0) - (a[share] ?? 0))
  return worst === undefined ? [] : [`${share} units: at most ${formatPercent(worst[share] ?? 0)} (${worst.name})`]
}

function scaleLine({ testAccuracyByScale: scales }: RunRecord): string[] {
  if (scales === undefined) return []
  return [`test accuracy: ${formatPercent(scales.raw)} on raw pixels, ${formatPercent(scales.unit)} on scaled ones`]
}

/** Everything about one run. */
export function runReport(look: Look, record: RunRecord): string[] {
  const facts = [...scaleLine(record), ...worstUnits(record, 'dead'), ...worstUnits(record, 'saturated')]
  return [
    runTitle(look, record),
    '',
    ...epochTable(look, record),
    '',
    ...gradientFigure(look, record),
    ...facts.map((fact) => `    ${printable(fact)}`),
  ]
}
