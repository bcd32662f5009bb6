/**
 * The distance of each backend from the first one of its arm and seed, step by step: the relative difference of losses,
 * and the largest one of the gradient norms at each probe. Where a stretch of steps makes one position, the greatest
 * counts.
 */
import type { RunRecord } from '@isograd/core'
import { isOfOneTraining, relativeDifference } from '@isograd/core/compare'
import { sixDigits } from '../documents/readings.js'
import { gradientNorms, type Probe } from '../documents/run-view/layers.js'
import { stepLosses } from '../documents/run-view/measures.js'
import { regular } from './geometry.js'
import { decadesAround, lineChart, logarithmic } from './line-chart.js'
import type { LineChart } from './page-data.js'
import type { Run, Section } from './section.js'
import { greatest, type Thinned, thinSteps } from './thin.js'

/** The first backend's run of the same training. */
function referenceOf({ record }: Run, { runs }: Section): Run | undefined {
  return runs.find((each) => isOfOneTraining(each.record, record))
}

/** Relative differences of two lists, number by number as far as both go. */
function differencesOf(a: readonly number[], b: readonly number[]): number[] {
  return a.flatMap((value, i) => {
    const other = b[i]
    return other === undefined ? [] : [sixDigits(relativeDifference(value, other))]
  })
}

function lossDistance(a: RunRecord, b: RunRecord, most: number): Thinned {
  return thinSteps(differencesOf(stepLosses(a), stepLosses(b)), most, greatest)
}

function valuesOf({ read }: Probe): number[] {
  return read().map(({ value }) => value)
}

function gradientDistance(a: RunRecord, b: RunRecord): Thinned {
  const others = new Map(gradientNorms(b).map((probe) => [probe.step, probe]))
  const shared = gradientNorms(a).flatMap((probe) => {
    const other = others.get(probe.step)
    if (other === undefined) return []
    return [{ step: probe.step, worst: greatest(differencesOf(valuesOf(probe), valuesOf(other))) }]
  })
  return { x: shared.map(({ step }) => step + 1), y: shared.map(({ worst }) => worst), stretch: 1 }
}

/** A kind of distance between two runs. */
export interface DistanceQuantity {
  readonly key: string
  readonly title: string
  readonly of: (a: RunRecord, b: RunRecord, most: number) => Thinned
}

/** Losses first: every step has one. */
export const distanceQuantities: readonly DistanceQuantity[] = [
  { key: 'loss-distance', title: 'Difference of the losses by step', of: lossDistance },
  { key: 'gradient-distance', title: 'Difference of the gradient norms by step', of: gradientDistance },
]

/** The chart; undefined when there is but one backend or nothing was trained. */
export function distanceChart(section: Section, quantity: DistanceQuantity, most: number): LineChart | undefined {
  const distances = section.runs.flatMap((run) => {
    const reference = referenceOf(run, section)
    if (reference === undefined || reference === run || run.record.steps === 0) return []
    const distance = quantity.of(reference.record, run.record, most)
    return distance.x.length === 0 ? [] : [{ run, ...distance }]
  })
  if (distances.length === 0) return undefined
  // Equal numbers are zeros, which lie on the lower edge.
  const [from, to] = decadesAround(
    distances.flatMap(({ y }) => y),
    [-8, -4],
  )
  return lineChart({
    id: `${section.id}-${quantity.key}`,
    title: quantity.title,
    geometry: regular,
    xLabel: 'step',
    y: { label: 'relative difference', ...logarithmic, domain: [from, Math.max(to, from + 3)] },
    xs: distances.map(({ x }) => x),
    stretch: Math.max(...distances.map(({ stretch }) => stretch)),
    lines: distances.map(({ run: { series, seed }, y }, x) => ({ series, seed, x, frames: [y] })),
  })
}
