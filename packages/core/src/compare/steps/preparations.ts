/** Ways to prepare a field of numbers: widely used rules, and those that the encodings of the registry find in the data. */
import type { EncodingRecord } from '../../data/encodings/encoding.js'
import type { NumbersEncoding } from '../../data/field.js'
import { InputError } from '../../errors.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { StoredField } from '../../plan/streaming.js'
import { settingsSchema } from '../../registry/settings.js'
import { elementCount, tensor } from '../../tensor.js'
import { storedRows } from './other-samples.js'

/** A way to prepare a field: one rule, or one for each place of a sample. */
export interface Preparation {
  /** The words of it that are the same for every field: `as x / 256`, `with standardise`. */
  readonly way: string
  readonly rules: readonly NumbersEncoding[]
}

/** Up to four digits. */
function digits(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** The share of a deviation below which a mean is none: a search ends near its number. */
const NO_MEAN = 1e-6

/** The formula of a rule for a stored number x: `x / 255`, `(x / 255 - 0.1307) / 0.3081`. */
export function formulaOf({ scale = 1, mean = 0, standardDeviation = 1 }: NumbersEncoding): string {
  const hasMean = Math.abs(mean) > NO_MEAN * Math.abs(standardDeviation)
  const factor = hasMean ? scale : scale / standardDeviation
  const scaled = Math.abs(factor) < 1 ? `x / ${digits(1 / factor)}` : `${digits(factor)} x`
  const x = factor === 1 ? 'x' : scaled
  if (!hasMean) return x
  const centred = `${x} ${mean < 0 ? '+' : '-'} ${digits(Math.abs(mean))}`
  return standardDeviation === 1 ? centred : `(${centred}) / ${digits(standardDeviation)}`
}

const byte = 1 / 255

/** Rules for any numbers: none, and those of 0 to 1 from -1 to 1. */
const forAll: readonly NumbersEncoding[] = [{ kind: 'numbers' }, { kind: 'numbers', mean: 0.5, standardDeviation: 0.5 }]

/** Rules for bytes: numbers from 0 to 1 and from -1 to 1, those of MNIST, dark for light. */
const forBytes: readonly NumbersEncoding[] = [
  { kind: 'numbers', scale: byte },
  { kind: 'numbers', scale: 1 / 256 },
  { kind: 'numbers', scale: byte, mean: 0.5, standardDeviation: 0.5 },
  { kind: 'numbers', scale: byte, mean: 0.1307, standardDeviation: 0.3081 },
  { kind: 'numbers', scale: -byte, mean: -1 },
]

/** The rule that gives so many times what a rule gives. */
function multiplied(rule: NumbersEncoding, factor: number): NumbersEncoding {
  const { standardDeviation = 1 } = rule
  return { ...rule, standardDeviation: standardDeviation / factor }
}

/** Factors of what the experiment prepares, in the place of it. */
const factors = [0.01, 0.1, 0.5, 2, 10, 100]

/** Widely used ways. */
export function usualPreparations({ field: { dtype, encoding } }: StoredField): Preparation[] {
  const rules = [...forAll, ...(dtype === 'uint8' ? forBytes : [])]
  const usual = rules.map((rule) => ({ way: `as ${formulaOf(rule)}`, rules: [rule] }))
  if (encoding.kind !== 'numbers') return usual
  return [
    ...usual,
    ...factors.map((factor) => ({ way: `${factor} times as large`, rules: [multiplied(encoding, factor)] })),
  ]
}

/** Most places of a sample that may have a rule each. */
const PLACES = 4096

function fail(problem: string): never {
  throw new InputError('core', problem)
}

/** The rule that an encoding finds for numbers; undefined where it is for others, or finds another kind. */
function fittedRule(record: EncodingRecord, numbers: ArrayLike<number>): NumbersEncoding | undefined {
  const raw = { kind: 'numbers', values: tensor('float64', [numbers.length], numbers) } as const
  try {
    const rule = record.fit({ settings: settingsSchema(record).parse({}), raw, encoding: { kind: 'numbers' }, fail })
    return rule.kind === 'numbers' && rule.names === undefined ? rule : undefined
  } catch {
    return undefined
  }
}

/** Findings by field: the numbers of a large set are looked at once. */
const found = new WeakMap<StoredField, readonly Preparation[]>()

/** Ways by the encodings of the registry, fitted to the training rows: to all numbers, and to those of each place of a sample. */
export function fittedPreparations(plan: TrainingPlan, stored: StoredField): readonly Preparation[] {
  const known = found.get(stored) ?? fitted(plan, stored)
  found.set(stored, known)
  return known
}

function fitted(plan: TrainingPlan, stored: StoredField): Preparation[] {
  const { data, shape } = storedRows(stored, plan.table('train').rows)
  const size = elementCount(shape.slice(1))
  const at = (place: number): Float64Array =>
    new Float64Array(data.length / size).map((_, i) => Number(data[i * size + place]))
  const places = size > 1 && size <= PLACES ? Array.from({ length: size }, (_, place) => place) : []
  return Object.entries(plan.registry.encodings).flatMap(([name, record]) => {
    // Encodings of other kinds list what occurs, which takes long; of some the formula does not depend on the numbers.
    const [one, other] = [fittedRule(record, [0, 1]), fittedRule(record, [0, 2])]
    const rule = one && other && fittedRule(record, data)
    if (rule === undefined) return []
    const isFixed = one !== undefined && other !== undefined && formulaOf(one) === formulaOf(other)
    const rules = isFixed ? [] : places.flatMap((place) => fittedRule(record, at(place)) ?? [])
    const differ = rules.length === size && rules.some((each) => formulaOf(each) !== formulaOf(rule))
    return [
      { way: `with ${name}`, rules: [rule] },
      ...(differ ? [{ way: `with ${name} of each place by itself`, rules }] : []),
    ]
  })
}
