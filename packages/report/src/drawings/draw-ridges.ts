/** Draws a panel of histograms stacked by layer: those of the step and the run that are chosen. */
import type { RidgeChart, ProbedLine, SectionData } from '../charts/page-data.js'
import { armClass, frameText, seriesName } from '../charts/series-names.js'
import { chosenLine } from '../charts/panel-lines.js'
import { binRanges, ridgeAxis, ridgeBase, ridgeGeometry, ridgePaths } from '../charts/ridge-shape.js'
import { tickLabel, ticksOf, toUnits } from '../charts/scale.js'
import { frameOf, type ViewState } from '../charts/view-state.js'
import type { Bins } from '../documents/run-view/layers.js'
import { html, type Markup } from '../markup.js'
import { bottomAxis, type Drawing, layerTicks, leftAxis, type Spot } from './drawing.js'

type Frame = readonly (Bins | null)[]

function insideOf(chart: RidgeChart, layers: readonly string[], frame: Frame, colour: string): Markup {
  const geometry = ridgeGeometry(layers.length)
  const axis = ridgeAxis(frame)
  const ticks = ticksOf(axis, 6).map((position) => ({ at: toUnits(axis, position), text: tickLabel(axis, position) }))
  const paths = ridgePaths(frame).map((d) => d !== undefined && html`<path d="${d}" />`)
  const names = layerTicks(layers, (row) => ridgeBase(geometry, layers.length, row))
  return html`${leftAxis(geometry, names)}${bottomAxis(geometry, ticks, chart.label)}
    <g class="ridges ${colour}">${paths}</g>`
}

function binSpots(bins: Bins, frame: Frame, row: number, head: readonly string[], colour: string): Spot[] {
  const axis = ridgeAxis(frame)
  const total = bins.counts.reduce((sum, count) => sum + count, 0)
  const y = ridgeBase(ridgeGeometry(frame.length), frame.length, row)
  return binRanges(bins).flatMap(({ from, to, count }) => {
    const middle = (from + to) / 2
    if (!(middle >= axis.domain[0] && middle <= axis.domain[1])) return []
    const value = `${from.toPrecision(4)} to ${to.toPrecision(4)}: ${count} of ${total}`
    return [{ x: toUnits(axis, middle), y, track: row, lines: [...head, value], colour }]
  })
}

function spotsOf(section: SectionData, chart: RidgeChart, line: ProbedLine<Bins>, frame: Frame, step: string): Spot[] {
  const run = seriesName(section, line)
  return frame.flatMap((bins, row) => {
    const head = [run, `layer ${row + 1}, ${chart.names[line.x]?.[row] ?? ''}, ${step}`]
    return bins === null ? [] : binSpots(bins, frame, row, head, armClass(section, line.series))
  })
}

/** The drawing of a panel. */
export function drawRidges(section: SectionData, chart: RidgeChart, state: ViewState, panel: number): Drawing {
  const line = chart.lines[chosenLine(chart, state, panel)]
  if (line === undefined) throw new Error(`internal: a panel of ${chart.id} shows no run`)
  const layers = chart.names[line.x] ?? []
  const at = frameOf(chart, state)
  const frame = line.frames[at] ?? []
  return {
    geometry: ridgeGeometry(layers.length),
    inside: () => insideOf(chart, layers, frame, armClass(section, line.series)),
    spots: () => spotsOf(section, chart, line, frame, frameText(chart, at)),
    caption: seriesName(section, line),
  }
}
