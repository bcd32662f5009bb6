/**
 * A sweep in the page: where it stands, the best combinations with their standard errors, maps over pairs of settings, parallel
 * coordinates, losses of the best, rungs, and what the backends share. Of many combinations a part is shown, and the page
 * says so.
 */
import { regular } from '../charts/geometry.js'
import { lineChart, Lists } from '../charts/line-chart.js'
import { lossAxis } from '../charts/curve-charts.js'
import { seriesName } from '../charts/series-names.js'
import type { LineChart, ParallelChart, SectionData, SeriesNames } from '../charts/page-data.js'
import { dimensionsOf, resultNames } from '../charts/sweep/dimensions.js'
import { type PairContext, pairMaps } from '../charts/sweep/pair-charts.js'
import { MOST_NARROW } from '../charts/sweep/parallel-size.js'
import { parallelChart } from '../charts/sweep/parallel-chart.js'
import { pickEvenly } from '../charts/thin.js'
import { unique } from '../documents/fields.js'
import { onTable } from '../documents/run-view/measures.js'
import { counted, shortText, sixDigits } from '../documents/readings.js'
import type { SweepResult, SweepSource } from '../documents/sweep-source.js'
import { html, type Markup, nameMarkup } from '../markup.js'
import { figureKey } from './colour-key.js'
import { type Figure, figureMarkup, type View } from './figure.js'
import { toggles } from './experiment-section.js'
import { backendsCard, bestCard, progressCard, stateText, unfinishedCard } from './sweep-cards.js'

/** Positions of a curve. */
const MOST_POSITIONS = 160

/** A sweep as it stands in the page: its parts have data of their own, since they are of other series. */
export interface RenderedSweep {
  readonly markup: Markup
  readonly data: readonly SectionData[]
}

interface Part extends RenderedSweep {
  /** Cards that share a row with others. */
  readonly narrow: number
}

/** The id of a sweep's section. */
export function sweepId(index: number): string {
  return `sweep${index + 1}`
}

/** The figure that judges, with its table: `validation loss`. */
function judgedLabel([first]: readonly SweepResult[]): string {
  return first === undefined ? 'figure' : onTable(first.judgedOn, first.judgedBy)
}

function namesOf(arms: readonly string[], backends: readonly string[], pairs: readonly (readonly [string, string])[]) {
  const series = pairs.map(([arm, backend]) => ({ arm: arms.indexOf(arm), backend: backends.indexOf(backend) }))
  return { arms, backends, series, seeds: [0], colours: arms.map((_, i) => i) }
}

/** Arms and backends of results, and the series of each. */
function placedOf(results: readonly SweepResult[]): { readonly names: SeriesNames; readonly seriesOf: number[] } {
  const keys = results.map(({ arm, backend }) => JSON.stringify([arm, backend]))
  const all = unique(keys)
  const pairs = all.map((key) => JSON.parse(key) as [string, string])
  const [arms, backends] = [0, 1].map((at) => unique(pairs.map((pair) => String(pair[at])))) as [string[], string[]]
  const places = new Map(all.map((key, i) => [key, i]))
  return { names: namesOf(arms, backends, pairs), seriesOf: keys.map((key) => Number(places.get(key))) }
}

function mapsFigure(context: PairContext): Figure {
  const { maps, left } = pairMaps(context)
  const others = left.length === 0 ? [] : [`In no map, for want of room: ${left.join(', ')}.`]
  const views = maps.map((chart): View => {
    const ends = chart.domain.map((end) => (chart.scale === 'log' ? 10 ** end : end))
    const hasDiverged = chart.lines.some(({ cells }) => cells.some(([, , mean]) => Number.isNaN(mean)))
    const [low, high] = ends.map((end) => shortText('ratio', end)) as [string, string]
    return { chart, notes: others, key: figureKey(low, high, hasDiverged) }
  })
  const about = `Mean ${context.label} of the combinations in each cell, over all other settings; what diverged is in no mean. ${context.better === 'larger' ? 'Larger' : 'Smaller'} is better.`
  return {
    id: `${context.id}-pairs`,
    title: 'Pairs of settings',
    about,
    views,
    wide: maps.some(({ panels }) => panels.length > 1),
  }
}

function parallelFigure(context: PairContext): Figure {
  const chart = parallelChart(context)
  const { better, label } = context
  const about = `A line for each combination, from axis to axis; the best stand out. On the last axis, ${label}, ${better === 'larger' ? 'up is better' : 'down is better'}.`
  const views = chart === undefined ? [] : [{ chart, notes: thinnedNotes(chart) }]
  const isWide = chart !== undefined && chart.axes.length > MOST_NARROW
  return { id: `${context.id}-parallel-figure`, title: 'All settings', about, views, wide: isWide }
}

function thinnedNotes({ lines, all }: ParallelChart): string[] {
  if (lines.length === all) return []
  return [
    `Thinned: ${counted(lines.length, 'line')} of ${all.toLocaleString('en-US')}, the best and others evenly by place.`,
  ]
}

/** Losses of the best combinations, one a line. */
function lossChart(id: string, best: readonly SweepResult[]): LineChart | undefined {
  const lists = new Lists<number>()
  const lines = best.flatMap(({ losses = [] }, series) => {
    const kept = pickEvenly([...losses.keys()], MOST_POSITIONS)
    const frame = kept.map((at) => sixDigits(Number(losses[at])))
    return kept.length === 0 ? [] : [{ series, x: lists.indexOf(kept.map((at) => at + 1)), frames: [frame] }]
  })
  if (lines.length === 0) return undefined
  const y = {
    label: 'training loss',
    style: 'decimal',
    ...lossAxis(lines.flatMap(({ frames }) => frames.flat())),
  } as const
  const title = 'Training loss by epoch'
  return lineChart({ id: `${id}-losses`, title, geometry: regular, xLabel: 'epoch', y, xs: lists.all, lines })
}

function lossFigure(id: string, best: readonly SweepResult[]): Figure {
  const chart = lossChart(id, best)
  const views = chart === undefined ? [] : [{ chart, notes: [] }]
  const about = 'Mean loss of the batches of each epoch, of the best combinations; means over their seeds.'
  return { id: `${id}-losses-figure`, title: 'Losses of the best', about, views }
}

const rungLines = [
  ['best', 'best'],
  ['last that went on', 'kept'],
  ['median', 'median'],
] as const

function rungChart({ rungs }: SweepSource, id: string, label: string): LineChart | undefined {
  const begun = rungs.filter(({ trained }) => trained > 0)
  if (begun.length === 0) return undefined
  const frames = rungLines.map(([, key]) => begun.map((rung) => rung[key] ?? null))
  const y = { label, style: 'decimal', ...lossAxis(frames.flat()) } as const
  const lines = frames.map((frame, series) => ({ series, x: 0, frames: [frame] }))
  return lineChart({
    id: `${id}-rungs`,
    title: `${label} by epochs of a rung`,
    geometry: regular,
    xLabel: 'epochs',
    y,
    xs: [begun.map(({ epochs }) => epochs)],
    lines,
  })
}

function rungFigure(sweep: SweepSource, id: string, label: string): Figure {
  const chart = rungChart(sweep, id, label)
  const told = sweep.rungs.map(
    ({ combinations, epochs, trained }) =>
      `${counted(combinations, 'combination')} for ${counted(epochs, 'epoch')}${trained < combinations ? `, of which ${trained} have results` : ''}`,
  )
  const about = `Rungs of successive halving: ${told.join('; ')}. Each combination counts with its mean over seeds and backends.`
  const views = chart === undefined ? [] : [{ chart, notes: [] }]
  return { id: `${id}-rungs-figure`, title: 'Rungs', about, views }
}

/** A part of a section: figures of one set of series, under an id of its own. @param beside the key of its lines. */
function partOf(names: SeriesNames, id: string, preset: string, figures: readonly Figure[], beside?: Markup): Part {
  const present = figures.filter(({ views }) => views.length > 0)
  if (present.length === 0) return { markup: html``, data: [], narrow: 0 }
  const charts = present.flatMap(({ views }) => views.map(({ chart }) => chart))
  const data: SectionData = { ...names, id, preset, charts, compared: [] }
  const inside = present.map((figure) => figureMarkup(data, figure, beside))
  return {
    markup: html`<div class="sweep-part" id="${id}">${inside}</div>`,
    data: [data],
    narrow: present.filter(({ wide }) => wide !== true).length,
  }
}

/** A part whose lines are each of a name of its own. */
function linesPart(id: string, preset: string, title: string, names: SeriesNames, figure: Figure): Part {
  const told = names.arms.map((arm, series) => (names.backends.length > 1 ? seriesName(names, { series }) : arm))
  const key = toggles('arm', title, told, (i) => `a${i}`)
  return partOf(names, id, preset, [figure], key)
}

/** A sweep as a section. */
export function renderSweep(sweep: SweepSource, index: number): RenderedSweep {
  const id = sweepId(index)
  const { experiment, results } = sweep
  const label = judgedLabel(results)
  const { names, seriesOf } = placedOf(results)
  const dimensions = dimensionsOf(results)
  const better = results[0]?.better === 'larger' ? 'larger' : 'smaller'
  const context = { id, names, results, seriesOf, dimensions, label, better }
  const best = results.filter(({ losses }) => losses !== undefined)
  const told = resultNames(results, dimensions)
  const bestNames = best.map((result, i) => `${i + 1}: ${told[results.indexOf(result)]}`)
  const everywhere = names.backends.join(' and ')
  const lineNames = namesOf(
    bestNames,
    names.backends,
    best.map(({ backend }, i) => [String(bestNames[i]), backend]),
  )
  const ofRungs = rungLines.map(([name]) => name)
  const rungNames = namesOf(
    ofRungs,
    [everywhere],
    ofRungs.map((name) => [name, everywhere]),
  )
  const parts = [
    partOf(names, `${id}-maps`, experiment, [mapsFigure(context), parallelFigure(context)]),
    linesPart(`${id}-losses-part`, experiment, 'Combinations', lineNames, lossFigure(id, best)),
    linesPart(`${id}-rungs-part`, experiment, 'Lines', rungNames, rungFigure(sweep, id, label)),
  ]
  const narrow = parts.reduce((sum, part) => sum + part.narrow, 0)
  const markup = html`<section class="experiment one-backend" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">Sweep of ${nameMarkup(experiment)}</h2>
    <p class="lede">${stateText(sweep)}${results.length > 0 && ` Judged by ${label}: ${better} is better.`}</p>
    <div class="cards${narrow % 3 === 1 || narrow === 2 ? ' by-two' : ''}">
      ${bestCard(sweep, id, { label, dimensions })} ${parts.map((part) => part.markup)} ${backendsCard(sweep, id)}
      ${unfinishedCard(sweep, id)} ${progressCard(sweep, id)}
    </div>
  </section>`
  return { markup, data: parts.flatMap(({ data }) => data) }
}
