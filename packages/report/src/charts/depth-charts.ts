/**
 * Charts over the layers of a network with a slider over the probed steps. Probes that a page has no room for are left
 * out, the first and the last never.
 */
import type { RunRecord } from '@isograd/core'
import { unique } from '../documents/fields.js'
import type { Reading } from '../documents/readings.js'
import type { DepthQuantity, LayerReading, Probe } from '../documents/run-view/layers.js'
import type { Geometry } from './geometry.js'
import { decadesAround, lineChart, Lists, logarithmic } from './line-chart.js'
import type { Axis, HeatMap, LineChart, ProbedLine, SeriesNames } from './page-data.js'
import { firstPanels } from './panel-lines.js'
import { extentOf } from './scale.js'
import type { Run, Section } from './section.js'
import { pickEvenly } from './thin.js'

function lineOf<T>({ series, seed }: Run, probes: readonly Probe<T>[], steps: readonly number[], lists: Lists<string>) {
  const byStep = new Map(probes.map((probe) => [probe.step, probe]))
  const readings = steps.map((step) => byStep.get(step)?.read() ?? [])
  const layers = unique(readings.flatMap((reading) => reading.map(({ name }) => name)))
  const frames = readings.map((reading) => {
    if (reading.length === 0) return []
    const values = new Map(reading.map(({ name, value }) => [name, value]))
    return layers.map((name) => values.get(name) ?? null)
  })
  return { series, seed, x: lists.indexOf(layers), frames }
}

/**
 * The quantities that the runs of a section were probed for, at as many steps as `mostOf` says of the first probes;
 * undefined when no run was.
 */
export function probedLines<T>(
  { runs }: Section,
  probesOf: (record: RunRecord) => readonly Probe<T>[],
  mostOf: (first: readonly LayerReading<T>[]) => number,
) {
  const present = runs.flatMap((run) => {
    const [first, ...rest] = probesOf(run.record)
    return first === undefined ? [] : [{ run, first, probes: [first, ...rest] }]
  })
  if (present.length === 0) return undefined
  const all = unique(present.flatMap(({ probes }) => probes.map(({ step }) => step))).toSorted((a, b) => a - b)
  const steps = pickEvenly(all, Math.max(2, mostOf(present.flatMap(({ first }) => first.read()))))
  const lists = new Lists<string>()
  const lines: ProbedLine<T>[] = present.map(({ run, probes }) => lineOf(run, probes, steps, lists))
  return { lines, names: lists.all, steps, probes: all.length }
}

/** At least three powers of ten; shares from nothing to a round one above the greatest. */
function axisOf(style: DepthQuantity['style'], values: readonly Reading[]): Omit<Axis, 'label' | 'range'> {
  if (style === 'scientific') {
    const [low, top] = decadesAround(values, [-3, 0])
    return { ...logarithmic, domain: [Math.min(low, top - 3 - (values.includes(0) ? 1 : 0)), top] }
  }
  const [, high] = extentOf(values, 'linear') ?? [0, 1]
  return { scale: 'linear', style, domain: [0, [0.05, 0.1, 0.25, 0.5].find((limit) => high <= limit) ?? 1] }
}

/** The chart of a quantity, of at most about `room` numbers; undefined when no run has it. */
export function depthChart(
  section: Section,
  { key, title, label, style, framed, over = 'layer, first to last', judged = false, probes }: DepthQuantity,
  geometry: Geometry,
  room: number,
): LineChart | undefined {
  const probed = probedLines(section, probes, (first) => Math.min(60, Math.floor(room / Math.max(1, first.length))))
  if (probed === undefined) return undefined
  const values = probed.lines.flatMap(({ frames }) => frames.flat())
  return lineChart({
    ...probed,
    id: `${section.id}-${key}`,
    title,
    geometry,
    xLabel: over,
    y: { label, ...axisOf(style, values) },
    xs: probed.names.map((list) => list.map((_, i) => i + 1)),
    framed,
    judged,
  })
}

/** The map of a chart's frames; undefined when there are too few to make one. */
export function heatMapOf(section: SeriesNames, chart: LineChart, title: string): HeatMap | undefined {
  if (chart.steps.length < 3) return undefined
  const panels = firstPanels(section, chart.lines)
  return { kind: 'heat', id: `${chart.id}-map`, title, source: chart.id, panels }
}
