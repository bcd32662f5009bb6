/** The confusion matrix: how many samples of each category are told to be of each. Its value is the share on the diagonal. */
import { type Cell, isOneFlag, LabelCounts, labelSettings, measuredScore, oneLabelMisfit } from './label-counts.js'
import { type Accumulator, rowMetric } from './metric.js'

/** With more categories than this a record keeps the value alone. */
const MOST_CATEGORIES = 256

function isRight({ actual, told }: Cell): boolean {
  return actual[0] === told[0]
}

/** The counts, a row for what samples are and a column for what they are told to be. */
function matrixOf(counts: LabelCounts): number[][] {
  const matrix = Array.from({ length: counts.labels }, () => Array.from({ length: counts.labels }, () => 0))
  for (const { actual, told, count } of counts.cells) {
    const row = matrix[Number(actual[0])]
    if (row !== undefined) row[Number(told[0])] = count
  }
  return matrix
}

function accumulate(counts: LabelCounts, names: readonly string[]): Accumulator {
  const isKept = counts.labels <= MOST_CATEGORIES
  return {
    add: (output, target, rows) => counts.add(output, target, rows),
    result: () => {
      const right = counts.cells.reduce((sum, cell) => sum + (isRight(cell) ? cell.count : 0), 0)
      const value = right / counts.samples
      return measuredScore(counts, { value, slope: (cell) => ((isRight(cell) ? 1 : 0) - value) / counts.samples })
    },
    detail: () =>
      isKept && !counts.isNaN ? { kind: 'confusion', names: [...names], counts: matrixOf(counts) } : undefined,
  }
}

/** `"confusionMatrix"`: the matrix goes into the record and onto the page. */
export const confusionMatrix = rowMetric({
  settings: labelSettings,
  label: () => 'diagonal of the confusion matrix',
  format: 'percent',
  better: 'larger',
  suits: ['category', 'flags'],
  reads: 'rows',
  misfit: oneLabelMisfit,
  accumulator: ({ threshold }, width, target) => {
    const counts = new LabelCounts({ target, width, threshold, hasBoth: isOneFlag(width, target) })
    return accumulate(counts, target.names ?? Array.from({ length: counts.labels }, (_, i) => String(i)))
  },
})
