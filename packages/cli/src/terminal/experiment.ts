/** What is about to be trained: the experiment in a few lines, and its model as a table. */
import { type ArmSpec, buildModel, type Dataset, elementCount, type Experiment, sampleCount } from '@isograd/core'
import { type Look, paint, printable } from '../text/terminal-style.js'
import { labelled, table, wrap } from '../text/layout.js'
import { formatCount, formatPercent } from '../text/numbers.js'

/** A layer for the table. */
interface LayerRow {
  readonly name: string
  readonly outputShape: readonly number[]
  readonly parameters: number
}

function layerRows(arm: ArmSpec, dataset: Dataset): LayerRow[] {
  const { allLayers } = buildModel(arm, dataset.sampleShape, dataset.classes)
  return allLayers.map(({ name, outputShape, parameters }) => ({
    name,
    outputShape,
    parameters: parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  }))
}

/** The model's layers with output shapes and parameter counts. */
export function modelTable(look: Look, arm: ArmSpec, dataset: Dataset): string[] {
  const layers = layerRows(arm, dataset)
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0)
  const rows = layers.map(({ name, outputShape, parameters }) => [
    printable(name),
    `[${outputShape.join(', ')}]`,
    parameters === 0 ? '' : formatCount(parameters),
  ])
  const columns = [{ title: 'layer' }, { title: 'output' }, { title: 'parameters', align: 'right' }] as const
  const totalRow = [{ text: 'total', format: 'bold' }, '', { text: formatCount(total), format: 'bold' }] as const
  return table(look, columns, [...rows, totalRow])
}

/** How the first arm trains; settings that are off are left out. */
function trainingLine({ batchSize, epochs, lastBatch, optimizer, loss, seed, precision }: ArmSpec): string {
  const settings = Object.entries(optimizer)
    .filter(([key, value]) => key !== 'type' && value !== undefined && value !== false && value !== 0)
    .map(([key, value]) => `${key} ${String(value)}`)
  const batches = `batches of ${formatCount(batchSize)}${lastBatch === 'drop' ? ', the last dropped' : ''}`
  const length = `${formatCount(epochs)} epoch${epochs === 1 ? '' : 's'}`
  return `${optimizer.type} (${settings.join(', ')}), ${loss}, ${batches}, ${length}, seed ${seed}, ${precision}`
}

function dataLine(arm: ArmSpec, dataset: Dataset): string {
  const { limit, testLimit } = arm.data
  const train = formatCount(limit ?? sampleCount(dataset.train))
  const test = formatCount(testLimit ?? sampleCount(dataset.test))
  const share = arm.data.validation
  const validation = share === undefined ? '' : `, ${formatPercent(share)} of the training samples validate`
  return `${dataset.name}: ${train} training and ${test} test samples${validation} (${dataset.origin})`
}

/** Name, description, data, training, arms and backends. */
export function experimentHeader(
  look: Look,
  experiment: Experiment,
  arm: ArmSpec,
  dataset: Dataset,
  backends: readonly string[],
): string[] {
  const title = paint(look, 'bold', printable(experiment.name))
  const description = experiment.description === '' ? [] : wrap(look, printable(experiment.description), 0)
  const facts = labelled(look, [
    ['data', printable(dataLine(arm, dataset))],
    ['training', trainingLine(arm)],
    ['arms', Object.keys(experiment.arms).join(', ')],
    ['backends', printable(backends.join(', '))],
  ])
  return [title, ...description, '', ...facts]
}

/** Whether arms have the same model but for what their layers compute. */
export function sameModel(a: ArmSpec, b: ArmSpec): boolean {
  return JSON.stringify([a.model, a.data]) === JSON.stringify([b.model, b.data])
}
