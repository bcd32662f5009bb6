/**
 * Hidden layers that nobody has chosen. A kind of layer is drawn like any other record, and is kept where it can be built on
 * what stands before it; so every kind of the table is drawn, also those over planes and steps, and those of two inputs.
 */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { inside, type Shape } from '../experiment/schema-inside.js'
import { INPUT } from '../model/graph.js'
import type { Layer } from '../model/layers/layer.js'
import { buildModel } from '../model/model.js'
import type { Registry } from '../registry/registry.js'
import type { Spec, TableMark } from '../registry/settings.js'
import { elementCount } from '../tensor.js'
import type { DrawnTokens } from './draw-data.js'
import { drawSpec, type SettingsContext } from './draw-settings.js'

type Drawn = Readonly<Record<string, unknown>>

/** The sources of draws of layers. */
export interface LayersContext extends SettingsContext {
  readonly registry: Registry
  readonly fields: Shape
  readonly most: { readonly depth: number; readonly width: number }
  /** A field of tokens, where the data have one. */
  readonly tokens?: DrawnTokens
}

/** Draws of a layer until one fits, and of kinds until one has a layer that does. */
const MOST_ATTEMPTS = 25
const MOST_KINDS = 4
/** Numbers of a sample, and weights, above which a layer that is not dense costs too much beside others. */
const MOST_NUMBERS = 512
const MOST_WEIGHTS = 4096

function layerTable(fields: Shape): TableMark {
  const model = inside(fields['model'])
  const layers = model.kind === 'fields' ? inside(model.shape['layers']) : model
  const one = layers.kind === 'list' ? inside(layers.element) : layers
  if (one.kind === 'table') return one.mark
  throw new RangeError('the field model.layers is of no table')
}

/** The shape that layers make of a sample; undefined where they cannot be built on it, or cost too much. */
function shapeAfter(layers: readonly Drawn[], shape: readonly number[], { registry, fields, tokens }: LayersContext) {
  try {
    const parsed = z.safeParse(fields['model'] as z.ZodMiniType, { layers })
    if (!parsed.success) return undefined
    const zeros = { type: 'zeros' }
    const spec = { model: parsed.data as { layers: Spec[] }, activation: { type: 'relu' } }
    const given = { [INPUT]: shape, ...(tokens && { [tokens.field]: [tokens.steps] }) }
    const model = buildModel({ ...spec, initializers: { weights: zeros, biases: zeros } }, given, registry)
    // Numbers of tokens are not to be had from features.
    const isKnown = ({ tokens: known = Number.POSITIVE_INFINITY, inputs: [from] }: Layer): boolean =>
      known === Number.POSITIVE_INFINITY || (tokens !== undefined && from === tokens.field && known >= tokens.count)
    if (!model.allLayers.every(isKnown)) return undefined
    const weights = model.parameters.reduce((sum, each) => sum + elementCount(each.shape), 0)
    const numbers = Math.max(...model.allLayers.map(({ outputShape }) => elementCount(outputShape)))
    return weights > MOST_WEIGHTS || numbers > MOST_NUMBERS ? undefined : model.outputShape
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/** Layers that `propose` makes until they fit a shape, and what they make of it; none where they never do. */
function fitting(context: LayersContext, shape: readonly number[], propose: () => readonly Drawn[]) {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const layers = propose()
    const after = shapeAfter(layers, shape, context)
    if (after !== undefined) return { layers, shape: after }
  }
  return { layers: [], shape }
}

function divisorsOf(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1).filter((each) => count % each === 0)
}

/** A layout of features as steps or planes. */
function drawLayout({ draw }: LayersContext, features: number): readonly number[] {
  const first = draw.pick(divisorsOf(features))
  const second = draw.pick(divisorsOf(features / first))
  return draw.chance(0.4) ? [first, features / first] : [first, second, features / first / second]
}

/** A layer of a kind on features laid out anyhow, and flat again. */
function drawShaped(context: LayersContext, features: number): readonly Drawn[] {
  const { draw, fields } = context
  const table = layerTable(fields)
  for (let attempt = 0; attempt < MOST_KINDS; attempt++) {
    const kind = draw.pick(Object.keys(table.table))
    const { layers } = fitting(context, [features], () => {
      const shape = drawLayout(context, features)
      return [{ type: 'reshape', shape }, drawSpec(table, { ...context, width: Number(shape.at(-1)) }, kind)]
    })
    if (layers.length > 0) return [...layers, { type: 'flatten' }]
  }
  return []
}

/** Kinds that take several inputs, and those that apply another layer. */
function joiningKinds({ registry }: LayersContext): string[] {
  return Object.entries(registry.layers).flatMap(([type, record]) => {
    const { arity: [, most] = [1, 1] } = record
    return most > 1 || record.shares !== undefined ? [type] : []
  })
}

/** Kinds that look tokens up. */
function tokenKinds({ registry }: LayersContext): string[] {
  return Object.entries(registry.layers).flatMap(([type, record]) => (record.tokens === undefined ? [] : [type]))
}

/** Tokens looked up, mostly with a layer over their steps behind, which may be told where they are; flat. */
function drawLookedUp(context: LayersContext, { field }: DrawnTokens, name: string): readonly Drawn[] {
  const { draw, registry, fields } = context
  const table = layerTable(fields)
  const sequence = { ...drawSpec(table, { ...context, width: draw.count(1, 6) }, draw.pick(tokenKinds(context))), name }
  const over = draw.chance(0.8) ? [drawSpec(table, context, draw.pick(Object.keys(registry.layers)))] : []
  const inputs = draw.pick([[name], [name, field], [name, name], [name, name, field]])
  return [{ ...sequence, inputs: [field] }, ...over.map((one) => ({ ...one, inputs })), { type: 'flatten' }]
}

/** Two dense layers, and a layer of both, or one of them once more: flat, as steps or as planes; flat again behind. */
function drawJoined(context: LayersContext, width: number, index: number) {
  const { draw, fields, tokens } = context
  const table = layerTable(fields)
  const kinds = joiningKinds(context)
  if (kinds.length === 0) return { layers: [], shape: [width] }
  const names = [`left${index}`, `right${index}`]
  const [left, right] = names
  const inner = { ...context, width }
  return fitting(context, [width], () => {
    const isLookedUp = tokens !== undefined && tokenKinds(context).length > 0 && draw.chance(0.6)
    const between = isLookedUp ? drawLookedUp(inner, tokens, `looked${index}`) : [{ type: 'activation' }]
    const both = [{ ...drawSpec(table, inner, 'dense'), name: left }, ...between]
    const shape = draw.chance(0.5) ? drawLayout(context, width) : undefined
    const ends = shape === undefined ? names : names.map((name) => `${name}laid`)
    const laid =
      shape === undefined ? [] : names.map((name) => ({ type: 'reshape', shape, name: `${name}laid`, inputs: [name] }))
    const kind = draw.pick(kinds)
    const joined = drawSpec(table, { ...inner, ...(shape && { width: Number(shape.at(-1)) }), names: ends }, kind)
    const isFed = context.registry.layers[kind]?.shares === undefined
    return [
      ...both,
      { ...drawSpec(table, inner, 'dense'), name: right },
      ...laid,
      { ...joined, ...(isFed && { inputs: ends }) },
      ...(shape === undefined ? [] : [{ type: 'flatten' }]),
    ]
  })
}

/** Hidden layers on flat features: each begins with weights of its own, and any others follow. */
export function drawHidden(context: LayersContext, features: number): readonly Drawn[] {
  const { draw, fields, most } = context
  const table = layerTable(fields)
  const hidden: Drawn[] = features <= MOST_NUMBERS && draw.chance(0.4) ? [...drawShaped(context, features)] : []
  const depth = draw.count(1, most.depth + 1) - 1
  const [common, isUniform] = [draw.count(1, most.width), draw.chance(0.5)]
  for (let i = 0; i < depth; i++) {
    const width = isUniform ? common : draw.count(1, most.width)
    hidden.push(drawSpec(table, { ...context, width }, 'dense'))
    if (draw.chance(context.tokens === undefined ? 0.1 : 0.6))
      hidden.push(...drawJoined(context, width, i).layers, { type: 'dense', units: width })
    for (let others = draw.chance(0.35) ? draw.count(1, 2) : 0; others > 0; others--) {
      const found = fitting(context, [width], () => [
        drawSpec(table, { ...context, width }, draw.pick(Object.keys(table.table))),
      ])
      if (found.shape.length === 1 && found.shape[0] === width) hidden.push(...found.layers)
    }
    if (draw.chance(0.85)) hidden.push({ type: 'activation' })
  }
  return hidden
}
