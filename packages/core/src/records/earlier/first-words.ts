/**
 * Words of the first version, which knew one task: pictures of several classes, judged by accuracy. What its records,
 * checkpoints and traces said in them, in the words of today. Values that are missing stay so: the reader of today's form
 * says which.
 */
import { pictureFields } from '../../data/formats/picture-fields.js'
import { isObject } from '../../experiment/merge-patch.js'

/** A document's fields. */
export type Fields = Readonly<Record<string, unknown>>

/** The items of a list that are objects. */
export function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The list with its objects changed; what is no list or no object stays, for the reader of today's form to name. */
export function each(value: unknown, change: (item: Fields) => unknown): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? change(item) : item)) : value
}

/** Numbers that JSON lacks stood as text. */
export function restoreNumbers(value: unknown): unknown {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  if (Array.isArray(value)) return value.map(restoreNumbers)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restoreNumbers(item)]))
}

/** The metric by which every run was judged. */
export const judging = {
  metrics: { accuracy: { label: 'accuracy', format: 'percent', better: 'larger' } },
  judgedBy: 'accuracy',
  judgedOn: 'test',
} as const

/** A number; NaN for an object, which need not have a text. */
export const numberIn = (value: unknown): number =>
  value !== null && typeof value === 'object' ? Number.NaN : Number(value)

/** An evaluation, and the standard error sqrt(p (1 - p) / n) of its share of n samples. */
export function evaluationOf(loss: unknown, accuracy: unknown, samples: unknown): Fields {
  const [share, count] = [numberIn(accuracy), numberIn(samples)]
  const error = Math.sqrt((share * (1 - share)) / count)
  return { loss, metrics: { accuracy: { value: accuracy, error } } }
}

/** Fields of the data set and the target; shape and count as they stand, whatever they are. */
export function dataOf({ name, origin, sampleShape, classes }: Fields): Fields {
  return { name, origin, fields: pictureFields(sampleShape as number[], classes as number), target: 'label' }
}

/** Probes of a quantity by layer: those of parameters by their names, a share of a layer by its own. */
export function probesOf(layers: unknown, kind: 'gradientNorm' | 'updateRatio' | 'units'): Fields[] {
  const members = kind === 'units' ? ['dead', 'saturated'] : ['weight', 'bias']
  return list(layers).flatMap((layer) =>
    members.flatMap((member) => {
      if (layer[member] === undefined) return []
      const place = kind === 'units' ? { quantity: member } : { quantity: kind, parameter: member }
      return [{ ...place, layer: layer['name'], axes: [], values: [layer[member]] }]
    }),
  )
}
