/** What a model makes of a sample: the sample drawn, and the probability of each class as a bar beside it. */
import type { Prediction } from '@isograd/core'
import { type Look, paint, symbols } from '../text/terminal-style.js'
import type { ShownSample } from '../training/shown-sample.js'
import { bar } from './depth-figure.js'
import { formatPercent } from '../text/numbers.js'
import { drawing } from './sample.js'

const MOST_CLASSES = 10
const GAP = 3

/** Where a sample is from, in words. */
export interface SampleSource {
  readonly title: string
  readonly label: number | undefined
}

/** The classes that are shown: all in order, or the most probable where there are many. */
function shownClasses(probabilities: readonly number[]): number[] {
  const classes = [...probabilities.keys()]
  if (classes.length <= MOST_CLASSES) return classes
  const byProbability = classes.toSorted((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0))
  return byProbability.slice(0, MOST_CLASSES)
}

function bars(look: Look, { probabilities, label }: Prediction, width: number): string[] {
  const room = Math.max(4, width - 3 - 1 - 10)
  return shownClasses(probabilities).map((each) => {
    const probability = probabilities[each] ?? Number.NaN
    const isVisible = Math.round(probability * room * symbols(look).slivers.length) > 0
    const drawn = isVisible ? bar(look, probability, room) : ' '.repeat(room)
    const text = `${String(each).padStart(3)} ${drawn} ${formatPercent(probability).padStart(8)}`
    return each === label ? paint(look, 'bold', text) : text
  })
}

/** `label 7, predicted 7 with 99.98 %`. */
export function predictionLine(look: Look, { label, probabilities }: Prediction, expected: number | undefined): string {
  if (label < 0) return paint(look, 'red', 'the model gives no numbers: has its training diverged?')
  const predicted = `predicted ${label} with ${formatPercent(probabilities[label] ?? Number.NaN)}`
  if (expected === undefined) return predicted
  return `label ${expected}, ${paint(look, expected === label ? 'green' : 'red', predicted)}`
}

/** The whole figure. */
export function predictionFigure(
  look: Look,
  sample: { readonly bytes: ArrayLike<number>; readonly shape: readonly number[] },
  { title, label }: SampleSource,
  prediction: Prediction,
): string[] {
  const { width, lines } = drawing(look, sample.bytes, sample.shape)
  const beside = ['', ...bars(look, prediction, look.width - width - 2 - GAP)]
  const height = Math.max(lines.length, beside.length)
  const figure = Array.from({ length: height }, (_, i) => {
    const left = lines[i] ?? ' '.repeat(width)
    return `  ${left}${' '.repeat(GAP)}${beside[i] ?? ''}`.trimEnd()
  })
  return [`${paint(look, 'bold', title)}: ${predictionLine(look, prediction, label)}`, '', ...figure]
}

/** The line that a run ends with. */
export function shownSampleLine(look: Look, { index, label, prediction }: ShownSample): string {
  return `    test sample ${index}: ${predictionLine(look, prediction, label)}`
}
