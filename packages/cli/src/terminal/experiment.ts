/** The experiment that is about to be trained, in a few lines, and its model as a table. */
import { type ArmSpec, type Experiment, networkOf, type Registry } from '@isograd/core'
import { totalElements } from '@isograd/core/backend'
import { type Dataset, limitDataset } from '@isograd/core/data'
import { type Column, labelled, plural, table, wrap } from '../text/layout.js'
import { formatCount, formatPercent } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

/** The model's layers with output shapes and parameter counts. */
export function modelTable(style: TerminalStyle, arm: ArmSpec, dataset: Dataset, registry: Registry): string[] {
  const { allLayers, isGraph } = networkOf(arm, dataset, registry).model
  const layers = allLayers.map(({ name, inputs, outputShape, parameters }) => ({
    name,
    fed: isGraph ? [printable(inputs.join(', '))] : [],
    outputShape,
    count: totalElements(parameters),
  }))
  const rows = layers.map(({ name, fed, outputShape, count }) => [
    printable(name),
    ...fed,
    `[${outputShape.join(', ')}]`,
    count === 0 ? '' : formatCount(count),
  ])
  const total = formatCount(layers.reduce((sum, { count }) => sum + count, 0))
  const columns: Column[] = [
    { title: 'layer' },
    ...(isGraph ? [{ title: 'fed by' }] : []),
    { title: 'output' },
    { title: 'parameters', align: 'right' },
  ]
  const foot = [{ text: 'total', format: 'bold' as const }, ...(isGraph ? [''] : []), '']
  return table(style, columns, [...rows, [...foot, { text: total, format: 'bold' }]])
}

/** A name and its settings; those that are off are left out. */
function specText({ type, ...settings }: ArmSpec['optimizer']): string {
  const texts = Object.entries(settings)
    .filter(([, value]) => value !== undefined && value !== false && value !== 0)
    .map(([key, value]) => `${key} ${String(value)}`)
  return texts.length === 0 ? type : `${type} (${texts.join(', ')})`
}

/** The loss, with its weights, and what is added to it. */
function lossText({ loss, task, classWeights, regularizer, constraint }: ArmSpec): string {
  const weights =
    classWeights === undefined ? [] : [`class weights ${JSON.stringify(classWeights).replaceAll('"', '')}`]
  const samples = typeof task['weights'] === 'string' ? [`samples weighted by ${printable(task['weights'])}`] : []
  const held = [regularizer, constraint].flatMap((spec) => (spec === undefined ? [] : [specText(spec)]))
  return [specText(loss), ...weights.map(printable), ...samples, ...held].join(', ')
}

/** The training of the first arm. */
function trainingLine(arm: ArmSpec): string {
  const { batchSize, epochs, lastBatch, optimizer, seed, precision } = arm
  const end = `seed ${seed}, ${precision}`
  if (epochs === 0) return `none: the network is looked at as it begins, ${lossText(arm)}, ${end}`
  const batches = `batches of ${formatCount(batchSize)}${lastBatch === 'drop' ? ', the last dropped' : ''}`
  const length = plural(epochs, 'epoch')
  return `${specText(optimizer)}, ${lossText(arm)}, ${batches}, ${length}, ${end}`
}

function dataLine({ data }: ArmSpec, dataset: Dataset): string {
  const { train, validation: own, test } = limitDataset(dataset, data).splits
  const parts = { training: train, validation: own, test }
  const counts = Object.entries(parts)
    .flatMap(([name, part]) => (part === undefined ? [] : [`${formatCount(part.count)} ${name}`]))
    .join(own === undefined ? ' and ' : ', ')
  const noun = train.count === 1 && test === undefined ? 'sample' : 'samples'
  const held = data.validation
  const validation = held === undefined ? '' : `, ${formatPercent(held)} of the training samples validate`
  const open = test === undefined && train.count > 1 ? ', nothing is held out' : ''
  return `${dataset.name}: ${counts} ${noun}${validation}${open} (${dataset.origin})`
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
