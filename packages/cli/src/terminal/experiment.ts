/** The experiment that is about to be trained, in a few lines, and its model as a table. */
import { type ArmSpec, type Experiment, sampleCount } from '@isograd/core'
import { elementCount } from '@isograd/core/backend'
import type { Dataset } from '@isograd/core/data'
import { modelOf } from '../documents/run-figures.js'
import { labelled, table, wrap } from '../text/layout.js'
import { formatCount, formatPercent } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

/** The model's layers with output shapes and parameter counts. */
export function modelTable(style: TerminalStyle, arm: ArmSpec, dataset: Dataset): string[] {
  const layers = modelOf(arm, dataset).allLayers.map(({ name, outputShape, parameters }) => ({
    name,
    outputShape,
    count: parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  }))
  const rows = layers.map(({ name, outputShape, count }) => [
    printable(name),
    `[${outputShape.join(', ')}]`,
    count === 0 ? '' : formatCount(count),
  ])
  const total = formatCount(layers.reduce((sum, { count }) => sum + count, 0))
  const columns = [{ title: 'layer' }, { title: 'output' }, { title: 'parameters', align: 'right' }] as const
  return table(style, columns, [...rows, [{ text: 'total', format: 'bold' }, '', { text: total, format: 'bold' }]])
}

/** The training of the first arm; settings that are off are left out. */
function trainingLine({ batchSize, epochs, lastBatch, optimizer, loss, seed, precision }: ArmSpec): string {
  const settings = Object.entries(optimizer)
    .filter(([key, value]) => key !== 'type' && value !== undefined && value !== false && value !== 0)
    .map(([key, value]) => `${key} ${String(value)}`)
  const batches = `batches of ${formatCount(batchSize)}${lastBatch === 'drop' ? ', the last dropped' : ''}`
  const length = `${formatCount(epochs)} epoch${epochs === 1 ? '' : 's'}`
  return `${optimizer.type} (${settings.join(', ')}), ${loss}, ${batches}, ${length}, seed ${seed}, ${precision}`
}

function dataLine({ data }: ArmSpec, dataset: Dataset): string {
  const train = formatCount(data.limit ?? sampleCount(dataset.train))
  const test = formatCount(data.testLimit ?? sampleCount(dataset.test))
  const held = data.validation
  const validation = held === undefined ? '' : `, ${formatPercent(held)} of the training samples validate`
  return `${dataset.name}: ${train} training and ${test} test samples${validation} (${dataset.origin})`
}

/** Name, description, data, training, arms and backends. */
export function experimentHeader(
  style: TerminalStyle,
  { name, description, arms }: Experiment,
  arm: ArmSpec,
  dataset: Dataset,
  backends: readonly string[],
): string[] {
  return [
    paint(style, 'bold', printable(name)),
    ...(description === '' ? [] : wrap(style, printable(description), 0)),
    '',
    ...labelled(style, [
      ['data', printable(dataLine(arm, dataset))],
      ['training', trainingLine(arm)],
      ['arms', Object.keys(arms).join(', ')],
      ['backends', printable(backends.join(', '))],
    ]),
  ]
}

/** True for arms with one model and one data set. */
export function sameModel(a: ArmSpec, b: ArmSpec): boolean {
  return JSON.stringify([a.model, a.data]) === JSON.stringify([b.model, b.data])
}
