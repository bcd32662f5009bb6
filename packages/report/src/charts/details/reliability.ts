/** The share that comes true by the probability that was said: a line for each run. */
import { sixDigits } from '../../documents/readings.js'
import { regular } from '../geometry.js'
import { lineChart, Lists } from '../line-chart.js'
import type { DetailCharts } from './detail.js'

const unit = [0, 1] as const

/** On the diagonal, probabilities are right. */
export const reliabilityCharts: DetailCharts<'reliability'> = {
  title: 'Reliability',
  about:
    'The share that came so by the mean probability of each bin. Below the diagonal a model is too sure, above it not sure enough.',
  views: ({ id, runs }) => {
    const lists = new Lists<number>()
    const lines = runs.map(({ series, seed, detail: { confidence, share } }) => ({
      series,
      seed,
      x: lists.indexOf(confidence.map(sixDigits)),
      frames: [share],
    }))
    const chart = lineChart({
      id,
      title: 'Reliability',
      geometry: regular,
      xLabel: 'mean probability',
      y: { label: 'share that came so', scale: 'linear', domain: unit, style: 'decimal' },
      xs: lists.all,
      lines,
      reference: unit.map((end) => [end, end] as const),
    })
    return [{ chart: { ...chart, x: { ...chart.x, domain: unit, style: 'decimal' } }, notes: [] }]
  },
}
