import { expect, it } from 'vitest'
import { checkpointJsonSchema, recordJsonSchema } from '../src/records/json-schemas.js'
import { builtins } from '../src/registry/builtins.js'

it.each([
  ['record', recordJsonSchema],
  ['checkpoint', checkpointJsonSchema],
] as const)('publishes the schema of a %s', async (name, schema) => {
  const text = `${JSON.stringify(schema(builtins), null, 2)}\n`
  expect(text).toContain('$number')
  await expect(text).toMatchFileSnapshot(`../${name}.schema.json`)
})
