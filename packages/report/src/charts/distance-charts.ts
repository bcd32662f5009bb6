/**
 * How far each backend is from the first one of its arm and seed, step by step: the relative difference of losses, and
 * the largest one of the gradient norms at each probe. Where a stretch of steps makes one position, the greatest counts.
 */
import { relativeDifference, type RunRecord } from '@isograd/core'
import { regular, xRange, yRange } from './geometry.js'
import type { Line, LineChart, Reading } from './page-data.js'
import { extentOf } from './scale.js'
import type { Run, Section } from './section.js'
import { greatest, sixDigits, thinSteps } from './thin.js'

/** A run with the one it is held against. */
export interface Pair {
  readonly run: Run
  readonly against: Run
}

/** Every run against the first backend's of the same arm, seed and precision. */
export function pairsOf({ runs }: Section): Pair[] {
  return runs.flatMap((run) => {
    const against = runs.find(
      ({ record, arm, seed }) => arm === run.arm && seed === run.seed && record.precision === run.record.precision,
    )
    return against === undefined || against === run ? [] : [{ run, against }]
  })
}

interface Distance {
  readonly x: readonly number[]
  readonly y: readonly Reading[]
  readonly stretch: number
}

function lossDistance(a: RunRecord, b: RunRecord, most: number): Distance {
  const length = Math.min(a.losses.length, b.losses.length)
  const each = Array.from({ length }, (_, i) =>
    sixDigits(relativeDifference(a.losses[i] ?? Number.NaN, b.losses[i] ?? Number.NaN)),
  )
  return thinSteps(each, most, greatest)
}

function gradientDistance(a: RunRecord, b: RunRecord): Distance {
  const others = new Map(b.gradientNorms.map((probe) => [probe.step, probe]))
  const shared = a.gradientNorms.filter(({ step }) => others.has(step))
  const worst = shared.map(({ step, layers }) => {
    const other = others.get(step)?.layers ?? []
    return greatest(layers.map(({ weight }, i) => relativeDifference(weight, other[i]?.weight ?? Number.NaN)))
  })
  return { x: shared.map(({ step }) => step + 1), y: worst.map(sixDigits), stretch: 1 }
}

/** What is charted. */
export interface DistanceQuantity {
  readonly key: string
  readonly title: string
  readonly of: (a: RunRecord, b: RunRecord, most: number) => Distance
}

/** Losses first: every step has one. */
export const distanceQuantities: readonly DistanceQuantity[] = [
  { key: 'loss-distance', title: 'Difference of the losses by step', of: lossDistance },
  { key: 'gradient-distance', title: 'Difference of the gradient norms by step', of: gradientDistance },
]

/** Powers of ten around what was measured; zeros, which are equal numbers, lie on the lower edge. */
function domainOf(values: readonly Reading[]): [number, number] {
  const [low, high] = extentOf(values, 'log') ?? [-8, -4]
  const from = Math.floor(low - 0.02) - (values.includes(0) ? 1 : 0)
  return [from, Math.max(Math.ceil(high + 0.02), from + 3)]
}

/** The chart; undefined when there is but one backend. */
export function distanceChart(section: Section, quantity: DistanceQuantity, most: number): LineChart | undefined {
  const distances = pairsOf(section).map(({ run, against }) => ({
    run,
    distance: quantity.of(against.record, run.record, most),
  }))
  const present = distances.filter(({ distance }) => distance.x.length > 0)
  if (present.length === 0) return undefined
  const lines = present.map(({ run, distance }, i): Line => ({
    series: run.series,
    seed: run.seed,
    x: i,
    frames: [distance.y],
  }))
  const [first = 1, last = 1] =
    extentOf(
      present.flatMap(({ distance }) => distance.x),
      'linear',
    ) ?? []
  return {
    kind: 'lines',
    id: `${section.id}-${quantity.key}`,
    title: quantity.title,
    x: {
      label: 'step',
      scale: 'linear',
      style: 'count',
      domain: first === last ? [first - 0.5, last + 0.5] : [first, last],
      range: xRange(regular),
    },
    y: {
      label: 'relative difference',
      scale: 'log',
      style: 'scientific',
      domain: domainOf(lines.flatMap(({ frames }) => frames.flat())),
      range: yRange(regular),
    },
    xs: present.map(({ distance }) => distance.x),
    steps: [],
    stretch: Math.max(...present.map(({ distance }) => distance.stretch)),
    lines,
  }
}
