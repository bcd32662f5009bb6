/** The common parts of all charts of lines: positions on x, domains of axes. */
import type { Axis, LineChart } from './page-data.js'
import type { Reading } from '../documents/readings.js'
import { extentOf } from './scale.js'

/** Lists that occur, each once: lines that share their positions or layers refer to one. */
export class Lists<T> {
  readonly all: (readonly T[])[] = []

  indexOf(list: readonly T[]): number {
    const known = this.all.findIndex((each) => each.length === list.length && each.every((item, i) => item === list[i]))
    return known >= 0 ? known : this.all.push(list) - 1
  }
}

/** From the first position to the last, with room around a lone one. */
function spanOf(positions: readonly number[]): [number, number] {
  const [low, high] = extentOf(positions, 'linear') ?? [0, 1]
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

/** Whole powers of ten around some numbers, and below them one more where zeros must go. */
export function decadesAround(values: readonly Reading[], otherwise: readonly [number, number]): [number, number] {
  const [low, high] = extentOf(values, 'log') ?? otherwise
  return [Math.floor(low - 0.02) - (values.includes(0) ? 1 : 0), Math.ceil(high + 0.02)]
}

/** All that is particular about a chart of lines. */
export interface LineChartParts extends Omit<LineChart, 'kind' | 'x' | 'y' | 'steps'> {
  readonly xLabel: string
  readonly y: Omit<Axis, 'range'>
  readonly steps?: readonly number[]
}

/** A chart whose x axis spans all positions of its lines. */
export function lineChart({ xLabel, y, geometry, ...rest }: LineChartParts): LineChart {
  const { left, width, right, top, height, bottom } = geometry
  const domain = spanOf(rest.xs.flat())
  return {
    kind: 'lines',
    steps: [],
    ...rest,
    geometry,
    x: { label: xLabel, scale: 'linear', style: 'count', domain, range: [left, width - right] },
    y: { ...y, range: [height - bottom, top] },
  }
}

/** The parts of an axis of powers of ten that do not follow from its numbers. */
export const logarithmic = { scale: 'log', style: 'scientific' } as const
