/**
 * Layers in their places as Keras has them. There channels come last, as its runtimes compute them, while ours come first: a
 * value between spatial layers is held with them last, and turned where a layer takes another order.
 */
import { InputError } from '../errors.js'
import { lastThrough, valuesThrough } from '../model/graph.js'
import type { Layer } from '../model/layers/layer.js'
import type { Model } from '../model/model.js'
import type { KerasFields, KerasLayer } from './keras.js'

/** A layer with the names of the layers that feed it. */
export interface Placed extends KerasLayer {
  readonly name: string
  readonly inbound: readonly string[]
  /** The layer that is applied once more, where this is none of its own. */
  readonly shares?: string
}

/** A value: its name in Keras, its number of axes without the batch, and whether channels are last there and first with us. */
interface Held {
  readonly name: string
  readonly rank: number
  readonly isLast: boolean
  readonly shape: readonly number[]
}

function refuseLayer({ name, kind }: Layer): never {
  throw new InputError(
    'core',
    `layer "${name}" (${kind}) cannot be written for Keras and TensorFlow.js as it is here; export to onnx`,
  )
}

/** Axes of a sample counted from 1, channels moved to the end, or to the front. */
function turning(rank: number, to: 'first' | 'last'): KerasFields {
  const spatial = Array.from({ length: rank - 1 }, (_, i) => i + 1)
  const dims = to === 'first' ? [rank, ...spatial] : [...spatial.map((axis) => axis + 1), 1]
  return { className: 'Permute', config: { dims } }
}

/** True where a layer gives channels last in Keras and first with us. */
function givesLast({ outputShape, channelsFirst = false }: Layer, { channels }: KerasFields, values: readonly Held[]) {
  if (outputShape.length < 2) return false
  return channels === 'either' ? values.every(({ isLast }) => isLast) : channels !== undefined && channelsFirst
}

class Places {
  readonly placed: Placed[] = []
  /** Names in Keras of layers that may be applied again, and of values in another order. */
  readonly #names = new Map<string, string>()
  readonly #turned = new Map<string, string>()
  readonly #taken: Set<string>
  readonly #outputs: readonly string[]

  constructor({ allLayers, outputs }: Model) {
    this.#taken = new Set(allLayers.map(({ name }) => name))
    this.#outputs = outputs
  }

  #free(name: string): string {
    const free = this.#taken.has(name) ? this.#free(`${name}_`) : name
    this.#taken.add(free)
    return free
  }

  #add(name: string, fields: KerasFields, from: string): string {
    this.placed.push({ ...fields, name, weights: [], inbound: [from] })
    return name
  }

  #beside(name: string, fields: KerasFields, from: string): string {
    return this.#add(this.#free(`${name}_${fields.className.toLowerCase()}`), fields, from)
  }

  /** A value in another order, made once. */
  #turn({ name }: Held, word: string, fields: KerasFields): string {
    const key = `${name} ${word}`
    const turned = this.#turned.get(key) ?? this.#add(this.#free(`${name}_${word}`), fields, name)
    this.#turned.set(key, turned)
    return turned
  }

  #asOurs(value: Held): string {
    return value.isLast ? this.#turn(value, 'channels_first', turning(value.rank, 'first')) : value.name
  }

  #asLast(value: Held, from: 'first' | 'last' | 'none'): string {
    const { name, rank, isLast, shape } = value
    if (isLast || from === 'last') return name
    if (from === 'none')
      return this.#turn(value, 'channel', { className: 'Reshape', config: { target_shape: [...shape, 1] } })
    return rank === 1 ? name : this.#turn(value, 'channels_last', turning(rank, 'last'))
  }

  #inbound({ channels }: KerasFields, values: readonly Held[]): string[] {
    if (channels === 'either' && values.every(({ isLast }) => isLast)) return values.map(({ name }) => name)
    if (channels === undefined || channels === 'either') return values.map((value) => this.#asOurs(value))
    return values.map((value) => this.#asLast(value, channels.from))
  }

  #inside({ children }: Layer, [first]: readonly Held[]): Held[] {
    if (children.length === 0 || first === undefined) return []
    return [lastThrough<Layer, Held>(children, first, (child, xs) => this.place(child, xs))]
  }

  /** Puts a layer with what stands in front of it and behind it. Returns the name of the last of them, which is `own`. */
  #standing({ name, shares }: Layer, keras: KerasLayer, own: string, inbound: readonly string[]): string {
    const { before = [], after = [] } = keras
    const fed = before.reduce((from, fields) => [this.#beside(own, fields, from.join())], inbound)
    const called = after.length === 0 ? own : this.#free(`${own}_whole`)
    this.#names.set(name, called)
    const weights = keras.weights.map((one) => ({ ...one, name: one.name.replace(name, called) }))
    const again = shares !== undefined && { shares: this.#names.get(shares) ?? shares, weights: [] }
    this.placed.push({ ...keras, weights, name: called, inbound: fed, ...again })
    return after.reduce(
      (from, fields, i) => (i === after.length - 1 ? this.#add(own, fields, from) : this.#beside(own, fields, from)),
      called,
    )
  }

  /** Puts a layer, and those inside it, behind what feeds it. */
  place(layer: Layer, from: readonly Held[]): Held {
    const { name, outputShape } = layer
    const keras = layer.keras?.() ?? refuseLayer(layer)
    const inner = this.#inside(layer, from)
    if (keras === 'inner') return inner[0] ?? refuseLayer(layer)
    const values = [...from, ...inner]
    const held = { name, rank: outputShape.length, isLast: givesLast(layer, keras, values), shape: outputShape }
    const inbound = this.#inbound(keras, values)
    if (!held.isLast || !this.#outputs.includes(name)) {
      this.#standing(layer, keras, name, inbound)
      return held
    }
    // What the model gives has our order, and the layer's name.
    const last = this.#standing(layer, keras, this.#free(`${name}_channels_last`), inbound)
    return { ...held, name: this.#add(name, turning(held.rank, 'first'), last), isLast: false }
  }
}

/** Layers in the order of the forward pass; one with layers inside is those, and then what joins them to its input. @param nameOf names of inputs. */
export function placedLayers(model: Model, nameOf: (input: string) => string): Placed[] {
  const { layers, inputs } = model
  const places = new Places(model)
  const given = Object.entries(inputs).map(([name, shape]): [string, Held] => [
    name,
    { name: nameOf(name), rank: shape.length, isLast: false, shape },
  ])
  valuesThrough<Layer, Held>(layers, Object.fromEntries(given), (layer, xs) => places.place(layer, xs))
  return places.placed
}
