/** All layers by name, and their schema. Adding one adds its file and its lines here. */
import * as z from 'zod/mini'
import { activation, activationLayerSchema } from './activation.js'
import { batchNorm, batchNormSchema } from './batch-norm.js'
import { dense, denseSchema } from './dense.js'
import { dropout, dropoutSchema } from './dropout.js'
import { flatten, flattenSchema } from './flatten.js'
import type { LayerKind } from './layer.js'
import { prelu, preluSchema } from './prelu.js'
import { residual, residualSchema } from './residual.js'

type PlainLayerSpec = z.output<
  | typeof flattenSchema
  | typeof denseSchema
  | typeof activationLayerSchema
  | typeof preluSchema
  | typeof dropoutSchema
  | typeof batchNormSchema
>

/** A layer with its settings. */
export type LayerSpec = PlainLayerSpec | { type: 'residual'; layers: LayerSpec[] } | RepeatSpec

/** Layers to be written out several times. */
interface RepeatSpec {
  type: 'repeat'
  times: number
  layers: LayerSpec[]
}

const anyLayer: z.ZodMiniType<LayerSpec> = z.lazy(() => layerSchema)

const repeatSchema = z.strictObject({
  type: z.literal('repeat'),
  times: z.int().check(z.gte(1), z.lte(1000)),
  layers: z.array(anyLayer).check(z.minLength(1)),
})

/** Schema of a layer in an experiment. */
export const layerSchema: z.ZodMiniType<LayerSpec> = z.discriminatedUnion('type', [
  flattenSchema,
  denseSchema,
  activationLayerSchema,
  preluSchema,
  dropoutSchema,
  batchNormSchema,
  residualSchema(anyLayer),
  repeatSchema,
])

/** A layer that is one layer: every `repeat` written out. */
export type SingleLayerSpec = Exclude<LayerSpec, RepeatSpec>

const kinds = { flatten, dense, activation, prelu, dropout, batchNorm, residual } satisfies {
  [K in SingleLayerSpec['type']]: unknown
}

/** The kind that a spec names, for code that treats all layers alike. */
export function layerKindOf(spec: SingleLayerSpec): LayerKind<z.ZodMiniType> {
  return kinds[spec.type]
}

/** The layers with every `repeat` written out; what is inside residuals stays inside. */
export function expandLayers(layers: readonly LayerSpec[]): SingleLayerSpec[] {
  return layers.flatMap((layer) =>
    layer.type === 'repeat' ? Array.from({ length: layer.times }, () => expandLayers(layer.layers)).flat() : [layer],
  )
}
