/** The schema of experiments in the form of SchemaStore: every preset fits it, and what does not parse does not. */
import { presets } from '@isograd/core'
import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { catalogEntry, storedSchema } from '../../build/schemastore.mjs'

const source = JSON.parse(
  readFileSync(new URL('../../packages/core/experiment.schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>
const schema = storedSchema(source)
const fits = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)

it('is draft 7 with the id that the catalog names', () => {
  expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#', $id: catalogEntry.url })
  expect(JSON.stringify(schema)).not.toMatch(
    /"(\$defs|prefixItems|unevaluatedProperties|dependentRequired)":|#\/\$defs/,
  )
})

it.each(presets.map((preset) => [(preset as { name: string }).name, preset]))('takes %s', (_, preset) => {
  expect([fits(preset), fits.errors]).toEqual([true, null])
})

it('refuses an unknown optimizer and a batch of text', () => {
  expect(fits({ ...(presets[0] as object), optimizer: { type: 'adma' } })).toBe(false)
  expect(fits({ ...(presets[0] as object), batchSize: '64' })).toBe(false)
})
