/** JSON Schemas of the documents that runs leave, for editors and for programs in other languages. */
import * as z from 'zod/mini'
import { describeIn } from '../experiment/json-schema.js'
import { armSchema } from '../experiment/schema.js'
import { shared } from '../experiment/share-schema.js'
import type { Registry } from '../registry/registry.js'
import anyNumber from './any-number.json' with { type: 'json' }
import { documentSchema } from './checkpoint-form.js'
import { real } from './forms.js'
import { documentDescriptions } from './glossary.js'
import { recordSchema } from './read-record.js'

function jsonSchemaOf(schema: z.ZodMiniType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === (real as unknown)) Object.assign(jsonSchema, anyNumber)
    },
  })
}

/** The description of a property by its name and that of the property around it, else by its name alone. */
function textFor(_: unknown, name: string, path: readonly string[]): string | undefined {
  return documentDescriptions[`${path.at(-1)}.${name}`] ?? documentDescriptions[name]
}

/** A document's schema with that of the arm, which a registry reads, under the name that the document has it under. */
function withArm(schema: z.ZodMiniType, name: string, registry: Registry): unknown {
  const { $schema: _, $defs, ...arm } = jsonSchemaOf(armSchema(registry).arm)
  describeIn([arm, $defs])
  const document = jsonSchemaOf(schema)
  describeIn(document, [], textFor)
  const properties = {
    ...(document['properties'] as object),
    [name]: { ...arm, description: documentDescriptions['experiment'] },
  }
  const required = new Set([...(document['required'] as string[]), name])
  return shared({ ...document, properties, required: [...required], $defs })
}

/** JSON Schema (draft 2020-12) of `record.json`. */
export function recordJsonSchema(registry: Registry): unknown {
  return withArm(recordSchema, 'experiment', registry)
}

/** JSON Schema (draft 2020-12) of a checkpoint's document. */
export function checkpointJsonSchema(registry: Registry): unknown {
  return withArm(documentSchema, 'arm', registry)
}
