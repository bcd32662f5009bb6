/**
 * The area under the ROC curve: how often a sample that has a label is scored above one that has not, ties counting half. Of
 * several categories each against the rest, and of several flags, the mean over them, as scikit-learn's roc_auc_score with
 * `multi_class="ovr"`. Scores are log-odds, which rank as probabilities do and do not round to 1.
 */
import { KeptRows } from './kept-rows.js'
import { logOdds } from './logits.js'
import { type Accumulator, type Measured, type MetricTarget, rowMetric } from './metric.js'

/** The count of ordered numbers below a score, or not above it. */
function countBelow(sorted: Float64Array, score: number, isTieBelow: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const at = Number(sorted[middle])
    if (at < score || (isTieBelow && at === score)) low = middle + 1
    else high = middle
  }
  return low
}

/** The share of some ordered numbers that is below a score, ties counting half. */
function shareBelow(sorted: Float64Array, score: number): number {
  return (countBelow(sorted, score, false) + countBelow(sorted, score, true)) / (2 * sorted.length)
}

/** sqrt(m (m - 1)): of a single sample nothing is known but that it deviates by 0. */
function spread(count: number): number {
  return Math.sqrt(count * Math.max(1, count - 1))
}

/** The area of one label, and what each sample adds to its deviation. */
interface Area {
  readonly value: number
  readonly deviations: readonly number[]
}

/**
 * DeLong, DeLong and Clarke-Pearson 1988: a sample's placement is the share of those with the other label that are below it, or,
 * of one without the label, above. Squared deviations from the area sum to S10 / m + S01 / n.
 */
function areaOf(scores: readonly number[], isSo: readonly boolean[]): Area {
  const side = (is: boolean): Float64Array => Float64Array.from(scores.filter((_, i) => isSo[i] === is)).toSorted()
  const [above, below] = [side(true), side(false)]
  const places = scores.map((score, i) => (isSo[i] === true ? shareBelow(below, score) : 1 - shareBelow(above, score)))
  const value = places.reduce((sum, place, i) => (isSo[i] === true ? sum + place : sum), 0) / above.length
  const deviations = places.map((place, i) => (place - value) / spread((isSo[i] === true ? above : below).length))
  return { value: scores.some(Number.isNaN) ? Number.NaN : value, deviations }
}

function measured(areas: readonly Area[]): Omit<Measured, 'detail'> {
  const mean = (of: (area: Area) => number): number => areas.reduce((sum, area) => sum + of(area), 0) / areas.length
  const value = mean((area) => area.value)
  const samples = areas[0]?.deviations ?? []
  const squares = samples.map((_, i) => mean(({ deviations }) => Number(deviations[i])) ** 2)
  return { value, error: Number.isNaN(value) ? value : Math.sqrt(squares.reduce((sum, each) => sum + each, 0)) }
}

function accumulate(width: number, { type }: MetricTarget): Accumulator {
  const kept = new KeptRows(width)
  const isCategory = type === 'category'
  const scoresOf = (row: number): number[] => {
    const logits = kept.output.slice(row * width, (row + 1) * width)
    return isCategory ? logOdds(logits) : logits
  }
  return {
    add: (output, target) => kept.add(output, target),
    result: () => {
      const scores = Array.from({ length: kept.rows }, (_, row) => scoresOf(row))
      const isSo = (row: number, label: number): boolean =>
        isCategory ? kept.target[row] === label : kept.target[row * width + label] === 1
      return measured(
        Array.from({ length: width }, (_, label) =>
          areaOf(
            scores.map((row) => Number(row[label])),
            scores.map((_row, row) => isSo(row, label)),
          ),
        ),
      )
    },
  }
}

/** NaN where a label is that of all samples or of none. */
export const rocAuc = rowMetric({
  label: () => 'ROC AUC',
  format: 'number',
  better: 'larger',
  suits: ['category', 'flags'],
  reads: 'rows',
  accumulator: (_, width, target) => accumulate(width, target),
})
