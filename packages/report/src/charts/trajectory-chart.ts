/**
 * Free trainings of a check as a chart: how far two backends are apart by step, and as a band all that is below the
 * noise floor, which is how far a backend is from itself when its first weights are off by a unit in the last place.
 */
import type { CheckSource } from '../documents/check-document.js'
import { unique } from './section.js'
import { leading, xRange, yRange } from './geometry.js'
import type { Line, LineChart, SectionData } from './page-data.js'
import { extentOf } from './scale.js'

/** `tfjs-wasm against onnx` */
export function pairName([first, second]: readonly [string, string]): string {
  return `${second} against ${first}`
}

/** A check without its charts: its arms, and as backends the pairs that were compared. */
export function checkData(check: CheckSource, id: string): SectionData {
  const runs = check.arms.flatMap((each, arm) => each.runs.map((run) => ({ arm, pair: pairName(run.backends) })))
  const backends = unique(runs.map(({ pair }) => pair))
  const arms = check.arms.map(({ arm }) => arm)
  const series = runs.map(({ arm, pair }) => ({ arm, backend: backends.indexOf(pair) }))
  const colours = arms.map((_, i) => i)
  return { id, preset: check.experiment, colours, arms, backends, seeds: [0], series, charts: [], compared: [] }
}

function linesOf({ arms }: CheckSource): Line[] {
  return arms
    .flatMap(({ runs }) => runs)
    .map(({ curve }, i) => ({
      series: i,
      x: i,
      frames: [curve.map(({ distance }) => distance)],
      spread: { high: curve.map(({ floor }) => floor) },
    }))
}

/** The chart; undefined when nothing was trained freely. */
export function trajectoryChart(check: CheckSource, id: string): LineChart | undefined {
  const lines = linesOf(check)
  const xs = check.arms.flatMap(({ runs }) => runs.map(({ curve }) => curve.map(({ step }) => step)))
  if (xs.every(({ length }) => length === 0)) return undefined
  const values = lines.flatMap(({ frames, spread }) => [...frames.flat(), ...(spread?.high ?? [])])
  const [low, high] = extentOf(values, 'log') ?? [-8, 0]
  const [first = 1, last = 2] = extentOf(xs.flat(), 'linear') ?? []
  return {
    kind: 'lines',
    id: `${id}-trajectories`,
    title: 'Distance of free trainings',
    x: {
      label: 'step',
      scale: 'linear',
      style: 'count',
      domain: [first, Math.max(last, first + 1)],
      range: xRange(leading),
    },
    y: {
      label: 'relative distance of all parameters',
      scale: 'log',
      style: 'scientific',
      domain: [Math.floor(low - 0.02), Math.ceil(high + 0.02)],
      range: yRange(leading),
    },
    xs,
    steps: [],
    spreadNames: { reading: 'distance', low: 'least', high: 'noise floor' },
    lines,
  }
}
