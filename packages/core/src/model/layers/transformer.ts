/** The part that blocks of transformers have in common: what is added to x, and where it is normalised. */
import * as z from 'zod/mini'
import { described } from '../../registry/described.js'
import type { Spec, SpecSchemas } from '../../registry/settings.js'

/** Settings that all blocks have. */
export function transformerSettings({ activation, layer: nested }: SpecSchemas) {
  return {
    heads: z._default(z.int().check(z.gte(1)), 1),
    units: described(z.int().check(z.gte(1), z.lte(1_000_000)), 'Units between the two dense layers.'),
    norm: z._default(z.enum(['pre', 'post']), 'pre'),
    rotary: z._default(z.boolean(), false),
    dropout: z._default(z.number().check(z.gte(0), z.lt(1)), 0),
    function: z._default(activation, { type: 'relu' }),
    normalisation: described(z._default(nested, { type: 'layerNorm', epsilon: 1e-5 }), 'The layer that normalises.'),
  }
}

interface Normalised {
  readonly norm: 'pre' | 'post'
  readonly dropout: number
  readonly normalisation: Spec
}

/** Dropout behind what is added, where there is any. */
export function droppedBehind({ dropout }: Normalised): readonly Spec[] {
  return dropout === 0 ? [] : [{ type: 'dropout', rate: dropout }]
}

/** x + inner(x), normalised before (pre) or after the sum (post). */
export function around(inner: Spec, settings: Normalised): readonly Spec[] {
  const { norm, normalisation } = settings
  const dropped = droppedBehind(settings)
  return norm === 'pre'
    ? [{ type: 'residual', layers: [normalisation, inner, ...dropped] }]
    : [{ type: 'residual', layers: [inner, ...dropped] }, normalisation]
}

/** Attention of a sequence to itself. */
export function ofItself(heads: number, causal: boolean, rotary: boolean): Spec {
  return { type: 'selfAttention', heads, causal, rotary, bias: true, padding: 0 }
}

/** Dense layers on every step. */
export function feeding({ units, function: applied }: { readonly units: number; readonly function: Spec }): Spec {
  return { type: 'feedForward', units, function: applied }
}
