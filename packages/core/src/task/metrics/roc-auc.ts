/**
 * The area under the ROC curve: how often a sample that has a label is scored above one that has not, ties counting half. Of
 * several categories each against the rest, and of several flags, the mean over them, as scikit-learn's roc_auc_score with
 * `multi_class="ovr"`. Scores are log-odds, which rank as probabilities do and do not round to 1.
 */
import { KeptRows } from './kept-rows.js'
import { logOdds } from './logits.js'
import { type Accumulator, type Measured, type MetricTarget, rowMetric } from './metric.js'

/** Ranks from 1, of equal scores their mean. */
function ranksOf(scores: readonly number[]): number[] {
  const order = [...scores.keys()].toSorted((a, b) => Number(scores[a]) - Number(scores[b]))
  const ranks = scores.map(() => 0)
  for (let from = 0, to = 0; from < order.length; from = to) {
    const score = scores[Number(order[from])]
    do to++
    while (to < order.length && scores[Number(order[to])] === score)
    for (let i = from; i < to; i++) ranks[Number(order[i])] = (from + 1 + to) / 2
  }
  return ranks
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
 * DeLong, DeLong and Clarke-Pearson 1988, by ranks (Sun and Xu 2014): a sample's placement is its rank among all less that
 * among its own, over the number of the others. Squared deviations sum to S10 / m + S01 / n.
 */
function areaOf(scores: readonly number[], isSo: readonly boolean[]): Area {
  const all = ranksOf(scores)
  const place = scores.map(() => 0)
  const sizes = [true, false].map((side) => isSo.filter((is) => is === side).length)
  for (const side of [true, false]) {
    const own = [...scores.keys()].filter((i) => isSo[i] === side)
    const within = ranksOf(own.map((i) => Number(scores[i])))
    const others = Number(sizes[side ? 1 : 0])
    for (const [at, i] of own.entries()) {
      const below = (Number(all[i]) - Number(within[at])) / others
      place[i] = side ? below : 1 - below
    }
  }
  const [size = 0, rest = 0] = sizes
  const value = place.reduce((sum, each, i) => sum + (isSo[i] === true ? each : 0), 0) / size
  const deviations = place.map((each, i) => (each - value) / spread(isSo[i] === true ? size : rest))
  return { value: size === 0 || rest === 0 || scores.some(Number.isNaN) ? Number.NaN : value, deviations }
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
  isUsual: false,
  reads: 'rows',
  accumulator: (_, width, target) => accumulate(width, target),
})
