/** The figure of pre-activations: histograms stacked by layer, a panel for each of a few runs. */
import { axisY } from '@observablehq/plot'
import { clipName } from '../drawings/clip-name.js'
import { drawInside, svgElement } from '../drawings/drawing.js'
import { html, type Markup, type Part } from '../markup.js'
import { armClass, type RidgeChart, type RidgeLine, type SeriesNames } from '../charts/page-data.js'
import { panelFigure, panelsMarkup } from './panels.js'
import { ridgeGeometry, ridgePaths, ridgeTicks } from '../charts/ridge-shape.js'
import { pickEvenly } from '../charts/thin.js'

const LONGEST_NAME = 12
const MOST_LABELS = 24

/** The names of the layers; the axis below them moves with the frames and is drawn by hand. */
function drawNames(layers: readonly string[]): Markup {
  const shown = pickEvenly(
    layers.map((_, i) => i),
    MOST_LABELS,
  )
  const names = axisY(shown, {
    tickFormat: (row: number) => clipName(layers[row] ?? '', LONGEST_NAME),
    label: null,
    tickSize: 0,
    className: 'axis',
  })
  const y = { type: 'linear', domain: [layers.length - 1, -1] } as const
  return drawInside({ geometry: ridgeGeometry(layers.length), x: { axis: null }, y, marks: [names] })
}

function drawFrame(section: SeriesNames, line: RidgeLine | undefined): Markup {
  const frame = line?.frames[0] ?? []
  const { height, bottom, width, right } = ridgeGeometry(frame.length)
  const paths = ridgePaths(frame).map((d) => (d === undefined ? '' : html`<path d="${d}" />`))
  const ticks = ridgeTicks(frame).map(({ x, text }) => html`<text x="${x.toFixed(1)}" y="0">${text}</text>`)
  return html`<g class="axis ticks" transform="translate(0,${height - bottom + 18})">${ticks}</g>
    <text x="${width - right}" y="${height - 4}" text-anchor="end">input of the activation →</text>
    <g class="ridges ${armClass(section, line?.series ?? 0)}">${paths}</g>`
}

function drawPanel(section: SeriesNames, chart: RidgeChart, index: number, label: string): Markup {
  const line = chart.lines[index]
  const layers = chart.names[line?.x ?? 0] ?? []
  return svgElement(ridgeGeometry(layers.length), label, html`${drawNames(layers)}${drawFrame(section, line)}`)
}

/** Axes for every list of layers, for when a run with other layers is chosen. */
function spareAxes(section: SeriesNames, chart: RidgeChart): Part {
  if (chart.names.length < 2) return undefined
  return chart.names.map(
    (layers, i) =>
      html`<template data-axes="${i}"
        >${svgElement(ridgeGeometry(layers.length), `${chart.id}-axes`, html`${drawNames(layers)}${drawFrame(section, undefined)}`)}</template
      >`,
  )
}

/** The figure. */
export function ridgeFigure(section: SeriesNames, chart: RidgeChart): Part {
  const panels = panelsMarkup(section, chart, chart.lines, (run, label) => drawPanel(section, chart, run, label))
  const { probes, steps } = chart
  const notes = probes > steps.length ? [`Thinned: ${steps.length} of ${probes} probed steps.`] : []
  const about =
    "What goes into each activation on the step's batch. Each histogram is scaled to its own peak; the axis follows the step and ends four standard deviations from a layer's mean."
  return panelFigure(chart, about, html`${panels}${spareAxes(section, chart)}`, notes, chart)
}
