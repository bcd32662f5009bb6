/** Heat maps: layer by step, a panel for each of a few runs, all on one scale of colours. */
import { heatColours } from './colours.js'
import { drawHeatAxes, drawHeatCells, heatGeometry } from './draw-heat.js'
import { svgElement } from './drawing.js'
import { type Figure, figureMarkup, readableDrawing, type View } from './figure.js'
import { html, type Markup, type Part } from './markup.js'
import { type HeatMap, type LineChart, type SectionData, seriesName } from './page-data.js'
import { tickLabel } from './scale.js'

const MOST_PANELS = 3

/** The lines shown at first: one an arm, on its first backend with the first seed; the first and last arms of many. */
function firstPanels(section: SectionData, { lines }: LineChart): number[] {
  const armOf = (index: number): number => section.series[lines[index]?.series ?? 0]?.arm ?? 0
  const all = lines.map((_, i) => i)
  const firsts = all.filter((i) => all.findIndex((other) => armOf(other) === armOf(i)) === i)
  return firsts.length <= MOST_PANELS ? firsts : [firsts[0] ?? 0, firsts.at(-1) ?? 0]
}

/** The map of a chart; undefined when that has too few frames to make one. */
export function heatMapOf(section: SectionData, chart: LineChart, title: string): HeatMap | undefined {
  if (chart.steps.length < 3) return undefined
  const { domain, style } = chart.y
  return {
    kind: 'heat',
    id: `${chart.id}-map`,
    title,
    source: chart.id,
    domain,
    style,
    panels: firstPanels(section, chart),
  }
}

function panelMarkup(section: SectionData, map: HeatMap, chart: LineChart, index: number, panel: number): Markup {
  const line = chart.lines[index]
  const layers = chart.names?.[line?.x ?? 0] ?? []
  const choice = `${map.id}-panel${panel}`
  const options = chart.lines.map(
    (each, i) => html`<option value="${i}" ${i === index ? html` selected` : ''}>${seriesName(section, each)}</option>`,
  )
  const inside = html`${line === undefined ? '' : drawHeatCells(chart, line, map.domain)}${drawHeatAxes(layers, chart.steps)}`
  const svg = svgElement(heatGeometry(layers.length), choice, inside)
  return html`<div class="panel" data-panel="${panel}">
    <label for="${choice}" class="unseen">Run in panel ${panel + 1} of ${map.title}</label>
    <select id="${choice}" data-panel-of="${map.id}" autocomplete="off">
      ${options}
    </select>
    ${readableDrawing(`${map.title}, panel ${panel + 1}`, svg)}
  </div>`
}

/** The colours with the numbers at their ends, and those of zero and of what is not finite. */
function colourKey({ y }: LineChart): Markup {
  const width = 10
  const bars = heatColours.map(
    (_, i) => html`<rect class="h${i}" x="${i * width}" y="0" width="${width}" height="12" />`,
  )
  const [low, high] = y.domain.map((position) => tickLabel({ ...y, domain: [-9, 9] }, position))
  return html`<div class="key">
    <span>${low ?? ''}</span
    ><svg viewBox="0 0 ${width * heatColours.length} 12" aria-hidden="true" shape-rendering="crispEdges">${bars}</svg
    ><span>${high ?? ''}</span><span class="swatch zero"></span><span>zero</span><span class="swatch bad"></span
    ><span>not finite</span>
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
  const panels = map.panels.map((index, panel) => panelMarkup(section, map, chart, index, panel))
  const drawing = html`<div class="panels">${panels}</div>
    ${colourKey(chart)}${spareAxes(chart)}`
  const notes =
    chart.probes !== undefined && chart.probes > chart.steps.length
      ? [`Thinned: ${chart.steps.length} of ${chart.probes} probed steps.`]
      : []
  const view: View = { id: map.id, name: map.title, drawing, notes, frames: { steps: [] } }
  const figure: Figure = { id: `${map.id}-figure`, title: map.title, about, views: [view], wide: true }
  return figureMarkup(figure)
}
