/** Heat maps: layer by step, a panel for each of a few runs, all on one scale of colours. */
import { heatColours } from '../charts/colours.js'
import { drawHeatAxes, drawHeatCells, heatGeometry } from '../drawings/draw-heat.js'
import { svgElement } from '../drawings/drawing.js'
import { html, type Markup, type Part } from '../markup.js'
import { type HeatMap, type LineChart, type SectionData } from '../charts/page-data.js'
import { firstPanels, panelFigure, panelsMarkup } from './panels.js'
import { tickLabel } from '../charts/scale.js'

/** The map of a chart; undefined when that has too few frames to make one. */
export function heatMapOf(section: SectionData, chart: LineChart, title: string): HeatMap | undefined {
  if (chart.steps.length < 3) return undefined
  const { domain, style } = chart.y
  const panels = firstPanels(section, chart.lines)
  return { kind: 'heat', id: `${chart.id}-map`, title, source: chart.id, domain, style, panels }
}

function drawPanel({ domain }: HeatMap, chart: LineChart, index: number, label: string): Markup {
  const line = chart.lines[index]
  const layers = chart.names?.[line?.x ?? 0] ?? []
  const cells = line === undefined ? '' : drawHeatCells(chart, line, domain)
  return svgElement(heatGeometry(layers.length), label, html`${cells}${drawHeatAxes(layers, chart.steps)}`)
}

/** The colours with the numbers at their ends, and those of zero and of what is not finite. */
function colourKey({ y }: LineChart): Markup {
  const width = 10
  const bars = heatColours.map(
    (_, i) => html`<rect class="h${i}" x="${i * width}" y="0" width="${width}" height="12" />`,
  )
  const [low, high] = y.domain.map((position) => tickLabel({ ...y, domain: [-9, 9] }, position))
  return html`<div class="key">
    <span data-end>${low ?? ''}</span
    ><svg viewBox="0 0 ${width * heatColours.length} 12" aria-hidden="true" shape-rendering="crispEdges">${bars}</svg
    ><span data-end>${high ?? ''}</span><span class="swatch zero"></span><span>zero</span
    ><span class="swatch bad"></span><span>not finite</span>
  </div>`
}

/** Axes for every list of layers, for when a run with other layers is chosen. */
function spareAxes(chart: LineChart): Part {
  const lists = chart.names ?? []
  if (lists.length < 2) return undefined
  return lists.map(
    (layers, i) =>
      html`<template data-axes="${i}"
        >${svgElement(heatGeometry(layers.length), `${chart.id}-axes`, drawHeatAxes(layers, chart.steps))}</template
      >`,
  )
}

/** The figure of a map. */
export function heatFigure(section: SectionData, map: HeatMap, chart: LineChart, about: string): Part {
  const panels = panelsMarkup(section, map, chart.lines, (run, label) => drawPanel(map, chart, run, label))
  const { probes = 0, steps } = chart
  const notes = probes > steps.length ? [`Thinned: ${steps.length} of ${probes} probed steps.`] : []
  return panelFigure(map, about, html`${panels}${colourKey(chart)}${spareAxes(chart)}`, notes)
}
