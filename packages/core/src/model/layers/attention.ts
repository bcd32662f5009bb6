/**
 * Multi-head attention, as torch.nn.MultiheadAttention: queries, keys and values are products of the input, parted into
 * heads; each step takes the mean of the values by softmax(q k^T / sqrt(features of a head)); the heads side by side are
 * multiplied once more. Vaswani et al., NeurIPS 2017. Rotary positions turn the halves of queries and keys by angles
 * t / 10000^(2i / features of a head): Su et al., arXiv:2104.09864 (2021).
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import type { KerasLayer, KerasWeight } from '../../export/keras.js'
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH } from '../../ir/program.js'
import { described } from '../../registry/described.js'
import type { Spec, SpecSchemas } from '../../registry/settings.js'
import { type BuildContext, type BuiltLayer, type EmitContext, layer, type LayerState } from './layer.js'
import { isPadding, requireSequence, requireTokens } from './sequence.js'

/** Added to the score of what may not be seen: e^x of it is 0, and no infinity enters. */
export const UNSEEN = -1e9

function attentionSettings({ initializer }: SpecSchemas) {
  return {
    heads: z._default(z.int().check(z.gte(1)), 1),
    bias: z._default(z.boolean(), true),
    padding: described(
      z._default(z.int(), 0),
      'The token of steps that are not seen, where a last input gives a token for each step that is looked at.',
    ),
    weights: z.optional(initializer),
    biases: z.optional(initializer),
    causal: described(z._default(z.boolean(), false), 'A step sees none that is later than itself.'),
  }
}

interface AttentionSettings {
  readonly heads: number
  readonly bias: boolean
  readonly padding: number
  readonly weights?: Spec | undefined
  readonly biases?: Spec | undefined
  readonly causal: boolean
}

/** 0 where a step may see another, UNSEEN where that is later, [steps, seen]: made of squares twice as large each time. */
function causalMask(b: Builder, dtype: 'float32' | 'float64', steps: number, seen: number): Value {
  let mask = b.filled(0, dtype, [1, 1])
  for (let size = 1; size < Math.max(steps, seen); size *= 2) {
    const [later, before] = [UNSEEN, 0].map((value) => b.filled(value, dtype, [size, size])) as [Value, Value]
    mask = b.concat([b.concat([mask, later], 1), b.concat([before, mask], 1)], 0)
  }
  return b.slice(b.slice(mask, 0, 0, steps), 1, 0, seen)
}

/** [batch, steps, features] as [batch, heads, steps, features of a head]. */
function parted(b: Builder, x: Value, heads: number): Value {
  const [, steps, features] = x.type.shape.map(Number)
  const apart = b.reshape(x, [BATCH, Number(steps), heads, Number(features) / heads])
  return b.transpose(apart, [0, 2, 1, 3])
}

function turned(b: Builder, x: Value, cosines: Value, sines: Value): Value {
  const [last, half] = [x.type.shape.length - 1, Number(x.type.shape.at(-1)) / 2]
  const [first, second] = [b.slice(x, last, 0, half), b.slice(x, last, half, 2 * half)]
  return b.concat(
    [b.sub(b.mul(first, cosines), b.mul(second, sines)), b.add(b.mul(second, cosines), b.mul(first, sines))],
    last,
  )
}

/** Cosines and sines of the angles by which steps are turned, [steps, features of a head / 2]. */
function rotation(name: string, steps: number, width: number): LayerState[] {
  const shape = [steps, width / 2]
  const of = (f: (angle: number) => number): Float64Array =>
    new Float64Array((steps * width) / 2).map((_, flat) => {
      const [step, i] = [Math.floor(flat / (width / 2)), flat % (width / 2)]
      return f(step / 10000 ** ((2 * i) / width))
    })
  return [
    { name: `${name}.cosines`, shape, initial: of(Math.cos) },
    { name: `${name}.sines`, shape, initial: of(Math.sin) },
  ]
}

/** The scores that the softmax is of, [batch, heads, steps, steps that are looked at]. */
function scoresOf(b: Builder, q: Value, k: Value, added: readonly Value[]): Value {
  const scale = b.constant(1 / Math.sqrt(Number(q.type.shape.at(-1))), q.type.dtype)
  return added.reduce((sum, one) => b.add(sum, one), b.mul(b.matmul(q, k, false, true), scale))
}

function paddingMask({ b, x }: EmitContext, tokens: Value | undefined, padding: number): Value[] {
  if (tokens === undefined) return []
  const unseen = b.mul(b.cast(isPadding(b, tokens, padding), x.type.dtype), b.constant(UNSEEN, x.type.dtype))
  return [b.reshape(unseen, [BATCH, 1, 1, Number(tokens.type.shape[1])])]
}

interface Looking {
  readonly settings: AttentionSettings
  readonly rotary: boolean
  /** Place among the inputs of what is looked at, and of its tokens. */
  readonly from: number
}

/** Queries, keys and values, [batch, steps, features] each: of one input by one product, of two by one each. */
function projections(context: EmitContext, name: string, { settings, from }: Looking): readonly [Value, Value, Value] {
  const { b, x, xs, parameter } = context
  const features = Number(x.type.shape.at(-1))
  const [weight, bias] = ['weight', 'bias'].map((role) => `${name}.in_proj_${role}`) as [string, string]
  const cut = (whole: Value, axis: number, first: number, stop: number): Value =>
    b.slice(whole, axis, first * features, stop * features)
  const projected = (value: Value, first: number, stop: number): Value => {
    const product = b.matmul(value, cut(parameter(weight), 1, first, stop))
    return settings.bias ? b.add(product, cut(parameter(bias), 0, first, stop)) : product
  }
  if (from === 0) {
    const all = projected(x, 0, 3)
    return [cut(all, 2, 0, 1), cut(all, 2, 1, 2), cut(all, 2, 2, 3)]
  }
  const both = projected(xs[from] ?? x, 1, 3)
  return [projected(x, 0, 1), cut(both, 2, 0, 1), cut(both, 2, 1, 2)]
}

function emitAttention(context: EmitContext, name: string, looking: Looking): Value {
  const { b, x, xs, parameter, state } = context
  const { settings, rotary, from } = looking
  const [q, k, v] = projections(context, name, looking).map((value) => parted(b, value, settings.heads)) as [
    Value,
    Value,
    Value,
  ]
  const turn = (value: Value): Value =>
    rotary ? turned(b, value, state(`${name}.cosines`), state(`${name}.sines`)) : value
  const dtype = x.type.dtype === 'float64' ? 'float64' : 'float32'
  const masks = [
    ...(settings.causal ? [causalMask(b, dtype, Number(x.type.shape[1]), Number(k.type.shape[2]))] : []),
    ...paddingMask(context, xs[from + 1], settings.padding),
  ]
  const logarithms = b.logSoftmax(scoresOf(b, turn(q), turn(k), masks))
  const shares = b.exp(logarithms)
  context.reveal('attention', [[shares, logarithms]])
  const seen = b.reshape(b.transpose(b.matmul(shares, v), [0, 2, 1, 3]), x.type.shape)
  const product = b.matmul(seen, parameter(`${name}.out_proj.weight`))
  return settings.bias ? b.add(product, parameter(`${name}.out_proj.bias`)) : product
}

/** @throws InputError when the features are not for the heads. */
function requireHeads(name: string, features: number, heads: number, rotary: boolean): void {
  const parts = rotary ? 2 * heads : heads
  if (features % parts === 0) return
  throw new InputError(
    'core',
    `model layer "${name}": expected features that are a multiple of ${parts} for ${heads} ${rotary ? 'rotary ' : ''}heads, got ${features}`,
  )
}

/** Attention in Keras 3, which has a weight for queries, keys and values each, and the heads as an axis. */
function kerasAttention(name: string, features: number, { heads, bias, causal }: AttentionSettings): KerasLayer {
  const width = features / heads
  const part = (role: string, source: string, i: number, shape: readonly number[]): KerasWeight => ({
    name: `${name}/${role}`,
    source: `${name}.${source}`,
    parts: { of: 3, order: [i] },
    shape,
  })
  const projected = ['query', 'key', 'value'].flatMap((role, i) => [
    part(`${role}/kernel`, 'in_proj_weight', i, [features, heads, width]),
    ...(bias ? [part(`${role}/bias`, 'in_proj_bias', i, [heads, width])] : []),
  ])
  const output = { name: `${name}/output/kernel`, source: `${name}.out_proj.weight`, shape: [heads, width, features] }
  const added = { name: `${name}/output/bias`, source: `${name}.out_proj.bias` }
  return {
    className: 'MultiHeadAttention',
    config: { num_heads: heads, key_dim: width, use_bias: bias },
    weights: [...projected, output, ...(bias ? [added] : [])],
    call: (module, [x, y = x]) => `${module}(${x}, ${y}${causal ? ', use_causal_mask=True' : ''})`,
    isKeras3Only: true,
  }
}

function attentionLayer(context: BuildContext, looking: Looking): BuiltLayer {
  const { name } = context
  const { settings, rotary, from } = looking
  const { steps, features } = requireSequence(context)
  const source = requireSequence(context, from)
  if (source.features !== features) {
    throw new InputError(
      'core',
      `model layer "${name}": expected ${features} features in both inputs, got ${source.features} in the second`,
    )
  }
  const isPadded = requireTokens(context, from + 1, source.steps)
  requireHeads(name, features, settings.heads, rotary)
  const made = (role: string, shape: readonly number[], kind: 'weights' | 'biases') =>
    context.parameter(role, shape, { fanIn: features, fanOut: features }, settings[kind] ?? kind)
  const weights = [
    made('in_proj_weight', [features, 3 * features], 'weights'),
    made('out_proj.weight', [features, features], 'weights'),
  ]
  const biases = [made('in_proj_bias', [3 * features], 'biases'), made('out_proj.bias', [features], 'biases')]
  const square = `nn.Transformer.generate_square_subsequent_mask(${Math.max(steps, source.steps)}, dtype=`
  const cut = steps === source.steps ? '' : `[:${steps}, :${source.steps}]`
  return {
    outputShape: [steps, features],
    parameters: settings.bias ? [...weights, ...biases] : weights,
    states: rotary ? rotation(name, steps, features / settings.heads) : [],
    isDepth: true,
    emit: (emitting) => emitAttention(emitting, name, looking),
    ...(rotary || isPadded
      ? { torchLacks: rotary ? 'rotary positions' : 'tokens that tell padding' }
      : {
          keras: () => kerasAttention(name, features, settings),
          torch: () => ({
            module: `MultiheadAttention(${features}, ${settings.heads}, bias=${settings.bias ? 'True' : 'False'}, batch_first=True)`,
            transposed: weights.map((one) => one.name),
            call: (module, [x, y = x]) =>
              `${module}(${x}, ${y}, ${y}, need_weights=False${settings.causal ? `, attn_mask=${square}${x}.dtype)${cut}` : ''})[0]`,
          }),
        }),
  }
}

/** `{ "type": "selfAttention", "heads": 4, "causal": true }` on [steps, features]; a second input may give tokens. */
export const selfAttention = layer({
  arity: [1, 2],
  settings: (schemas) => ({
    ...attentionSettings(schemas),
    rotary: described(z._default(z.boolean(), false), 'Queries and keys are turned by the place of their step.'),
  }),
  build: ({ rotary, ...settings }, context) => attentionLayer(context, { settings, rotary, from: 0 }),
})

/** `{ "type": "crossAttention", "heads": 4, "inputs": ["decoded", "encoded"] }`; a third input may give tokens of the second. */
export const crossAttention = layer({
  arity: [2, 3],
  settings: attentionSettings,
  build: (settings, context) => attentionLayer(context, { settings, rotary: false, from: 1 }),
})
