/**
 * Free trainings of a check as a chart: the distance of two backends by step, and as a band all that is below the noise
 * floor, which is the distance of a backend from itself when its first weights are off by a unit in the last place.
 */
import type { CheckSource } from '../documents/check-document.js'
import { leading } from './geometry.js'
import { decadesAround, lineChart, logarithmic } from './line-chart.js'
import type { LineChart, SectionData } from './page-data.js'
import { unique } from '../documents/fields.js'

/** `tfjs-wasm against onnx` */
export function pairName([first, second]: readonly [string, string]): string {
  return `${second} against ${first}`
}

/** The chart; undefined when nothing was trained freely. */
function trajectoryChart({ arms }: CheckSource, id: string): LineChart | undefined {
  const curves = arms.flatMap(({ runs }) => runs.map(({ curve }) => curve))
  if (curves.every(({ length }) => length === 0)) return undefined
  const values = curves.flat().flatMap(({ distance, floor }) => [distance, floor])
  return lineChart({
    id: `${id}-trajectories`,
    title: 'Distance of free trainings',
    geometry: leading,
    xLabel: 'step',
    y: {
      label: 'relative distance of all parameters',
      ...logarithmic,
      domain: decadesAround(
        values.filter((value) => value !== 0),
        [-8, 0],
      ),
    },
    xs: curves.map((curve) => curve.map(({ step }) => step)),
    spreadNames: { reading: 'distance', low: 'least', high: 'noise floor' },
    lines: curves.map((curve, i) => ({
      series: i,
      x: i,
      frames: [curve.map(({ distance }) => distance)],
      spread: { high: curve.map(({ floor }) => floor) },
    })),
  })
}

/** A check's chart with its arms, and as backends the pairs that were compared. */
export function checkData(check: CheckSource, id: string): SectionData {
  const runs = check.arms.flatMap((each, arm) => each.runs.map((run) => ({ arm, pair: pairName(run.backends) })))
  const backends = unique(runs.map(({ pair }) => pair))
  const chart = trajectoryChart(check, id)
  return {
    id,
    preset: check.experiment,
    colours: check.arms.map((_, i) => i),
    arms: check.arms.map(({ arm }) => arm),
    backends,
    seeds: [0],
    series: runs.map(({ arm, pair }) => ({ arm, backend: backends.indexOf(pair) })),
    charts: chart === undefined ? [] : [chart],
    compared: [],
  }
}
