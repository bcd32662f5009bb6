/** Adapters made of a table of variants: the name is looked up here, once for all packages. */
import type { Adapter, AdapterOptions, AdapterResult } from './contract.js'

/** Opens the backend of a variant, by its record and its name. */
export type OpenVariant<V> = (variant: V, options: AdapterOptions, name: string) => Promise<AdapterResult>

/**
 * The adapter of a package.
 * @param variants by the names of backends, the preferred one first.
 * @param tested first and last version that it was tested with, by package.
 */
export function adapterOf<V>(
  name: string,
  variants: Readonly<Record<string, V>>,
  open: OpenVariant<V>,
  tested: NonNullable<Adapter['tested']> = {},
): Adapter {
  const names = Object.keys(variants)
  return {
    name,
    contract: 2,
    variants: names,
    tested,
    async create(asked, options): Promise<AdapterResult> {
      const variant = Object.hasOwn(variants, asked) ? variants[asked] : undefined
      if (variant !== undefined) return open(variant, options, asked)
      return { ok: false, reason: `there is no variant "${asked}"`, cure: `Use one of: ${names.join(', ')}.` }
    },
  }
}
