/** The largest residual, as scikit-learn's max_error, of all outputs; with it go points of predictions against targets. */
import { KeptRows } from './kept-rows.js'
import type { MetricDetail } from './detail.js'
import { rowMetric } from './metric.js'

/** Points that a record keeps, of all outputs together, and outputs that it keeps points of. */
const [MOST_POINTS, MOST_OUTPUTS] = [1000, 8]

/** Rows evenly spaced, the first and the last among them. */
function chosenRows(rows: number, most: number): number[] {
  if (rows <= most) return Array.from({ length: rows }, (_, row) => row)
  return Array.from({ length: most }, (_, i) => Math.round((i * (rows - 1)) / (most - 1)))
}

function pointsOf(kept: KeptRows, width: number): MetricDetail {
  const shown = Math.min(width, MOST_OUTPUTS)
  const rows = chosenRows(kept.rows, Math.floor(MOST_POINTS / shown))
  const outputs = Array.from({ length: shown }, (_, number) => {
    const { output, target } = kept.column(number)
    return { target: rows.map((row) => Number(target[row])), output: rows.map((row) => Number(output[row])) }
  })
  return { kind: 'points', samples: kept.rows, outputs }
}

/** `"residuals"`: the greatest |z - y|. Its error is not known: a greatest value has no limit of its own. */
export const residuals = rowMetric({
  label: () => 'largest residual',
  format: 'number',
  better: 'smaller',
  suits: ['numbers'],
  reads: 'rows',
  accumulator: (_, width) => {
    const kept = new KeptRows(width)
    return {
      add: (output, target) => kept.add(output, target),
      result: () => {
        const greatest = kept.output.reduce((most, z, i) => Math.max(most, Math.abs(z - Number(kept.target[i]))), 0)
        return { value: greatest, error: Number.NaN }
      },
      detail: () => pointsOf(kept, width),
    }
  },
})
