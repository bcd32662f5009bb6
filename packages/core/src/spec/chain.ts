/** The schema of a chain of scalar units: a worked example of the chain rule, not a training experiment. */
import * as z from 'zod/mini'
import { activationSchema } from '../train/activations/index.js'
import { isObject, mergePatch } from './merge-patch.js'
import { ExperimentError, problemsOf } from './problems.js'

const chainSchema = z.strictObject({
  kind: z.literal('chain'),
  name: z.string(),
  description: z.optional(z.string()),
  input: z.number(),
  weights: z.array(z.number()).check(z.minLength(1), z.maxLength(1000)),
  activation: z._default(activationSchema, { type: 'relu' }),
  precision: z._default(z.enum(['float32', 'float64']), 'float64'),
})

/** a_0 = input, a_i = f(w_i a_(i-1)). */
export type ChainSpec = z.output<typeof chainSchema>

/** Whether a document is a chain. */
export function isChain(document: unknown): boolean {
  return isObject(document) && document['kind'] === 'chain'
}

/** The arms of a chain. @throws ExperimentError listing every field that is wrong. */
export function parseChain(
  document: unknown,
  options: { readonly source?: string; readonly overrides?: Readonly<Record<string, unknown>> } = {},
): Readonly<Record<string, ChainSpec>> {
  const { arms = { default: {} }, ...base } = isObject(document) ? document : {}
  return Object.fromEntries(
    Object.entries(isObject(arms) ? arms : {}).map(([name, patch]) => {
      const merged = mergePatch(mergePatch(base, patch), options.overrides ?? {})
      const parsed = chainSchema.safeParse(merged)
      if (parsed.success) return [name, parsed.data]
      const known = Object.keys(chainSchema.def.shape)
      throw new ExperimentError(
        options.source ?? 'the document',
        problemsOf(parsed.error, merged, () => known),
      )
    }),
  )
}
