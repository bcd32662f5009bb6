/** Hypotheses on the data that a program trains on: records of the table of hypotheses, which know no field by name. */
import { type CategoryEncoding, categoryNames, type Encoding, type NumbersEncoding } from '../../data/field.js'
import type { StoredField } from '../../plan/streaming.js'
import type { NamedField } from '../../task/task.js'
import type { Choice, Hypothesis, Questioned, Unknown } from './hypothesis.js'
import { arranged, numbered, ofRows, type OtherRows, placesOf, prepared } from './other-samples.js'
import { fittedPreparations, formulaOf, type Preparation, usualPreparations } from './preparations.js'

/** A field, its encoding, and what it is stored as. */
interface OwnField<E extends Encoding = Encoding> {
  readonly name: string
  readonly encoding: E
  readonly stored: StoredField
}

type Numbers = OwnField<NumbersEncoding>

/** The fields of a plan, in the groups that programs treat alike. */
function groupsOf({ plan }: Questioned): { readonly inputs: OwnField[]; readonly targets: OwnField[] } {
  const { inputs, targets, fields } = plan.table('train')
  const own = (named: NamedField | undefined): OwnField[] => {
    const stored = named && fields.get(named.name)
    return named && stored ? [{ name: named.name, encoding: named.field.encoding, stored }] : []
  }
  return { inputs: inputs.flatMap(own), targets: targets.flatMap(own) }
}

function isNumbers(field: OwnField): field is Numbers {
  return field.encoding.kind === 'numbers'
}

/** A choice of other rows; the words of what the experiment has are those of its encoding, or `asked`. */
function otherRows(rows: OtherRows, text: string, asked: string): Choice {
  return { rows, text, asked, layer: '', stage: 'data' }
}

/** Fields of numbers prepared otherwise: each by itself, and all inputs or targets alike. */
function preparedChoices(of: Questioned, waysOf: (stored: StoredField) => readonly Preparation[]): Choice[] {
  return Object.entries(groupsOf(of)).flatMap(([group, fields]) => {
    const all = fields.filter(isNumbers).map((field) => ({ ...field, ways: waysOf(field.stored) }))
    const alike =
      all.length < 2
        ? []
        : (all[0]?.ways ?? []).map(({ way }) => {
            const rows = all.flatMap(({ name, ways }) =>
              ways.filter((own) => own.way === way).map(({ rules }) => [name, prepared(rules)] as const),
            )
            return otherRows(Object.fromEntries(rows), `all ${group} of numbers ${way}`, 'their own encodings')
          })
    const single = all.flatMap(({ name, encoding, ways }) => {
      const asked = formulaOf(encoding)
      return ways.flatMap(({ way, rules }) => {
        const [first] = rules
        const told = rules.length === 1 && first ? formulaOf(first) : undefined
        return told === asked
          ? []
          : [
              otherRows(
                { [name]: prepared(rules) },
                told === undefined ? `"${name}" ${way}` : `"${name}" as ${told}`,
                asked,
              ),
            ]
      })
    })
    return [...alike, ...single]
  })
}

/** The mean and the deviation of a field of numbers, sought from those of some rules on. */
function unknownMoments({ name, encoding }: Numbers, rules: readonly NumbersEncoding[]): Unknown {
  const { scale: own = 1 } = encoding
  const momentsOf = ({ scale = 1, mean = 0, standardDeviation = 1 }: NumbersEncoding): number[] => {
    const share = own / scale
    return [mean * share, standardDeviation * share]
  }
  return {
    from: momentsOf(encoding),
    starts: [encoding, ...rules].map(momentsOf),
    at: (mean, standardDeviation) => {
      const rule = { ...encoding, mean, standardDeviation }
      return otherRows({ [name]: prepared([rule]) }, `"${name}" as ${formulaOf(rule)}`, formulaOf(encoding))
    },
  }
}

/** Other numbers for the categories of an encoding, and their words. */
function numberings(encoding: Omit<CategoryEncoding, 'kind'>): (readonly [string, (category: number) => number])[] {
  const { count } = encoding
  const listed = categoryNames(encoding)
  const sorted = listed.toSorted()
  return [
    ['numbered from 1', (category) => category + 1],
    ['numbered one higher, the last as the first', (category) => (category + 1) % count],
    ['numbered one lower, the first as the last', (category) => (category + count - 1) % count],
    ['numbered backwards', (category) => count - 1 - category],
    ['numbered in the order of their names', (category) => sorted.indexOf(String(listed[category]))],
  ]
}

/** Orders of axes: all of them. */
function ordersOf(axes: readonly number[]): number[][] {
  if (axes.length < 2) return [[...axes]]
  return axes.flatMap((first) => ordersOf(axes.filter((axis) => axis !== first)).map((rest) => [first, ...rest]))
}

/** Most axes of a sample whose orders are tried. */
const AXES = 3

/** Other orders of a sample's numbers, and their words: axes in other orders, or backwards. */
function arrangements(shape: readonly number[]): (readonly [string, number[]])[] {
  const axes = shape.map((_, axis) => axis)
  if (axes.length === 0 || axes.length > AXES) return []
  const sides = [[], ...axes.map((axis) => [axis]), ...(axes.length > 1 ? [axes] : [])]
  return ordersOf(axes).flatMap((order) =>
    sides.flatMap((backwards) => {
      const isTurned = order.some((axis, i) => axis !== i)
      if (isTurned ? axes.length > 2 && backwards.length > 0 : backwards.length === 0) return []
      const words = [
        ...(isTurned ? [`read in the order ${order.join(', ')} of its axes`] : []),
        ...(backwards.length > 0 ? [`backwards along axis ${backwards.join(' and ')}`] : []),
      ]
      return [[words.join(' and '), placesOf(shape, order, backwards)] as const]
    }),
  )
}

/** Rows of others, and their words. */
const others: Readonly<Record<string, (rows: readonly number[], count: number) => number[]>> = {
  'the sample behind, within the batch': (rows) => rows.map((_, i) => Number(rows[(i + 1) % rows.length])),
  'the sample before, within the batch': (rows) => rows.map((_, i) => Number(rows.at(i - 1))),
  'the sample behind, of all': (rows, count) => rows.map((row) => (row + 1) % count),
  'the sample before, of all': (rows, count) => rows.map((row) => (row + count - 1) % count),
}

/** The attempts on the samples, in this order. */
export const sampleHypotheses: Readonly<Record<string, Hypothesis>> = {
  preparation: { choices: (of) => preparedChoices(of, usualPreparations) },
  numbering: {
    choices: (of) =>
      Object.values(groupsOf(of)).flatMap((fields) =>
        fields.flatMap(({ name, encoding }) =>
          encoding.kind === 'numbers'
            ? []
            : numberings(encoding).map(([words, numberOf]) =>
                otherRows({ [name]: numbered(numberOf) }, `"${name}" ${words}`, 'from 0'),
              ),
        ),
      ),
  },
  arrangement: {
    choices: (of) =>
      groupsOf(of).inputs.flatMap(({ name, stored }) =>
        arrangements(stored.field.shape).map(([words, places]) =>
          otherRows({ [name]: arranged(places) }, `"${name}" ${words}`, 'as it is stored'),
        ),
      ),
  },
  pairing: {
    choices: (of) => {
      const { targets } = groupsOf(of)
      return targets.length === 0
        ? []
        : Object.entries(others).map(([words, rows]) =>
            otherRows(
              Object.fromEntries(targets.map(({ name }) => [name, ofRows(rows)])),
              `${targets.map(({ name }) => `"${name}"`).join(' and ')} of ${words}`,
              'its own',
            ),
          )
    },
  },
  fittedPreparation: {
    choices: (of) => preparedChoices(of, (stored) => fittedPreparations(of.plan, stored)),
  },
}

/** Any other mean and deviation of a field. */
export const moments: Hypothesis = {
  unknowns: (of) =>
    Object.values(groupsOf(of)).flatMap((fields) =>
      fields.filter(isNumbers).map((field) => {
        const known = [...usualPreparations(field.stored), ...fittedPreparations(of.plan, field.stored)]
        return unknownMoments(
          field,
          known.flatMap(({ rules }) => (rules.length === 1 ? rules : [])),
        )
      }),
    ),
}
