/** Samples that stand in the experiment itself: a few rows, or a single one. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { tensor } from '../../tensor.js'
import { dataTable } from '../dataset.js'
import type { Column, Field } from '../field.js'
import { generated } from '../record.js'

const value = z.union([z.number(), z.array(z.number()).check(z.minLength(1))])

function fieldOf(name: string, values: readonly (number | readonly number[])[]): { field: Field; column: Column } {
  const [first] = values
  const shape = Array.isArray(first) ? [first.length] : []
  const odd = values.findIndex((each) => (Array.isArray(each) ? each.length : undefined) !== shape[0])
  if (odd >= 0) {
    throw new InputError('core', `data.options.fields.${name}[${odd}]: expected a value like the first one's`)
  }
  const column = tensor('float64', [values.length, ...shape], values.flat())
  return { field: { dtype: 'float64', shape, encoding: { kind: 'numbers' } }, column }
}

/** `"options": { "fields": { "x": [[1]] } }`: numbers, or lists of numbers of one length, by field. */
export const given = generated({
  from: 'generator',
  about: 'numbers that stand in the experiment: data.options.fields',
  settings: {
    fields: z.record(z.string(), z.array(value).check(z.minLength(1))),
    target: z.optional(z.string()),
  },
  make: ({ fields, target }) => {
    const all = Object.entries(fields).map(([name, values]) => ({ name, ...fieldOf(name, values) }))
    return {
      name: 'given',
      origin: 'the experiment',
      fields: Object.fromEntries(all.map(({ name, field }) => [name, field])),
      target,
      splits: { train: dataTable(Object.fromEntries(all.map(({ name, column }) => [name, column]))) },
    }
  },
})
