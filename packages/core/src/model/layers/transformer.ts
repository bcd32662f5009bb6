/** The part that blocks of transformers have in common: what is added to x, and where it is normalised. */
import * as z from 'zod/mini'
import { described } from '../../registry/described.js'
import type { Spec, SpecSchemas } from '../../registry/settings.js'
import type { FeedName } from '../graph.js'

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
    padding: described(z._default(z.int(), 0), 'The token of steps that are not seen, where inputs give tokens.'),
  }
}

interface Normalised {
  readonly norm: 'pre' | 'post'
  readonly dropout: number
  readonly normalisation: Spec
}

interface Seeing extends Normalised {
  readonly heads: number
  readonly rotary: boolean
  readonly padding: number
}

function dropped({ dropout }: Normalised): readonly Spec[] {
  return dropout === 0 ? [] : [{ type: 'dropout', rate: dropout }]
}

/** What feeds a layer, counted back from one that stands so many behind it. */
export function fromBehind(feed: FeedName, count: number): FeedName {
  return typeof feed === 'string' ? feed : feed - count
}

/** x + inner(x), normalised before (pre) or after the sum (post). */
export function around(inner: Spec, settings: Normalised, x: FeedName = -1): readonly Spec[] {
  const { norm, normalisation } = settings
  const behind = dropped(settings)
  return norm === 'pre'
    ? [{ type: 'residual', layers: [normalisation, inner, ...behind], inputs: [x] }]
    : [{ type: 'residual', layers: [inner, ...behind], inputs: [x] }, normalisation]
}

/** x + inner(x, others), as `around`: layers inside a residual have no other inputs. All are counted from the first of these layers. */
export function aroundSeveral(
  inner: Spec,
  settings: Normalised,
  x: FeedName,
  others: readonly FeedName[],
): readonly Spec[] {
  const { norm, normalisation } = settings
  const [before, behind] = norm === 'pre' ? [[{ ...normalisation, inputs: [x] }], []] : [[], [normalisation]]
  const seen = others.map((feed) => fromBehind(feed, before.length))
  const added = [...before, { ...inner, inputs: [norm === 'pre' ? -1 : x, ...seen] }, ...dropped(settings)]
  return [...added, { type: 'add', inputs: [-1, fromBehind(x, added.length)] }, ...behind]
}

/** x + attention of a sequence to itself, whose steps that are padding are not seen where there are tokens. */
export function seeingItself(
  settings: Seeing,
  causal: boolean,
  x: FeedName = -1,
  tokens: readonly FeedName[] = [],
): readonly Spec[] {
  const { heads, rotary, padding } = settings
  const inner = { type: 'selfAttention', heads, causal, rotary, bias: true, padding }
  return tokens.length === 0 ? around(inner, settings, x) : aroundSeveral(inner, settings, x, tokens)
}

/** Dense layers on every step. */
export function feeding({ units, function: applied }: { readonly units: number; readonly function: Spec }): Spec {
  return { type: 'feedForward', units, function: applied }
}
