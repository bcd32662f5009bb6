/**
 * Charts over time: loss and accuracy by step and by epoch. Runs of one arm on one backend with several seeds make one
 * line, their mean, with the spread as a band. Steps are averaged over stretches where there are too many to draw.
 */
import type { RunRecord } from '@isograd/core'
import { extentOf } from './scale.js'
import { regular, xRange, yRange } from './geometry.js'
import type { Axis, Line, LineChart, NumberStyle, Reading } from './page-data.js'
import type { Run, Section } from './section.js'
import { mean, thinSteps } from './thin.js'

/** The numbers of one run over time. */
interface Curve {
  readonly x: readonly number[]
  readonly y: readonly Reading[]
  /** Steps that each number stands for. */
  readonly stretch: number
}

/** What is charted over time. */
export interface CurveQuantity {
  readonly key: string
  readonly title: string
  readonly style: NumberStyle
  readonly over: 'step' | 'epoch'
  readonly curve: (record: RunRecord, most: number) => Curve
}

type EpochField = 'trainLoss' | 'testLoss' | 'testAccuracy' | 'validationLoss' | 'validationAccuracy'

function byEpoch(field: EpochField) {
  return ({ epochs }: RunRecord): Curve => {
    const present = epochs.flatMap((epoch, i) => {
      const value = epoch[field]
      return value === undefined ? [] : [{ number: i + 1, value }]
    })
    return { x: present.map(({ number }) => number), y: present.map(({ value }) => value), stretch: 1 }
  }
}

function byEvaluation(field: 'testLoss' | 'testAccuracy') {
  return ({ evaluations = [] }: RunRecord, most: number): Curve => {
    const every = Math.max(1, Math.ceil(evaluations.length / most))
    const kept = evaluations.filter((_, i) => i % every === 0 || i === evaluations.length - 1)
    return { x: kept.map(({ step }) => step), y: kept.map((each) => each[field]), stretch: 1 }
  }
}

/** Loss, by step first: that is where a run shows what it does. */
export const lossCurves: readonly CurveQuantity[] = [
  {
    key: 'loss',
    title: 'Training loss by step',
    style: 'loss',
    over: 'step',
    curve: ({ losses }, most) => thinSteps(losses, most),
  },
  { key: 'test-loss', title: 'Test loss by epoch', style: 'loss', over: 'epoch', curve: byEpoch('testLoss') },
  { key: 'train-loss', title: 'Training loss by epoch', style: 'loss', over: 'epoch', curve: byEpoch('trainLoss') },
  {
    key: 'validation-loss',
    title: 'Validation loss by epoch',
    style: 'loss',
    over: 'epoch',
    curve: byEpoch('validationLoss'),
  },
  { key: 'test-loss-within', title: 'Test loss by step', style: 'loss', over: 'step', curve: byEvaluation('testLoss') },
]

/** Accuracy, on the test set first: that is what is published. */
export const accuracyCurves: readonly CurveQuantity[] = [
  {
    key: 'test-accuracy',
    title: 'Test accuracy by epoch',
    style: 'percent',
    over: 'epoch',
    curve: byEpoch('testAccuracy'),
  },
  {
    key: 'test-accuracy-within',
    title: 'Test accuracy by step',
    style: 'percent',
    over: 'step',
    curve: byEvaluation('testAccuracy'),
  },
  {
    key: 'validation-accuracy',
    title: 'Validation accuracy by epoch',
    style: 'percent',
    over: 'epoch',
    curve: byEpoch('validationAccuracy'),
  },
  {
    key: 'batch-accuracy',
    title: 'Batch accuracy by step',
    style: 'percent',
    over: 'step',
    curve: ({ trainAccuracies = [] }, most) => thinSteps(trainAccuracies, most),
  },
]

/** The numbers of several seeds at each position, those that are there. */
function column(curves: readonly Curve[], i: number): number[] {
  return curves.flatMap(({ y }) => y[i] ?? [])
}

/** The mean over seeds, with the spread; one seed is its own mean. */
function lineOf(series: number, x: number, curves: readonly Curve[], length: number): Line {
  const columns = Array.from({ length }, (_, i) => column(curves, i))
  const middle = columns.map((values) => (values.length === 0 ? null : mean(values)))
  if (curves.length < 2) return { series, x, frames: [middle] }
  const low = columns.map((values) => (values.length === 0 ? null : Math.min(...values)))
  const high = columns.map((values) => (values.length === 0 ? null : Math.max(...values)))
  return { series, x, frames: [middle], spread: { low, high } }
}

/** Positions on x that occur, each once. */
class Positions {
  readonly lists: (readonly number[])[] = []

  indexOf(list: readonly number[]): number {
    const known = this.lists.findIndex((each) => each.length === list.length && each.every((x, i) => x === list[i]))
    return known >= 0 ? known : this.lists.push(list) - 1
  }
}

function linesOf(series: readonly (readonly Curve[])[], positions: Positions): Line[] {
  return series.flatMap((curves, i) => {
    const longest = curves.reduce<readonly number[]>((most, { x }) => (x.length > most.length ? x : most), [])
    return longest.length === 0 ? [] : [lineOf(i, positions.indexOf(longest), curves, longest.length)]
  })
}

/** A logarithmic axis where numbers span more than a linear one could show. */
function lossAxis(values: readonly Reading[]): Pick<Axis, 'scale' | 'domain'> {
  const [low, high] = extentOf(values, 'linear') ?? [0, 1]
  if (low > 0 && high / low > 30) {
    const [from, to] = [Math.log10(low), Math.log10(high)]
    return { scale: 'log', domain: [from - 0.03 * (to - from), to + 0.03 * (to - from)] }
  }
  const room = 0.04 * (high - low || Math.abs(high) || 1)
  return { scale: 'linear', domain: [low >= 0 ? Math.max(0, low - room) : low - room, high + room] }
}

/** Down to a tenth that is below all, up to 1. */
function shareAxis(values: readonly Reading[]): Pick<Axis, 'scale' | 'domain'> {
  const [low, high] = extentOf(values, 'linear') ?? [0, 1]
  const from = low > 0.9 ? Math.floor(low * 50) / 50 : Math.floor(low * 10) / 10
  return { scale: 'linear', domain: [from, Math.max(Math.min(1, Math.ceil(high * 10 + 0.2) / 10), from + 0.1)] }
}

function xDomain(lists: readonly (readonly number[])[]): [number, number] {
  const [low, high] = extentOf(lists.flat(), 'linear') ?? [0, 1]
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

function curvesOf(section: Section, quantity: CurveQuantity, most: number): Curve[][] {
  const of = (at: number): Run[] => section.runs.filter(({ series }) => series === at)
  return section.series.map((_, i) => of(i).map(({ record }) => quantity.curve(record, most)))
}

/** The chart of a quantity with lines of at most `most` positions; undefined when no run has it. */
export function curveChart(section: Section, quantity: CurveQuantity, most: number): LineChart | undefined {
  const { key, title, style, over } = quantity
  const series = curvesOf(section, quantity, most)
  const positions = new Positions()
  const lines = linesOf(series, positions)
  if (lines.length === 0) return undefined
  const values = lines.flatMap(({ frames, spread }) => [
    ...frames.flat(),
    ...(spread?.low ?? []),
    ...(spread?.high ?? []),
  ])
  const axis = style === 'percent' ? shareAxis(values) : lossAxis(values)
  return {
    kind: 'lines',
    id: `${section.id}-${key}`,
    title,
    x: { label: over, scale: 'linear', style: 'count', domain: xDomain(positions.lists), range: xRange(regular) },
    y: { label: style === 'percent' ? 'accuracy' : 'loss', ...axis, style, range: yRange(regular) },
    xs: positions.lists,
    steps: [],
    stretch: Math.max(...series.flat().map(({ stretch }) => stretch)),
    lines,
  }
}
