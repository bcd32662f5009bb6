/** The gradient norms of the states of a recurrent layer by step of the sequence, and the decades that time has cost. */
import type { RunRecord } from '@isograd/core'
import { type ProbeSeries, probeSeries, valuesAt } from '@isograd/core/compare'
import type { LayerNorm } from '../documents/run-figures.js'
import { formatCount } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { depthFigure } from './depth-figure.js'

const MOST_ROWS = 10

/** Norms at the first and the last step of the sequence and evenly between. */
function shownNorms(values: readonly number[]): LayerNorm[] {
  const rows = Math.min(MOST_ROWS, values.length)
  const places = Array.from({ length: rows }, (_, i) => Math.round((i * (values.length - 1)) / Math.max(1, rows - 1)))
  return places.map((t) => ({ name: `t = ${t + 1}`, norm: Number(values[t]) }))
}

function lossLine(style: TerminalStyle, values: readonly number[]): string {
  const decades = Math.log10(Number(values.at(-1)) / Number(values[0]))
  const text = `first/last step of the sequence: ${Math.abs(decades).toFixed(1)} decades ${decades < 0 ? 'gained' : 'lost'}`
  return `    ${paint(style, 'bold', `${text} over ${values.length} steps`)}`
}

function figureOf(style: TerminalStyle, record: RunRecord, series: ProbeSeries): string[] {
  const { layer, parameter, steps } = series
  const probes = [...new Set([0, steps.length - 1])]
  const columns = probes.map((probe, i) => {
    const at = record.steps === 0 ? 'the start' : `step ${formatCount(Number(steps[probe]) + 1)}`
    const name = `${printable(layer)}${parameter === undefined ? '' : `, ${parameter}`}`
    return { title: i === 0 ? `state of ${name} at ${at}` : at, norms: shownNorms(valuesAt(series, probe)) }
  })
  return ['', ...depthFigure(style, columns, 'time'), lossLine(style, valuesAt(series, 0))]
}

/** The figures of a run, one for each recurrent layer; there is none where it was not asked for. */
export function timeFigures(style: TerminalStyle, record: RunRecord): string[] {
  return probeSeries(record, 'stateGradient').flatMap((series) => figureOf(style, record, series))
}
