import * as z from 'zod/mini'
import { expect, it } from 'vitest'
import { isObject } from '../src/experiment/merge-patch.js'
import { armSchema } from '../src/experiment/schema.js'
import { shared } from '../src/experiment/share-schema.js'
import { checkpointJsonSchema, recordJsonSchema } from '../src/records/json-schemas.js'
import { builtins } from '../src/registry/builtins.js'

it.each([
  ['record', recordJsonSchema],
  ['checkpoint', checkpointJsonSchema],
] as const)('publishes the schema of a %s', async (name, schema) => {
  // Without white space: they are read by programs, and are a tenth of what an installed core takes.
  const text = `${JSON.stringify(schema(builtins))}\n`
  expect(text).toContain('$number')
  await expect(text).toMatchFileSnapshot(`../${name}.schema.json`)
})

it('shares parts of a schema, those of its definitions too, and changes nothing else', () => {
  const schema = z.toJSONSchema(armSchema(builtins).arm, { io: 'input' })
  const short = shared(schema)
  const definitions = short['$defs'] as Record<string, object>
  const whole = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(whole)
    if (!isObject(value)) return value
    const { $ref, ...rest } = value
    const name = /^#\/\$defs\/(shared\d+)$/.exec(String($ref))?.[1]
    const here = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, whole(each)]))
    if (name === undefined) return $ref === undefined ? here : { $ref, ...here }
    return { ...(whole(definitions[name]) as object), ...here }
  }
  const kept = Object.entries(definitions).filter(([name]) => !name.startsWith('shared'))
  expect(kept.map(([name]) => name)).toEqual(Object.keys(schema.$defs ?? {}))
  expect(whole({ ...short, $defs: Object.fromEntries(kept) })).toEqual(JSON.parse(JSON.stringify(schema)))
  expect(JSON.stringify(short).length).toBeLessThan(JSON.stringify(schema).length / 2)
})
