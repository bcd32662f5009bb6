/** Sentences on what settings are for: editors show them, from the JSON Schema. */
import * as z from 'zod/mini'

/** A schema with such a sentence; for a setting whose name does not mean the same everywhere. The schema itself stays as it is. */
export function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  const own = schema.clone()
  z.globalRegistry.add(own, { description })
  return own
}
