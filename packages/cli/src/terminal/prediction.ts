/**
 * The prediction of a model for a sample: the sample drawn where it is a picture, and beside it the share of each category or
 * flag as a bar, or the numbers.
 */
import type { ShownInput, ShownPrediction, TestSample } from '../documents/predict-document.js'
import { bar } from '../text/bars.js'
import { clip } from '../text/layout.js'
import { formatLoss, formatPercent } from '../text/numbers.js'
import { paint, printable, symbols, type TerminalStyle } from '../text/terminal-style.js'
import { drawing } from './picture.js'

const MOST_VALUES = 10
const GAP = 3
const WIDEST_NAME = 16
const PERCENT_WIDTH = 10

/** A value of a prediction with its name and its place. */
interface NamedValue {
  readonly name: string
  readonly value: number
  readonly at: number
}

/** The values that are shown: all in order, or the largest where there are many. */
function shownValues({ prediction: { values }, names }: ShownPrediction): NamedValue[] {
  const all = values.map((value, at) => ({ name: printable(names[at] ?? String(at)), value, at }))
  return all.length <= MOST_VALUES ? all : all.toSorted((a, b) => b.value - a.value).slice(0, MOST_VALUES)
}

function barLines(style: TerminalStyle, shown: ShownPrediction, width: number): string[] {
  const values = shownValues(shown)
  const label = Math.min(WIDEST_NAME, Math.max(3, ...values.map(({ name }) => name.length)))
  const room = Math.max(4, width - label - 1 - PERCENT_WIDTH)
  return values.map(({ name, value, at }) => {
    const isVisible = Math.round(value * room * symbols(style).slivers.length) > 0
    const drawn = isVisible ? bar(style, value, room) : ' '.repeat(room)
    const text = `${clip(style, name, label).padStart(label)} ${drawn} ${formatPercent(value).padStart(8)}`
    return at === shown.prediction.category ? paint(style, 'bold', text) : text
  })
}

function judged(style: TerminalStyle, text: string, isRight: boolean): string {
  return paint(style, isRight ? 'green' : 'red', text)
}

function categoryText(style: TerminalStyle, { prediction, names, target }: ShownPrediction): string {
  const { category = -1, values } = prediction
  const nameOf = (at: number): string => printable(names[at] ?? String(at))
  const predicted = `predicted ${nameOf(category)} with ${formatPercent(Number(values[category]))}`
  const [expected] = target ?? []
  if (expected === undefined) return predicted
  return `label ${nameOf(expected)}, ${judged(style, predicted, expected === category)}`
}

function flagTexts(style: TerminalStyle, { prediction: { values }, names, target }: ShownPrediction): string[] {
  return values.map((value, at) => {
    const name = printable(names[at] ?? String(at))
    const expected = target?.[at]
    const text = `${name} ${formatPercent(value)}`
    return expected === undefined ? text : judged(style, `${text} for ${expected}`, value > 0.5 === expected > 0.5)
  })
}

function numberTexts({ prediction: { values }, names, target }: ShownPrediction): string[] {
  return values.map((value, at) => {
    const expected = target?.[at]
    const text = `${printable(names[at] ?? String(at))} ${formatLoss(value)}`
    return expected === undefined ? text : `${text} for ${formatLoss(expected)}`
  })
}

/** `label 7, predicted 7 with 99.98 %`; `predicted price 1.2345 for 1.3000`; of several heads one behind the other. */
export function predictionLine(style: TerminalStyle, shown: ShownPrediction): string {
  const others = Object.values(shown.heads ?? {}).map((head) => `; ${headLine(style, head)}`)
  return `${headLine(style, shown)}${others.join('')}`
}

function headLine(style: TerminalStyle, shown: ShownPrediction): string {
  const { prediction, shows } = shown
  if (prediction.output.some((value) => !Number.isFinite(value))) {
    return paint(style, 'red', 'the model gives no numbers: has its training diverged?')
  }
  if (shows === 'categories') return categoryText(style, shown)
  const texts = shows === 'flags' ? flagTexts(style, shown) : numberTexts(shown)
  const rest = texts.length - MOST_VALUES
  return `predicted ${texts.slice(0, MOST_VALUES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** Inputs that are no picture: their first values. */
function inputLine({ name, values, field: { encoding } }: ShownInput): string {
  const textOf = (value: number): string =>
    encoding.names?.[value] ?? (Number.isNaN(value) ? 'missing' : formatLoss(value))
  const shown = Array.from({ length: Math.min(MOST_VALUES, values.length) }, (_, i) => textOf(Number(values[i])))
  const rest = values.length - shown.length
  return `  ${printable(name)}: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** The whole figure. */
export function predictionFigure(
  style: TerminalStyle,
  inputs: readonly ShownInput[],
  title: string,
  shown: ShownPrediction,
): string[] {
  const head = `${paint(style, 'bold', title)}: ${predictionLine(style, shown)}`
  const drawn = inputs.map((input) => ({ input, ...drawing(style, input) }))
  const { width = 0, lines = [] } = drawn.find((each) => each.lines.length > 0) ?? {}
  const listed = drawn.filter((each) => each.lines.length === 0).map(({ input }) => inputLine(input))
  const bars = shown.shows === 'numbers' ? [] : ['', ...barLines(style, shown, style.width - width - 2 - GAP)]
  const figure = Array.from({ length: Math.max(lines.length, bars.length) }, (_, i) => {
    const left = lines[i] ?? ' '.repeat(width)
    return `  ${left}${' '.repeat(GAP)}${bars[i] ?? ''}`.trimEnd()
  })
  return [head, ...(listed.length === 0 ? [] : ['', ...listed]), ...(figure.length === 0 ? [] : ['', ...figure])]
}

/** The line that a run ends with. */
export function testSampleLine(style: TerminalStyle, sample: TestSample): string {
  const table = sample.table === 'train' ? 'training' : sample.table
  return `    ${table} sample ${sample.row}: ${predictionLine(style, sample)}`
}
