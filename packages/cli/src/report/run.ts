/** One run: its epochs and its gradients. */
import type { RunRecord } from '@isograd/core'
import { type Look, paint, printable } from '../look.js'
import { gradientFigure } from './gradients.js'
import { type Column, table } from './layout.js'
import { formatCount, formatLoss, formatPercent, formatRate, formatSeconds } from './numbers.js'

const MOST_EPOCHS = 20

const columns: readonly Column[] = [
  { title: 'epoch', align: 'right' },
  { title: 'train loss', align: 'right' },
  { title: 'test loss', align: 'right' },
  { title: 'test accuracy', align: 'right' },
  { title: 'seconds', align: 'right' },
]

/** Every so many epochs, so that they fit a page; the last always. */
function shownEpochs({
  epochs,
}: RunRecord): { readonly number: number; readonly epoch: RunRecord['epochs'][number] }[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS)
  return epochs
    .map((epoch, i) => ({ number: i + 1, epoch }))
    .filter(({ number }) => number % every === 0 || number === epochs.length)
}

/** Epoch by epoch. */
export function epochTable(look: Look, record: RunRecord): string[] {
  const rows = shownEpochs(record).map(({ number, epoch }) => [
    formatCount(number),
    formatLoss(epoch.trainLoss),
    formatLoss(epoch.testLoss),
    formatPercent(epoch.testAccuracy),
    formatSeconds(epoch.seconds),
  ])
  return table(look, columns, rows, 4)
}

function runTitle(look: Look, { backend, backendInfo, seconds, steps }: RunRecord): string {
  const { device, threads } = backendInfo
  const where = `${printable(device)}, ${threads} thread${threads === 1 ? '' : 's'}`
  const pace = `${formatCount(steps)} steps in ${formatSeconds(seconds)} s, ${formatRate(steps / seconds)} steps/s`
  return `  ${paint(look, ['bold', 'cyan'], printable(backend))}  ${paint(look, 'dim', `(${where})  ${pace}`)}`
}

/** Everything about one run. */
export function runReport(look: Look, record: RunRecord): string[] {
  return [runTitle(look, record), '', ...epochTable(look, record), '', ...gradientFigure(look, record)]
}
