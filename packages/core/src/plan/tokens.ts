/** Tokens that samples hold, against the layers that look them up: one that has no vector is found before anything is trained. */
import { decodedValue } from '../data/field.js'
import { InputError } from '../errors.js'
import { INPUT } from '../model/graph.js'
import type { Layer } from '../model/layers/layer.js'
import type { Model } from '../model/model.js'
import { boundRows, type StoredField } from './streaming.js'
import { type PlanTable, rowParts, type TableName } from './tables.js'

interface Place {
  readonly layer: Layer
  readonly table: TableName
  readonly field: string
}

function refuse({ layer, table, field }: Place, tokens: number, got: number, sample: number): never {
  const expected = `expected whole numbers from 0 to ${tokens - 1} in the field "${field}"`
  throw new InputError('core', `model layer "${layer.name}": ${expected}, got ${got} in sample ${sample} of ${table}`)
}

function checkField(place: Place, tokens: number, stored: StoredField, count: number): void {
  for (const rows of rowParts(count)) {
    const { data } = boundRows(stored, rows)
    for (let i = 0; i < data.length; i++) {
      const token = decodedValue(stored.field, Number(data[i]))
      if (Number.isInteger(token) && token >= 0 && token < tokens) continue
      refuse(place, tokens, token, Number(rows[Math.floor((i * rows.length) / data.length)]))
    }
  }
}

/** @throws InputError for a number in a field that is no token of the layer that the field feeds. */
export function checkTokens({ layers }: Model, tables: Readonly<Record<TableName, PlanTable>>): void {
  for (const layer of layers) {
    const {
      tokens,
      inputs: [from],
    } = layer
    if (tokens === undefined) continue
    for (const [table, { inputs, fields, samples }] of Object.entries(tables)) {
      for (const { name: field } of inputs.filter(({ name }) => from === INPUT || from === name)) {
        const stored = fields.get(field)
        if (stored !== undefined) checkField({ layer, table, field }, tokens, stored, samples.count)
      }
    }
  }
}
