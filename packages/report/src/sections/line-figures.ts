/** The figures made of lines: gradients by depth, units, loss, accuracy, distance. What each shows, and its notes. */
import { accuracyCurves, curveChart, type CurveQuantity, lossCurves } from '../charts/curve-charts.js'
import { depthChart, depthQuantities, type DepthQuantity } from '../charts/depth-charts.js'
import { distanceChart, distanceQuantities } from '../charts/distance-charts.js'
import { drawLines } from '../drawings/draw-lines.js'
import { svgElement } from '../drawings/drawing.js'
import { type Figure, readableDrawing, type View } from './figure.js'
import { type Geometry, regular } from '../charts/geometry.js'
import type { LineChart, SeriesNames } from '../charts/page-data.js'
import { counted } from '../charts/readings.js'
import type { Section } from '../charts/section.js'
import { MOST_DOTS } from '../drawings/series-classes.js'

/** How much of a record goes into a page. */
export interface Room {
  /** Numbers in a chart over depth. */
  readonly depth: number
  /** Positions of a line over time. */
  readonly positions: number
}

/** A figure and the charts that its views are of. */
export interface Charted {
  readonly figure: Figure
  readonly charts: readonly LineChart[]
}

interface OddReadings {
  readonly zeros: number
  readonly odd: number
  /** Whether they have marks of their own. */
  readonly marked: boolean
}

function oddReadings({ lines, xs }: LineChart): OddReadings {
  let [zeros, odd] = [0, 0]
  for (const { frames } of lines) {
    for (const reading of frames.flat()) {
      if (reading === 0) zeros++
      else if (reading !== null && !Number.isFinite(reading)) odd++
    }
  }
  return { zeros, odd, marked: xs.every((positions) => positions.length <= MOST_DOTS) }
}

function oddNotes(chart: LineChart): string[] {
  const { zeros, odd, marked } = oddReadings(chart)
  const zeroPlace = marked ? 'triangles on the lower edge' : 'gaps, being below every power of ten'
  const oddPlace = marked ? 'infinities are triangles on the edges, NaN are gaps' : 'they are gaps'
  return [
    zeros > 0 && chart.y.scale === 'log' ? `${counted(zeros, 'value')} of exactly zero: ${zeroPlace}.` : '',
    odd > 0 ? `${counted(odd, 'value')} not finite: ${oddPlace}.` : '',
  ]
}

/** What a reader of the drawing must know. */
export function notesOf(chart: LineChart): string[] {
  const { stretch = 1, probes = 0, steps } = chart
  return [
    stretch > 1 ? `Thinned: each point stands for ${stretch} steps.` : '',
    probes > steps.length ? `Thinned: ${steps.length} of ${counted(probes, 'probed step')}.` : '',
    ...oddNotes(chart),
  ].filter((note) => note !== '')
}

function viewOf(
  section: SeriesNames,
  chart: LineChart,
  geometry: Geometry,
  figureId: string,
  extra: readonly string[] = [],
): View {
  const svg = svgElement(geometry, `${figureId}-title`, drawLines(section, chart, geometry))
  return {
    id: chart.id,
    name: chart.title,
    drawing: readableDrawing(chart.title, svg),
    notes: [...notesOf(chart), ...extra],
    frames: chart,
  }
}

function present<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item]
}

/** A figure over depth with a view for each quantity that the records have. */
function depthFigure(
  section: Section,
  id: string,
  quantities: readonly DepthQuantity[],
  room: Room,
  text: Pick<Figure, 'title' | 'about' | 'wide' | 'beside'>,
): Charted {
  const drawn = quantities.flatMap((quantity) =>
    present(depthChart(section, quantity, room.depth)).map((chart) => ({ chart, geometry: quantity.geometry })),
  )
  const views = drawn.map(({ chart, geometry }) => viewOf(section, chart, geometry, id))
  return { figure: { id, ...text, views }, charts: drawn.map(({ chart }) => chart) }
}

/** Gradients by depth: what the page is for. `beside` is where it is said in words. */
export function gradientFigure(section: Section, room: Room, beside: Figure['beside']): Charted {
  return depthFigure(
    section,
    `${section.id}-gradients`,
    [depthQuantities.weight, depthQuantities.bias, depthQuantities.update, depthQuantities.other],
    room,
    {
      title: 'Gradient by depth',
      about:
        "L2 norm of each layer's gradient on the step's batch, before its update. A straight fall is a gradient that vanishes at a constant rate. The update-to-weight ratio says how far that step moved a layer's weights, relative to their own norm.",
      wide: true,
      ...(beside === undefined ? {} : { beside }),
    },
  )
}

/** Dead and saturated units. */
export function unitFigure(section: Section, room: Room): Charted {
  return depthFigure(section, `${section.id}-units`, [depthQuantities.dead, depthQuantities.saturated], room, {
    title: 'Dead and saturated units',
    about:
      'By activation layer, over the test set. A rectifier is dead when it is 0 for every sample; an output of a sigmoid or tanh is saturated within one percent of an end of its range.',
  })
}

function curveFigure(
  section: Section,
  id: string,
  quantities: readonly CurveQuantity[],
  room: Room,
  text: Pick<Figure, 'title' | 'about'>,
): Charted {
  const charts = quantities.flatMap((quantity) => present(curveChart(section, quantity, room.positions)))
  const seeds =
    section.seeds.length > 1 ? [`Means over ${section.seeds.length} seeds; the bands span least to greatest.`] : []
  const views = charts.map((chart) => viewOf(section, chart, regular, id, seeds))
  return { figure: { id, ...text, views }, charts }
}

/** Loss over time. */
export function lossFigure(section: Section, room: Room): Charted {
  return curveFigure(section, `${section.id}-losses`, lossCurves, room, {
    title: 'Loss',
    about: "A step's loss is that of its batch before the update.",
  })
}

/** Accuracy over time. */
export function accuracyFigure(section: Section, room: Room): Charted {
  return curveFigure(section, `${section.id}-accuracies`, accuracyCurves, room, {
    title: 'Accuracy',
    about: 'Share of samples whose largest output is their label.',
  })
}

/** Distance between backends. */
export function distanceFigure(section: Section, room: Room): Charted {
  const id = `${section.id}-distances`
  const charts = distanceQuantities.flatMap((quantity) => present(distanceChart(section, quantity, room.positions)))
  const views = charts.map((chart) =>
    viewOf(
      section,
      chart,
      regular,
      id,
      (chart.stretch ?? 1) > 1 ? ['Of each stretch the greatest difference is shown.'] : [],
    ),
  )
  const about = `Relative difference to ${section.backends[0] ?? 'the first backend'}, step by step. Training amplifies rounding: a steady rise from 10\u207b\u2077 or so is no fault, a jump is. How much of it is noise, a check measures: isograd check --mode run.`
  return { figure: { id, title: 'Distance between backends', about, views }, charts }
}
