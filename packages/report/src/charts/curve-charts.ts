/**
 * Charts over time: loss and metric by step and by epoch. Runs of one arm on one backend with several seeds make one
 * line, their mean, with the spread as a band. Steps are averaged over stretches where there are too many to draw.
 */
import type { Reading } from '../documents/readings.js'
import type { CurveQuantity } from '../documents/run-view/measures.js'
import { regular } from './geometry.js'
import { lineChart, Lists } from './line-chart.js'
import type { Axis, Line, LineChart } from './page-data.js'
import { extentOf } from './scale.js'
import type { Run, Section } from './section.js'
import { mean, pickEvenly, type Thinned, thinSteps } from './thin.js'

function curveOf({ everyStep, points = () => [], over }: CurveQuantity, { record }: Run, most: number): Thinned {
  if (everyStep !== undefined) return thinSteps(everyStep(record), most)
  const all = points(record)
  const kept = over === 'step' ? pickEvenly(all, most) : all
  return { x: kept.map(([x]) => x), y: kept.map(([, y]) => y), stretch: 1 }
}

/** The mean over seeds, with the spread; one seed is its own mean. */
function lineOf(series: number, curves: readonly Thinned[], lists: Lists<number>): Line[] {
  const longest = curves.reduce<readonly number[]>((most, { x }) => (x.length > most.length ? x : most), [])
  if (longest.length === 0) return []
  const columns = longest.map((_, i) => curves.flatMap(({ y }) => y[i] ?? []))
  const over = (combine: (values: readonly number[]) => number): Reading[] =>
    columns.map((values) => (values.length === 0 ? null : combine(values)))
  const line = { series, x: lists.indexOf(longest), frames: [over(mean)] }
  if (curves.length < 2) return [line]
  return [{ ...line, spread: { low: over((all) => Math.min(...all)), high: over((all) => Math.max(...all)) } }]
}

/** The scale and the domain of some numbers: logarithmic where they span more than a linear axis could show. */
export function lossAxis(values: readonly Reading[]): Pick<Axis, 'scale' | 'domain'> {
  const [low, high] = extentOf(values, 'linear') ?? [0, 1]
  if (low > 0 && high / low > 30) {
    const [from, to] = [Math.log10(low), Math.log10(high)]
    return { scale: 'log', domain: [from - 0.03 * (to - from), to + 0.03 * (to - from)] }
  }
  const room = 0.04 * (high - low || Math.abs(high) || 1)
  return { scale: 'linear', domain: [low >= 0 ? Math.max(0, low - room) : low - room, high + room] }
}

/** Down to a tenth that is below all, up to 1. */
function shareAxis(values: readonly Reading[]): Pick<Axis, 'scale' | 'domain'> {
  const [low, high] = extentOf(values, 'linear') ?? [0, 1]
  const from = low > 0.9 ? Math.min(0.98, Math.floor(low * 50) / 50) : Math.floor(low * 10) / 10
  return { scale: 'linear', domain: [from, Math.min(1, Math.ceil(high * 10 + 0.2) / 10)] }
}

/** The chart of a quantity with lines of at most `most` positions; undefined when no run has it. */
export function curveChart(section: Section, quantity: CurveQuantity, most: number): LineChart | undefined {
  const { key, title, label, style, over } = quantity
  const curves = section.series.map((_, at) =>
    section.runs.filter(({ series }) => series === at).map((run) => curveOf(quantity, run, most)),
  )
  const lists = new Lists<number>()
  const lines = curves.flatMap((each, series) => lineOf(series, each, lists))
  if (lines.length === 0) return undefined
  const values = lines.flatMap(({ frames, spread }) => [...frames, spread?.low ?? [], spread?.high ?? []].flat())
  return lineChart({
    id: `${section.id}-${key}`,
    title,
    geometry: regular,
    xLabel: over,
    y: { label, style, ...(style === 'percent' ? shareAxis(values) : lossAxis(values)) },
    xs: lists.all,
    stretch: Math.max(...curves.flat().map(({ stretch }) => stretch)),
    lines,
  })
}
