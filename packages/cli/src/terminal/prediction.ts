/** The prediction of a model for a sample: the sample drawn, and the probability of each label as a bar beside it. */
import type { Prediction } from '@isograd/core'
import type { TestSample } from '../documents/predict-document.js'
import { bar } from '../text/bars.js'
import { formatPercent } from '../text/numbers.js'
import { paint, symbols, type TerminalStyle } from '../text/terminal-style.js'
import { drawing } from './picture.js'

const MOST_LABELS = 10
const GAP = 3

/** The origin of a sample in words, and its label. */
export interface SampleSource {
  readonly title: string
  readonly label: number | undefined
}

/** The labels that are shown: all in order, or the most probable where there are many. */
function shownLabels(probabilities: readonly number[]): [label: number, probability: number][] {
  const labels = [...probabilities.entries()]
  return labels.length <= MOST_LABELS ? labels : labels.toSorted(([, a], [, b]) => b - a).slice(0, MOST_LABELS)
}

function bars(style: TerminalStyle, { probabilities, label }: Prediction, width: number): string[] {
  const room = Math.max(4, width - 3 - 1 - 10)
  return shownLabels(probabilities).map(([each, probability]) => {
    const isVisible = Math.round(probability * room * symbols(style).slivers.length) > 0
    const drawn = isVisible ? bar(style, probability, room) : ' '.repeat(room)
    const text = `${String(each).padStart(3)} ${drawn} ${formatPercent(probability).padStart(8)}`
    return each === label ? paint(style, 'bold', text) : text
  })
}

/** `label 7, predicted 7 with 99.98 %`. */
export function predictionLine(
  style: TerminalStyle,
  { label, probabilities }: Prediction,
  expected: number | undefined,
): string {
  const probability = probabilities[label]
  if (probability === undefined) return paint(style, 'red', 'the model gives no numbers: has its training diverged?')
  const predicted = `predicted ${label} with ${formatPercent(probability)}`
  if (expected === undefined) return predicted
  return `label ${expected}, ${paint(style, expected === label ? 'green' : 'red', predicted)}`
}

/** The whole figure. */
export function predictionFigure(
  style: TerminalStyle,
  sample: { readonly bytes: ArrayLike<number>; readonly shape: readonly number[] },
  { title, label }: SampleSource,
  prediction: Prediction,
): string[] {
  const { width, lines } = drawing(style, sample.bytes, sample.shape)
  const beside = ['', ...bars(style, prediction, style.width - width - 2 - GAP)]
  const height = Math.max(lines.length, beside.length)
  const figure = Array.from({ length: height }, (_, i) => {
    const left = lines[i] ?? ' '.repeat(width)
    return `  ${left}${' '.repeat(GAP)}${beside[i] ?? ''}`.trimEnd()
  })
  return [`${paint(style, 'bold', title)}: ${predictionLine(style, prediction, label)}`, '', ...figure]
}

/** The line that a run ends with. */
export function testSampleLine(style: TerminalStyle, { index, label, prediction }: TestSample): string {
  return `    test sample ${index}: ${predictionLine(style, prediction, label)}`
}
