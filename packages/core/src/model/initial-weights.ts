/**
 * Initial weights from a file: the tensors of a file of some format, fitted to the parameters and states of a model. A
 * tensor is found by the name of the parameter, or by what the mapping says of it or of its layer.
 */
import * as z from 'zod/mini'
import { FieldError } from '../errors.js'
import { nearest } from '../nearest.js'
import { elementCount, type FloatDType, sameShape, type Tensor, tensor, type TensorMap, transposed } from '../tensor.js'
import type { Model } from './model.js'

/** A tensor of a file. */
export interface StoredTensor {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** The order of axes in which a file keeps dense weights: `inputs` [inputs, outputs], as isograd and Keras; `outputs` [outputs, inputs], as PyTorch. */
export type WeightsLayout = 'inputs' | 'outputs'

/** The tensors of a file. */
export interface StoredWeights {
  /** The file in messages. */
  readonly source: string
  readonly tensors: Readonly<Record<string, StoredTensor>>
  /** Undefined where the file does not say. */
  readonly layout?: WeightsLayout
}

/** Schema of `initialWeights`. */
export const initialWeightsSchema = z.strictObject({
  /** Path of the file. */
  path: z.string().check(z.minLength(1)),
  /** Names in the file by those of parameters (`dense1.weight`) or of layers (`dense1`). */
  mapping: z.exactOptional(z.record(z.string(), z.string())),
  /** Found out where it is not told. */
  layout: z.exactOptional(z.enum(['inputs', 'outputs'])),
  /** False: parameters without a tensor begin as their initializers say, and tensors without a parameter are left. */
  strict: z._default(z.boolean(), true),
})

/** Initial weights with their settings. */
export type InitialWeightsSpec = z.output<typeof initialWeightsSchema>

/** A tensor of a model that a file may hold. */
interface Wanted {
  readonly name: string
  readonly shape: readonly number[]
  /** True where PyTorch keeps it the other way round. */
  readonly turns: boolean
}

const FIELD = 'initialWeights'

/** Names of the parameters that PyTorch keeps the other way round. */
export function transposedIn({ allLayers }: Model): ReadonlySet<string> {
  return new Set(
    allLayers.flatMap((layer) => {
      const module = layer.torch?.()
      return module !== undefined && 'module' in module ? (module.transposed ?? []) : []
    }),
  )
}

function wantedOf(model: Model): Wanted[] {
  const turning = transposedIn(model)
  return [...model.parameters, ...model.states].map(({ name, shape }) => ({ name, shape, turns: turning.has(name) }))
}

/** The name that a tensor goes by in the file. */
function storedName(name: string, mapping: Readonly<Record<string, string>>): string {
  const own = mapping[name]
  if (own !== undefined) return own
  const dot = name.lastIndexOf('.')
  const layer = mapping[name.slice(0, dot)]
  return layer === undefined ? name : `${layer}${name.slice(dot)}`
}

function turned(shape: readonly number[]): readonly number[] {
  return shape.toReversed()
}

function text(shape: readonly number[]): string {
  return `[${shape.join(',')}]`
}

/** The layout that the shapes tell; undefined where they are square or do not fit at all. */
function layoutByShapes(found: readonly (readonly [Wanted, StoredTensor])[]): WeightsLayout | undefined {
  const telling = found.filter(([{ turns, shape }]) => turns && shape[0] !== shape[1])
  if (telling.length === 0) return undefined
  if (telling.every(([{ shape }, stored]) => sameShape(shape, stored.shape))) return 'inputs'
  return telling.every(([{ shape }, stored]) => sameShape(turned(shape), stored.shape)) ? 'outputs' : undefined
}

/** @throws FieldError where nothing tells the layout, and it matters. */
function layoutOf(
  spec: InitialWeightsSpec,
  { source, layout }: StoredWeights,
  found: readonly (readonly [Wanted, StoredTensor])[],
): WeightsLayout {
  const known = spec.layout ?? layout ?? layoutByShapes(found)
  if (known !== undefined) return known
  const isOpen = found.some(([{ turns, shape }, stored]) => turns && sameShape(shape, stored.shape))
  if (!isOpen) return 'inputs'
  const cure = '"inputs" for [inputs, outputs] as isograd and Keras keep it, "outputs" as PyTorch does'
  throw new FieldError(`${FIELD}.layout`, `expected ${cure}, got none: the dense weights of "${source}" are square`)
}

/** Names of layers, or what stands before the last dot, each once. */
function prefixes(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.slice(0, Math.max(0, name.lastIndexOf('.')))))]
}

/** A mapping in the order of the layers, where the file has as many. */
function suggestion(missing: readonly string[], unused: readonly string[]): string {
  const [layers, stored] = [prefixes(missing), prefixes(unused)]
  if (layers.length === 0 || layers.length !== stored.length || stored.includes('')) return ''
  const order = stored.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return `; in this order it would be mapping: { ${layers.map((layer, i) => `${layer}: "${order[i]}"`).join(', ')} }`
}

interface Misfits {
  readonly missing: readonly { readonly wanted: Wanted; readonly name: string }[]
  readonly misshapen: readonly (readonly [Wanted, StoredTensor])[]
  readonly unused: readonly string[]
}

/** @throws FieldError with everything that does not fit. */
function refuse({ source, tensors }: StoredWeights, { missing, misshapen, unused }: Misfits): never {
  const lines = [
    ...missing.map(({ wanted, name }) => {
      const near = nearest(name, unused)
      return `${wanted.name} ${text(wanted.shape)}: no tensor "${name}"${near === undefined ? '' : `; nearest: "${near}"`}`
    }),
    ...misshapen.map(([{ name, shape }, stored]) => `${name} ${text(shape)}: it is ${text(stored.shape)} there`),
    ...unused.map((name) => `not used: "${name}" ${text(tensors[name]?.shape ?? [])}`),
  ]
  const hint = suggestion(
    missing.map(({ wanted }) => wanted.name),
    unused,
  )
  const isOthers = misshapen.length > 0
  const cure = isOthers
    ? 'make the layers as wide as those of the file, or map them to others'
    : `name them in ${FIELD}.mapping, or take what fits with strict: false${hint}`
  throw new FieldError(FIELD, `"${source}" does not fit the model:\n  ${lines.join('\n  ')}\n${cure}`)
}

function checkMapping(mapping: Readonly<Record<string, string>>, wanted: readonly Wanted[]): void {
  const names = wanted.map(({ name }) => name)
  const known = [...names, ...prefixes(names)]
  const odd = Object.keys(mapping).find((name) => !known.includes(name))
  if (odd === undefined) return
  const near = nearest(odd, known)
  const hint = near === undefined ? '' : `; did you mean "${near}"?`
  throw new FieldError(`${FIELD}.mapping`, `expected names of parameters or layers, got "${odd}"${hint}`)
}

/**
 * The tensors of a file by the names of a model's, in its layout and precision.
 * @throws FieldError that lists every tensor that is missing, left over or of another shape.
 */
export function fitWeights(
  model: Model,
  spec: InitialWeightsSpec,
  stored: StoredWeights,
  precision: FloatDType,
): TensorMap {
  const { mapping = {}, strict } = spec
  const wanted = wantedOf(model)
  checkMapping(mapping, wanted)
  const named = wanted.map((one) => ({ wanted: one, name: storedName(one.name, mapping) }))
  const found = named.flatMap(({ wanted: one, name }): [Wanted, StoredTensor][] => {
    const value = Object.hasOwn(stored.tensors, name) ? stored.tensors[name] : undefined
    return value === undefined ? [] : [[one, value]]
  })
  const turns = layoutOf(spec, stored, found) === 'outputs'
  const fits = ([one, { shape }]: readonly [Wanted, StoredTensor]): boolean =>
    sameShape(turns && one.turns ? turned(one.shape) : one.shape, shape)
  const used = new Set(named.map(({ name }) => name))
  const misfits = {
    missing: named.filter(({ name }) => !Object.hasOwn(stored.tensors, name)),
    misshapen: found.filter((pair) => !fits(pair)),
    unused: Object.keys(stored.tensors).filter((name) => !used.has(name)),
  }
  const isWhole = misfits.missing.length + misfits.unused.length === 0
  if (misfits.misshapen.length > 0 || found.length === 0 || (strict && !isWhole)) refuse(stored, misfits)
  return Object.fromEntries(
    found.map(([{ name, shape, turns: isTurned }, value]): [string, Tensor] => {
      const data = turns && isTurned ? transposed(value) : Float64Array.from(value.data)
      if (data.length !== elementCount(shape)) throw new FieldError(FIELD, `"${name}" is damaged`)
      return [name, tensor(precision, shape, data)]
    }),
  )
}

/** The tensors that parameters and states begin as by the file that an arm names. @throws FieldError where it was not read. */
export function givenTensors(
  { initialWeights: spec, precision }: { readonly initialWeights?: InitialWeightsSpec; readonly precision: FloatDType },
  model: Model,
  weights?: StoredWeights,
): TensorMap {
  if (spec === undefined) return {}
  if (weights !== undefined) return fitWeights(model, spec, weights, precision)
  const cure = 'loadInitialWeights(arm) of @isograd/core/node reads them, and planFor({ ...weights }) takes them'
  throw new FieldError('initialWeights', `expected the tensors of "${spec.path}", got none: ${cure}`)
}
