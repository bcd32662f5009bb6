/** Lines on the inside of the network at the first probed step, one for each quantity: from the first layer to the last. */
import type { RunRecord } from '@isograd/core'
import {
  type ProbeSeries,
  probeSeries,
  quantities,
  type QuantityFacts,
  type QuantityName,
  valuesAt,
} from '@isograd/core/compare'
import { formatCount, formatLoss, formatPercent } from '../text/numbers.js'

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The ends of what is over the layers, or over the values of one of them. */
function endsOf(all: readonly ProbeSeries[], { over }: NonNullable<QuantityFacts['shown']>): [string, number][] {
  const values = all.map((series) => valuesAt(series, 0))
  if (over === undefined) {
    return all.map(({ layer }, i) => [`in ${layer}`, mean(values[i] ?? [])])
  }
  return (values[0] ?? []).map((value, i) => [i === 0 ? 'the first' : 'the last', value])
}

function lineOf(record: RunRecord, key: QuantityName): string[] {
  const { title, shown }: QuantityFacts = quantities[key]
  const all = probeSeries(record, key)
  const [series] = all
  if (shown === undefined || series === undefined) return []
  const ends = endsOf(all, shown)
  const format = shown.style === 'percent' ? formatPercent : formatLoss
  const texts = [ends[0], ...(ends.length > 1 ? [ends.at(-1)] : [])].flatMap((end) =>
    end === undefined ? [] : [`${format(end[1])} ${end[0]}`],
  )
  const at = record.steps === 0 ? 'at the start' : `at step ${formatCount(Number(series.steps[0]) + 1)}`
  return [`${title} ${at}: ${texts.join(', ')}`]
}

/** The lines of a run; none where nothing of the kind was asked for. */
export function insideLines(record: RunRecord): string[] {
  return (Object.keys(quantities) as QuantityName[]).flatMap((key) => lineOf(record, key))
}
