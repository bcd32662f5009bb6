/**
 * Charts over the layers of a network with a slider over the probed steps: gradient norms, update-to-weight ratios,
 * dead and saturated units. Probes that a page has no room for are left out, the first and the last never.
 */
import { extentOf } from './scale.js'
import { type Geometry, leading, regular, xRange, yRange } from './geometry.js'
import type { Axis, Line, LineChart, Reading } from './page-data.js'
import type { Run, Section } from './section.js'
import { pickEvenly } from './thin.js'

interface LayerReading {
  readonly name: string
  readonly value: Reading
}

/** One probe of a run; its numbers are read only where the page has room for them. */
interface Probe {
  readonly step: number
  readonly read: () => readonly LayerReading[]
}

/** What is charted. */
export interface DepthQuantity {
  readonly key: string
  readonly title: string
  readonly label: string
  readonly probes: (run: Run) => readonly Probe[]
  readonly framed: NonNullable<LineChart['framed']>
  /** The axis from what was measured. */
  readonly axis: Pick<Axis, 'scale' | 'style'>
  readonly geometry: Geometry
}

interface RecordedProbe<K extends string> {
  readonly step: number
  readonly layers: readonly ({ readonly name: string } & { readonly [P in K]?: number })[]
}

/** Probes of the layers that are wanted and have a number under a key. */
function probesOf<K extends string>(
  probes: readonly RecordedProbe<K>[],
  key: K,
  wanted: (layer: string) => boolean = () => true,
): Probe[] {
  return probes.map(({ step, layers }) => ({
    step,
    read: () =>
      layers.flatMap((layer) => {
        const value = layer[key]
        return value === undefined || !wanted(layer.name) ? [] : [{ name: layer.name, value }]
      }),
  }))
}

/** Depth is counted in dense layers: parameters of others, as a normalisation's, stand between them. */
function isDense({ record }: Run): (layer: string) => boolean {
  const dense = new Set(record.layers.flatMap(({ name, kind }) => (kind === 'dense' ? [name] : [])))
  return (layer) => dense.has(layer)
}

function gradientProbes(parameter: 'weight' | 'bias') {
  return (run: Run): Probe[] => probesOf(run.record.gradientNorms, parameter, isDense(run))
}

function otherProbes(run: Run): Probe[] {
  const dense = isDense(run)
  return probesOf(run.record.gradientNorms, 'weight', (layer) => !dense(layer))
}

function unitProbes(share: 'dead' | 'saturated') {
  return ({ record }: Run): Probe[] => probesOf(record.units, share)
}

function updateProbes(run: Run): Probe[] {
  return probesOf(run.record.updateRatios ?? [], 'weight', isDense(run))
}

const logarithmic = { scale: 'log', style: 'scientific' } as const
const fraction = { scale: 'linear', style: 'percent' } as const

/** Everything that is charted over depth. */
export const depthQuantities = {
  weight: {
    key: 'weight',
    title: 'Gradient norm of the weights',
    label: 'gradient norm',
    probes: gradientProbes('weight'),
    framed: 'step',
    axis: logarithmic,
    geometry: leading,
  },
  bias: {
    key: 'bias',
    title: 'Gradient norm of the biases',
    label: 'gradient norm',
    probes: gradientProbes('bias'),
    framed: 'step',
    axis: logarithmic,
    geometry: leading,
  },
  other: {
    key: 'other',
    title: 'Gradient norm of other layers',
    label: 'gradient norm',
    probes: otherProbes,
    framed: 'step',
    axis: logarithmic,
    geometry: leading,
  },
  update: {
    key: 'update',
    title: 'Update-to-weight ratio',
    label: 'update / weight',
    probes: updateProbes,
    framed: 'step',
    axis: logarithmic,
    geometry: leading,
  },
  dead: {
    key: 'dead',
    title: 'Dead units',
    label: 'dead units',
    probes: unitProbes('dead'),
    framed: 'trained',
    axis: fraction,
    geometry: regular,
  },
  saturated: {
    key: 'saturated',
    title: 'Saturated outputs',
    label: 'saturated outputs',
    probes: unitProbes('saturated'),
    framed: 'trained',
    axis: fraction,
    geometry: regular,
  },
} as const satisfies Readonly<Record<string, DepthQuantity>>

/** Lists of layer names that occur, each once. */
class LayerNames {
  readonly lists: string[][] = []

  indexOf(names: readonly string[]): number {
    const known = this.lists.findIndex((list) => list.length === names.length && list.every((n, i) => n === names[i]))
    return known >= 0 ? known : this.lists.push([...names]) - 1
  }
}

/** The layers of some probes: those of the first, unless a record is damaged. */
function layersOf(probes: readonly (readonly LayerReading[])[]): string[] {
  return [...new Set(probes.flatMap((layers) => layers.map(({ name }) => name)))]
}

function lineOf(run: Run, probes: readonly Probe[], steps: readonly number[], names: LayerNames): Line {
  const bySteps = new Map(probes.map((probe) => [probe.step, probe]))
  const readings = steps.map((step) => bySteps.get(step)?.read() ?? [])
  const layers = layersOf(readings)
  const frames = readings.map((reading) => {
    if (reading.length === 0) return []
    const values = new Map(reading.map(({ name, value }) => [name, value]))
    return layers.map((name) => values.get(name) ?? null)
  })
  return { series: run.series, seed: run.seed, x: names.indexOf(layers), frames }
}

/** Whole powers of ten around what was measured, at least three of them, with one more below where zeros must go. */
function logDomain(values: readonly Reading[]): [number, number] {
  const [low, high] = extentOf(values, 'log') ?? [-3, 0]
  const top = Math.ceil(high + 0.02)
  const room = values.includes(0) ? 1 : 0
  return [Math.min(Math.floor(low - 0.02), top - 3) - room, top]
}

/** From nothing to a round share above the greatest. */
function shareDomain(values: readonly Reading[]): [number, number] {
  const [, high] = extentOf(values, 'linear') ?? [0, 1]
  return [0, [0.05, 0.1, 0.25, 0.5].find((limit) => high <= limit) ?? 1]
}

/** Whether probes have numbers: the first or the last tells. */
function isPresent(probes: readonly Probe[]): boolean {
  return [probes[0], probes.at(-1)].some((probe) => (probe?.read().length ?? 0) > 0)
}

/** How many probes of these runs a page has room for. */
function mostFrames(probes: readonly (readonly Probe[])[], room: number): number {
  const layers = probes.reduce((sum, [first]) => sum + (first?.read().length ?? 0), 0)
  return Math.max(2, Math.min(60, Math.floor(room / Math.max(1, layers))))
}

/** The chart of a quantity, of at most about `room` numbers; undefined when no run has it. */
export function depthChart(section: Section, quantity: DepthQuantity, room: number): LineChart | undefined {
  const runs = section.runs.map((run) => ({ run, probes: quantity.probes(run) }))
  const withAny = runs.filter(({ probes }) => isPresent(probes))
  if (withAny.length === 0) return undefined
  const all = [...new Set(withAny.flatMap(({ probes }) => probes.map(({ step }) => step)))].toSorted((a, b) => a - b)
  const most = mostFrames(
    withAny.map(({ probes }) => probes),
    room,
  )
  const steps = pickEvenly(all, most)
  const names = new LayerNames()
  const lines = withAny.map(({ run, probes }) => lineOf(run, probes, steps, names))
  const values = lines.flatMap(({ frames }) => frames.flat())
  const depth = Math.max(1, ...names.lists.map(({ length }) => length))
  const { geometry, axis } = quantity
  return {
    kind: 'lines',
    id: `${section.id}-${quantity.key}`,
    title: quantity.title,
    x: {
      label: 'layer, first to last',
      scale: 'linear',
      style: 'count',
      domain: depth === 1 ? [0.5, 1.5] : [1, depth],
      range: xRange(geometry),
    },
    y: {
      label: quantity.label,
      ...axis,
      domain: axis.scale === 'log' ? logDomain(values) : shareDomain(values),
      range: yRange(geometry),
    },
    xs: names.lists.map((list) => list.map((_, i) => i + 1)),
    names: names.lists,
    steps,
    framed: quantity.framed,
    probes: all.length,
    lines,
    ...(quantity.key === 'weight' ? { judged: names.lists.map((list) => [...list.keys()]) } : {}),
  }
}
