/** The figures of an experiment: what each is of, what it says of itself, and what must be known to read it. */
import { curveChart } from '../charts/curve-charts.js'
import { depthChart, heatMapOf } from '../charts/depth-charts.js'
import { distanceChart, distanceQuantities } from '../charts/distance-charts.js'
import { type Geometry, leading, regular } from '../charts/geometry.js'
import type { LineChart, RidgeChart, SeriesNames } from '../charts/page-data.js'
import { itemAt } from '../charts/series-names.js'
import { ridgeChart } from '../charts/ridge-chart.js'
import { firstRuns, mostSeeds, recordsOf, type Section } from '../charts/section.js'
import { speedChart } from '../charts/speed-chart.js'
import { sharedMachine } from '../documents/environment.js'
import { counted } from '../documents/readings.js'
import {
  type DepthQuantity,
  gradientQuantities,
  insideQuantities,
  insideSentences,
  timeQuantities,
  unitQuantities,
  updateRatio,
} from '../documents/run-view/layers.js'
import { learningRateCurves } from '../documents/run-view/learning-rates.js'
import { type CurveQuantity, judgingMetrics, lossCurves, metricCurves } from '../documents/run-view/measures.js'
import { MOST_DOTS } from '../drawings/draw-lines.js'
import { colourKey } from './colour-key.js'
import type { Figure, View } from './figure.js'

/** The share of a record that goes into a page. */
export interface Room {
  /** Numbers in a chart over depth. */
  readonly depth: number
  /** Positions of a line over time. */
  readonly positions: number
}

function thinnedNotes({ probes = 0, steps }: Pick<LineChart | RidgeChart, 'probes' | 'steps'>): string[] {
  return probes > steps.length ? [`Thinned: ${steps.length} of ${counted(probes, 'probed step')}.`] : []
}

function oddNotes({ lines, xs, y }: LineChart): string[] {
  const readings = lines.flatMap(({ frames }) => frames.flat()).filter((reading) => reading !== null)
  const zeros = y.scale === 'log' ? readings.filter((reading) => reading === 0).length : 0
  const odd = readings.filter((reading) => !Number.isFinite(reading)).length
  const marked = xs.every((positions) => positions.length <= MOST_DOTS)
  const zeroPlace = marked ? 'triangles on the lower edge' : 'gaps, being below every power of ten'
  const oddPlace = marked ? 'infinities are triangles on the edges, NaN are gaps' : 'they are gaps'
  return [
    ...(zeros > 0 ? [`${counted(zeros, 'value')} of exactly zero: ${zeroPlace}.`] : []),
    ...(odd > 0 ? [`${counted(odd, 'value')} not finite: ${oddPlace}.`] : []),
  ]
}

function viewsOf(charts: readonly (LineChart | undefined)[], extra: (chart: LineChart) => readonly string[]): View[] {
  return charts.flatMap((chart) => {
    if (chart === undefined) return []
    const { stretch = 1 } = chart
    const thinned = stretch > 1 ? [`Thinned: each point stands for ${stretch} steps.`] : []
    return [{ chart, notes: [...thinned, ...thinnedNotes(chart), ...oddNotes(chart), ...extra(chart)] }]
  })
}

function depthViews(section: Section, all: readonly DepthQuantity[], geometry: Geometry, { depth }: Room): View[] {
  return viewsOf(
    all.map((quantity) => depthChart(section, quantity, geometry, depth)),
    () => [],
  )
}

function curveViews(section: Section, quantities: readonly CurveQuantity[], { positions }: Room): View[] {
  const seeds = mostSeeds(section)
  return viewsOf(
    quantities.map((quantity) => curveChart(section, quantity, positions)),
    () => (seeds > 1 ? [`Means over ${seeds} seeds; the bands span least to greatest.`] : []),
  )
}

/** Gradients by depth: what the page is for. */
export function gradientFigure(section: Section, room: Room): Figure {
  return {
    id: `${section.id}-gradients`,
    title: 'Gradient by depth',
    about:
      "L2 norm of each layer's gradient on the step's batch, before its update. A straight fall is a gradient that vanishes at a constant rate. The update-to-weight ratio says how far that step moved a layer's weights, relative to their own norm.",
    views: depthViews(section, gradientQuantities(recordsOf(section)), leading, room),
    wide: true,
  }
}

/** Gradients of the states of recurrent layers. */
export function timeFigure(section: Section, room: Room): Figure {
  return {
    id: `${section.id}-time`,
    title: 'Gradient through time',
    about:
      "L2 norm of the gradient of a recurrent layer's state after each step of the sequence, on the step's batch, before its update. A straight fall towards the first step is a gradient that vanishes at a constant rate.",
    views: depthViews(section, timeQuantities(recordsOf(section)), leading, room),
    wide: true,
  }
}

/** Charts of gradients that are also shown as maps. */
const maps = [
  {
    of: (chart: LineChart) => chart.judged === true,
    title: 'Gradient norm by layer and step',
    about: 'Each column is a probed step, each row a layer, first on top. Dark is small.',
  },
  {
    of: ({ title }: LineChart) => title === updateRatio.title,
    title: 'Update-to-weight ratio by layer and step',
    about: "How far a step moved a layer's weights, relative to their own norm. Where it is dark, nothing is learned.",
  },
]

/** Maps of the gradients' frames, all panels of one on one scale of colours. */
export function heatFigures(section: SeriesNames & { readonly id: string }, gradients: Figure): Figure[] {
  const charts = gradients.views.flatMap(({ chart }) => (chart.kind === 'lines' ? [chart] : []))
  return maps.flatMap(({ of, title, about }) => {
    const source = charts.find(of)
    const map = source && heatMapOf(section, source, title)
    if (source === undefined || map === undefined) return []
    const view = { chart: map, notes: thinnedNotes(source), key: colourKey(source.y) }
    return [{ id: `${map.id}-figure`, title, about, views: [view], wide: true }]
  })
}

/** Histograms stacked by layer. */
export function ridgeFigures(section: Section, { depth }: Room): Figure[] {
  const chart = ridgeChart(section, depth)
  if (chart === undefined) return []
  const { id, title } = chart
  const about =
    "What goes into each activation on the step's batch. Each histogram is scaled to its own peak; the axis follows the step and ends four standard deviations from a layer's mean."
  return [{ id: `${id}-figure`, title, about, views: [{ chart, notes: thinnedNotes(chart) }], wide: true }]
}

/** The metrics that judge over time, a figure each. */
function metricFigures(section: Section, room: Room): Figure[] {
  const records = recordsOf(section)
  return judgingMetrics(records).map((measure, i) => ({
    id: `${section.id}-metric${i === 0 ? '' : i + 1}`,
    title: `${measure.label.charAt(0).toUpperCase()}${measure.label.slice(1)}`,
    about: `The metric that judges. ${measure.better === 'larger' ? 'Larger' : 'Smaller'} is better.`,
    views: curveViews(section, metricCurves(records, measure), room),
  }))
}

/** Loss, metric and units over time. */
export function curveFigures(section: Section, room: Room): Figure[] {
  return [
    {
      id: `${section.id}-losses`,
      title: 'Loss',
      about: "A step's loss is that of its batch before the update.",
      views: curveViews(section, lossCurves(recordsOf(section)), room),
    },
    ...metricFigures(section, room),
    {
      id: `${section.id}-rates`,
      title: 'Learning rate',
      about: 'What the schedule, and settings of parameter groups, made of it in each step.',
      views: curveViews(section, learningRateCurves(recordsOf(section)), room),
    },
    {
      id: `${section.id}-units`,
      title: 'Dead and saturated units',
      about:
        'By activation layer, over the samples that judge. A rectifier is dead when it is 0 for every sample; an output of a sigmoid or tanh is saturated within one percent of an end of its range.',
      views: depthViews(section, unitQuantities, regular, room),
    },
    {
      id: `${section.id}-inside`,
      title: 'Inside layers',
      about: `On a step's batch before its update; of several gates or heads their mean. ${insideSentences(recordsOf(section))}`,
      views: depthViews(section, insideQuantities, regular, room),
    },
  ]
}

/** Distance between backends. */
export function distanceFigure(section: Section, { positions }: Room): Figure {
  const isOne = firstRuns(section).length === section.arms.length
  const first = isOne ? itemAt(section.backends, 0) : 'the first backend of the same experiment'
  return {
    id: `${section.id}-distances`,
    title: 'Distance between backends',
    about: `Relative difference to ${first}, step by step. Training amplifies rounding, so that the difference grows from 10\u207b\u2077 or so, at times fast, and two models may come of it: that is no fault. A leap is a fault: where the difference of one step is a thousand times the largest before it, the verdict says so. How much of it is noise, a check measures: isograd check --mode run.`,
    views: viewsOf(
      distanceQuantities.map((quantity) => distanceChart(section, quantity, positions)),
      ({ stretch = 1 }) => (stretch > 1 ? ['Of each stretch the greatest difference is shown.'] : []),
    ),
  }
}

/** Training steps a second. */
export function speedFigure(section: Section): Figure {
  const chart = speedChart(section)
  const views = chart === undefined ? [] : [{ chart, notes: [] }]
  const shared = section.jobs > 1 ? ` It was ${sharedMachine(section.jobs)}.` : ''
  const about = `Training time alone: without evaluation and probes.${shared}`
  return { id: `${section.id}-speed-figure`, title: 'Speed', about, views }
}
