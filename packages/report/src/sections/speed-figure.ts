/** Speed: training steps a second of each arm on each backend. */
import type { RunRecord } from '@isograd/core'
import { sharedMachine } from '../documents/environment.js'
import { barEnd, barGeometry, drawBars } from '../drawings/draw-bars.js'
import { svgElement } from '../drawings/drawing.js'
import { type Figure, readableDrawing } from './figure.js'
import type { BarChart } from '../charts/page-data.js'
import type { Section } from '../charts/section.js'
import { mean } from '../charts/thin.js'

function rate({ steps, seconds }: RunRecord): number {
  return steps / seconds
}

/** The chart: over several seeds, the mean. */
export function speedChart(section: Section): BarChart {
  const rates = section.series.map((_, series) => {
    const runs = section.runs.filter((run) => run.series === series)
    return mean(runs.map(({ record }) => rate(record)))
  })
  const longest = Math.max(...rates.filter(Number.isFinite), Number.MIN_VALUE)
  const geometry = barGeometry(rates.length)
  const bars = rates.map((value, series) => ({
    series,
    value,
    at: barEnd(geometry, series, Number.isFinite(value) ? value / longest : 0),
  }))
  return {
    kind: 'bars',
    id: `${section.id}-speed`,
    title: 'Training steps per second',
    label: 'steps per second',
    style: 'rate',
    bars,
  }
}

/** The figure. */
export function speedFigure(section: Section, chart: BarChart): Figure {
  const id = `${chart.id}-figure`
  const svg = svgElement(barGeometry(chart.bars.length), `${id}-title`, drawBars(section, chart))
  const view = {
    id: chart.id,
    name: chart.title,
    drawing: readableDrawing(chart.title, svg),
    notes: [],
    frames: { steps: [] },
  }
  const shared = section.jobs > 1 ? ` It was ${sharedMachine(section.jobs)}.` : ''
  const about = `Training time alone: without evaluation and probes.${shared}`
  return { id, title: 'Speed', about, views: [view] }
}
