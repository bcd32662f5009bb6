/**
 * The direction of published effects: a document that shows curves, or proves a law in the limit of width, gives no figure for a
 * network of ours, but says which of two is larger. Every run must hold it, beside that of another arm with its own seed.
 */
import type { EffectFigure, PublishedEffect } from '../../experiment/presets/published.js'
import {
  finalOf,
  judgedFacts,
  type ProbedNumber,
  probedNumbers,
  probeSeries,
  type RunRecord,
  valuesAt,
} from '../../records/record.js'
import type { MetricFacts } from '../../task/task.js'

/** Weight gradient norms of the layers that depth is counted by, at a probe. */
export function depthNorms(record: RunRecord, probe: number): ProbedNumber[] {
  const depth = new Set(record.layers.flatMap(({ name, isDepth }) => (isDepth ? [name] : [])))
  const norms = probedNumbers(record, 'gradientNorm', probe)
  return norms.filter(({ layer, parameter }) => depth.has(layer) && parameter === 'weight')
}

/** Decades from the first of some norms to the last; NaN for none. */
function decadesLost(norms: readonly number[]): number {
  return Math.log10(Number(norms.at(-1)) / Number(norms[0]))
}

type Words = Pick<MetricFacts, 'label' | 'format'>

interface Figure {
  readonly words: Words | ((record: RunRecord) => Words)
  /** NaN where a run does not have it. */
  readonly of: (record: RunRecord) => number
}

/** The gradient norms of all layers that depth is counted by, but of the one that gives the output, before the first update. */
function hiddenNorms(record: RunRecord): number[] {
  return depthNorms(record, 0)
    .slice(0, -1)
    .map(({ value }) => value)
}

const number = (label: string): Words => ({ label, format: 'number' })

const figures: Readonly<Record<EffectFigure, Figure>> = {
  decadesLost: {
    words: number('decades lost over depth'),
    of: (record) => decadesLost(hiddenNorms(record)),
  },
  decadesLostInTime: {
    words: number('decades lost through time'),
    of: (record) => {
      const [series] = probeSeries(record, 'stateGradient')
      return series === undefined ? Number.NaN : decadesLost(valuesAt(series, 0))
    },
  },
  lastHiddenGradient: {
    words: number('gradient of the last hidden layer'),
    of: (record) => Number(hiddenNorms(record).at(-1)),
  },
  trainLoss: { words: number('train loss'), of: ({ epochs }) => Number(epochs.at(-1)?.trainLoss) },
  final: { words: judgedFacts, of: (record) => finalOf(record).value },
  dead: {
    words: { label: 'dead units', format: 'percent' },
    of: (record) => Math.max(...probedNumbers(record, 'dead', -1).map(({ value }) => value)),
  },
}

/** The outcome of an effect in the runs of one arm. */
export interface MeasuredEffect extends Pick<MetricFacts, 'label' | 'format'> {
  /** Of each run. */
  readonly values: readonly number[]
  /** Where the values must lie. */
  readonly relation: 'above' | 'below'
  /** The bound of each run: the number, or the figure of the other arm. */
  readonly bounds: readonly number[]
  /** The other arm, where it is one. */
  readonly arm?: string
  /** True where they do. */
  readonly holds: boolean
}

function wordsOf(words: Figure['words'], record: RunRecord): Words {
  const { label, format } = typeof words === 'function' ? words(record) : words
  return { label, format }
}

type Relation = MeasuredEffect['relation']

function measure(
  effect: PublishedEffect,
  relation: Relation,
  records: readonly RunRecord[],
  all: readonly RunRecord[],
) {
  const bound = effect[relation]
  const { words, of } = figures[effect.figure]
  const [first] = records
  if (bound === undefined || first === undefined) return []
  const pairs = records.flatMap((record): { value: number; bound: number }[] => {
    if (typeof bound === 'number') return [{ value: of(record), bound }]
    const other = all.find(
      ({ arm, seed, backend }) => arm === bound && seed === record.seed && backend === record.backend,
    )
    return other === undefined ? [] : [{ value: of(record), bound: of(other) }]
  })
  if (pairs.length === 0) return []
  const holds = pairs.every((pair) => (relation === 'above' ? pair.value > pair.bound : pair.value < pair.bound))
  const measured: MeasuredEffect = {
    ...wordsOf(words, first),
    values: pairs.map(({ value }) => value),
    relation,
    bounds: pairs.map((pair) => pair.bound),
    ...(typeof bound === 'string' && { arm: bound }),
    holds,
  }
  return [measured]
}

/**
 * What became of the published effects in the runs of an arm on one backend. One beside an arm that was not run is left out.
 * @param all the runs of the preset, those of other arms among them.
 */
export function measuredEffects(
  effects: readonly PublishedEffect[],
  records: readonly RunRecord[],
  all: readonly RunRecord[],
): MeasuredEffect[] {
  return effects.flatMap((effect) =>
    (['above', 'below'] as const).flatMap((relation) => measure(effect, relation, records, all)),
  )
}
