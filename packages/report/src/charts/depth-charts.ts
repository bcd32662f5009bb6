/**
 * Charts over the layers of a network with a slider over the probed steps. Probes that a page has no room for are left
 * out, the first and the last never.
 */
import type { Reading } from '../documents/readings.js'
import type { DepthQuantity, Probe } from '../documents/run-view/layers.js'
import type { Geometry } from './geometry.js'
import { decadesAround, lineChart, Lists, logarithmic } from './line-chart.js'
import type { Axis, HeatMap, Line, LineChart, SeriesNames } from './page-data.js'
import { firstPanels } from './panel-lines.js'
import { extentOf } from './scale.js'
import type { Run, Section } from './section.js'
import { pickEvenly } from './thin.js'

function lineOf({ series, seed }: Run, probes: readonly Probe[], steps: readonly number[], lists: Lists<string>): Line {
  const byStep = new Map(probes.map((probe) => [probe.step, probe]))
  const readings = steps.map((step) => byStep.get(step)?.read() ?? [])
  const layers = [...new Set(readings.flatMap((reading) => reading.map(({ name }) => name)))]
  const frames = readings.map((reading) => {
    if (reading.length === 0) return []
    const values = new Map(reading.map(({ name, value }) => [name, value]))
    return layers.map((name) => values.get(name) ?? null)
  })
  return { series, seed, x: lists.indexOf(layers), frames }
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

/** True of probes that have numbers: the first or the last tells. */
function hasReadings(probes: readonly Probe[]): boolean {
  return [probes[0], probes.at(-1)].some((probe) => probe !== undefined && probe.read().length > 0)
}

/** The number of probes of these runs that a page has room for. */
function mostFrames(probes: readonly (readonly Probe[])[], room: number): number {
  const layers = probes.reduce((sum, [first]) => sum + (first === undefined ? 0 : first.read().length), 0)
  return Math.max(2, Math.min(60, Math.floor(room / Math.max(1, layers))))
}

/** The chart of a quantity, of at most about `room` numbers; undefined when no run has it. */
export function depthChart(
  section: Section,
  quantity: DepthQuantity,
  geometry: Geometry,
  room: number,
): LineChart | undefined {
  const { key, title, label, style, framed, judged = false } = quantity
  const runs = section.runs.map((run) => ({ run, probes: quantity.probes(run.record) }))
  const present = runs.filter(({ probes }) => hasReadings(probes))
  if (present.length === 0) return undefined
  const all = [...new Set(present.flatMap(({ probes }) => probes.map(({ step }) => step)))].toSorted((a, b) => a - b)
  const probes = present.map((each) => each.probes)
  const steps = pickEvenly(all, mostFrames(probes, room))
  const lists = new Lists<string>()
  const lines = present.map((each) => lineOf(each.run, each.probes, steps, lists))
  return lineChart({
    id: `${section.id}-${key}`,
    title,
    geometry,
    xLabel: 'layer, first to last',
    y: {
      label,
      ...axisOf(
        style,
        lines.flatMap(({ frames }) => frames.flat()),
      ),
    },
    xs: lists.all.map((list) => list.map((_, i) => i + 1)),
    names: lists.all,
    steps,
    framed,
    probes: all.length,
    lines,
    judged,
  })
}

/** The map of a chart's frames; undefined when there are too few to make one. */
export function heatMapOf(section: SeriesNames, chart: LineChart, title: string): HeatMap | undefined {
  if (chart.steps.length < 3) return undefined
  const { domain, style } = chart.y
  const panels = firstPanels(section, chart.lines)
  return { kind: 'heat', id: `${chart.id}-map`, title, source: chart.id, domain, style, panels }
}
