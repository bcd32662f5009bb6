/** Predictions against targets, and residuals against predictions, of each number that is predicted. */
import { counted, sixDigits } from '../../documents/readings.js'
import { regular } from '../geometry.js'
import type { Axis, Reference, RunPoints, ScatterChart } from '../page-data.js'
import { firstPanels } from '../panel-lines.js'
import { extentOf } from '../scale.js'
import { pickEvenly } from '../thin.js'
import type { DetailCharts, DetailContext, DetailView } from './detail.js'

/** Fewest points of a run, however many runs there are. */
const LEAST = 50

type Context = DetailContext<'points'>
type Domain = readonly [number, number]

/** A run's points of one output. */
interface Pairs {
  readonly series: number
  readonly seed: number
  readonly samples: number
  readonly target: readonly number[]
  readonly output: readonly number[]
}

function pairsOf({ runs }: Context, number: number, most: number): Pairs[] {
  return runs.flatMap(({ series, seed, detail: { samples, outputs } }) => {
    const own = outputs[number]
    if (own === undefined) return []
    const kept = pickEvenly([...own.target.keys()], most)
    const some = (values: readonly number[]): number[] => kept.map((at) => sixDigits(Number(values[at])))
    return [{ series, seed, samples, target: some(own.target), output: some(own.output) }]
  })
}

function domainOf(values: readonly number[]): Domain {
  const [low, high] = extentOf(values, 'linear') ?? [0, 1]
  const room = 0.04 * (high - low || Math.abs(high) || 1)
  return [low - room, high + room]
}

function axis(label: string, domain: Domain, side: 'x' | 'y'): Axis {
  const { left, width, right, top, height, bottom } = regular
  const range = side === 'x' ? ([left, width - right] as const) : ([height - bottom, top] as const)
  return { label, scale: 'linear', domain, range, style: 'ratio' }
}

/** The particulars of a chart of pairs. */
interface Parts {
  readonly id: string
  readonly title: string
  readonly labels: readonly [x: string, y: string]
  readonly lines: readonly RunPoints[]
  readonly domains: readonly [x: Domain, y: Domain]
  readonly reference: Reference
}

function scatter(context: Context, { id, title, labels, lines, domains, reference }: Parts): ScatterChart {
  return {
    kind: 'scatter',
    id: `${context.id}-${id}`,
    title,
    geometry: regular,
    x: axis(labels[0], domains[0], 'x'),
    y: axis(labels[1], domains[1], 'y'),
    reference,
    lines,
    panels: firstPanels(context.section, lines),
  }
}

function notesOf(pairs: readonly Pairs[]): string[] {
  const [kept, samples] = [pairs.map(({ target }) => target.length), pairs.map((each) => each.samples)]
  const [most, all] = [Math.max(...kept), Math.max(...samples)]
  const odd = pairs.flatMap(({ output }) => output.filter((value) => !Number.isFinite(value))).length
  return [
    ...(most < all ? [`Thinned: ${most.toLocaleString('en-US')} of ${counted(all, 'sample')}, evenly spaced.`] : []),
    ...(odd > 0 ? [`${counted(odd, 'point')} not finite: left out of the drawing.`] : []),
  ]
}

function viewsOf(context: Context, pairs: readonly Pairs[], number: string): DetailView[] {
  const both = domainOf(pairs.flatMap(({ target, output }) => [...target, ...output]))
  const residuals = pairs.map(({ series, seed, target, output }) => {
    const ys = target.map((y, at) => sixDigits(y - Number(output[at])))
    return { series, seed, xs: output, ys }
  })
  const across = domainOf(pairs.flatMap(({ output }) => output))
  const notes = notesOf(pairs)
  const against = scatter(context, {
    id: `against${number}`,
    title: `Predicted against true${number}`,
    labels: ['true', 'predicted'],
    lines: pairs.map(({ series, seed, target, output }) => ({ series, seed, xs: target, ys: output })),
    domains: [both, both],
    reference: both.map((end) => [end, end] as const),
  })
  const left = scatter(context, {
    id: `residuals${number}`,
    title: `Residuals${number}`,
    labels: ['predicted', 'true - predicted'],
    lines: residuals,
    domains: [across, domainOf([0, ...residuals.flatMap(({ ys }) => ys)])],
    reference: across.map((end) => [end, 0] as const),
  })
  return [
    { chart: against, notes },
    { chart: left, notes },
  ]
}

/** Two charts for each output. */
export const pointsCharts: DetailCharts<'points'> = {
  title: 'Predictions',
  about: 'On the line lies what is told exactly. Residuals that bend or widen show what the model has not learned.',
  views: (context) => {
    const outputs = Math.max(0, ...context.runs.map(({ detail }) => detail.outputs.length))
    // Two charts of two numbers a point.
    const most = Math.max(LEAST, Math.floor(context.room / (4 * outputs * Math.max(1, context.runs.length))))
    return Array.from({ length: outputs }, (_, number) =>
      viewsOf(context, pairsOf(context, number, most), outputs > 1 ? ` ${number + 1}` : ''),
    ).flat()
  },
}
