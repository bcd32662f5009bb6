/**
 * The graph that a list of layers is: the layer before feeds each one, unless it names what does, and the inputs feed the
 * first. Layers are put in an order in which each comes after what feeds it; that of a list without names is the list's.
 */
import * as z from 'zod/mini'
import { FieldError, internalError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { described } from '../registry/described.js'
import type { Spec } from '../registry/settings.js'

/** The name of what a model is given, all of its inputs in a row; of layers inside another, of what that one is given. */
export const INPUT = 'input'

/** Schemas of the fields that every layer has: its name, and the names of what feeds it. */
export const nodeFields = {
  name: z.exactOptional(z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(200))),
  inputs: z.exactOptional(
    described(
      z.array(z.union([z.string(), z.literal(-1)])).check(z.minLength(1)),
      'Names of the layers that feed it, of fields, or "input"; -1 for the layer before, which feeds it unless given.',
    ),
  ),
}

/** An input of a layer as it is written: a name, or a place counted back from it, -1 for the layer before. */
export type FeedName = string | number

/** The names and places of what feeds a layer. */
export function feedNames({ inputs }: Spec): readonly FeedName[] {
  return Array.isArray(inputs) ? inputs : [-1]
}

/** A layer as it is written, with its place in the experiment: `model.layers[3]`. */
export interface Written {
  readonly spec: Spec
  readonly path: string
  /** The word for the layer as it is written, where this is one of those that it stands for. */
  readonly within?: string
}

/** A layer by name that is asked for at a place of the experiment. */
export interface Asked {
  readonly name: string
  readonly path: string
}

/** A source that feeds a layer: the number of another one in the list, or the name of an input. */
export type Feed = number | string

/** A layer with what feeds it. */
export interface Node extends Written {
  readonly index: number
  readonly feeds: readonly Feed[]
}

/** A layer that has its place: what feeds it has a value when its turn comes. */
interface Placed {
  readonly name: string
  readonly inputs: readonly string[]
}

/** The word for a layer in messages. */
export function wordFor({ spec, within }: Written): string {
  return within ?? (typeof spec['name'] === 'string' ? spec['name'] : spec.type)
}

function listed(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, ...` : names.join(', ')
}

/** Numbers of layers by the names that they are given. @throws FieldError for a name that is taken. */
function numbersByName(layers: readonly Written[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const [i, { spec, path }] of layers.entries()) {
    const { name } = spec
    if (typeof name !== 'string') continue
    const first = layers[numbers.get(name) ?? i]?.path
    if (numbers.has(name))
      throw new FieldError(`${path}.name`, `expected a name of its own, got "${name}", that of ${first}`)
    numbers.set(name, i)
  }
  return numbers
}

/** Finds layers and inputs by their names. */
class Names {
  readonly #numbers: ReadonlyMap<string, number>
  readonly #inputs: readonly string[]

  constructor(layers: readonly Written[], inputs: readonly string[]) {
    this.#numbers = numbersByName(layers)
    this.#inputs = inputs
  }

  /** A layer, or else the input of that name. @throws FieldError for a name of neither. */
  feed({ name, path }: Asked): Feed {
    const isInput = this.#inputs.includes(name)
    if (isInput && this.#numbers.has(name)) {
      throw new FieldError(
        path,
        `expected the name of one thing, got "${name}", which a layer and an input have; rename the layer`,
      )
    }
    return isInput ? name : this.#layer({ name, path }, this.#inputs)
  }

  /** @throws FieldError for a name that no layer has. */
  layer(asked: Asked): number {
    return this.#layer(asked, [])
  }

  #layer({ name, path }: Asked, others: readonly string[]): number {
    const number = this.#numbers.get(name)
    if (number !== undefined) return number
    const names = [...this.#numbers.keys(), ...others]
    const hint = didYouMean(name, names).replace(/\.$/, '')
    throw new FieldError(
      path,
      `expected the name of a layer (${listed(names) || 'none has one'}), got "${name}"${hint || '; a layer is named by its field "name"'}`,
    )
  }
}

function feedsOf({ spec, path }: Written, index: number, names: Names): Feed[] {
  return feedNames(spec).map((name, i) => {
    if (typeof name === 'string') return names.feed({ name, path: `${path}.inputs[${i}]` })
    return index + name < 0 ? INPUT : index + name
  })
}

/** @throws FieldError that goes round the cycle, at the input that closes it. */
function refuseCycle(round: readonly Node[], closing: Node): never {
  const { spec, path, feeds } = round.at(-1) ?? closing
  const field = spec['inputs'] === undefined ? '' : `.inputs[${feeds.indexOf(closing.index)}]`
  throw new FieldError(`${path}${field}`, `expected no cycle, got ${[...round, closing].map(wordFor).join(' <- ')}`)
}

/** Layers in order, each after what feeds it. @throws FieldError for a cycle. */
function ordered(nodes: readonly Node[]): Node[] {
  const done = new Set<Node>()
  for (const root of nodes) {
    const open = [root]
    for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
      const before = node.feeds.flatMap((feed) => (typeof feed === 'number' ? nodes.slice(feed, feed + 1) : []))
      const next = before.find((each) => !done.has(each))
      if (next === undefined) done.add(node)
      if (next === undefined) open.pop()
      else if (open.includes(next)) refuseCycle(open.slice(open.indexOf(next)), next)
      else open.push(next)
    }
  }
  return [...done]
}

/** @throws FieldError for a layer whose output nothing takes. */
function refuseUnused(nodes: readonly Node[], outputs: readonly number[]): void {
  const used = new Set<Feed>([...outputs, ...nodes.flatMap(({ feeds }) => feeds)])
  const idle = nodes.find(({ index }) => !used.has(index))
  if (idle === undefined) return
  const cure = 'name it in the inputs of another, or leave it out'
  throw new FieldError(
    idle.path,
    `expected a layer whose output is used, nothing takes that of "${wordFor(idle)}"; ${cure}`,
  )
}

/**
 * The graph of a list: its layers in order, and the numbers of those that give the outputs asked for; where it is not said
 * which, the last that gives no other.
 * @throws FieldError for a name that is not there or there twice, a cycle, and a layer that nothing takes.
 */
export function connect(layers: readonly Written[], inputs: readonly string[], asked: readonly (Asked | undefined)[]) {
  const names = new Names(layers, inputs)
  const nodes = layers.map((layer, index): Node => ({ ...layer, index, feeds: feedsOf(layer, index, names) }))
  const named = asked.map((each) => each && names.layer(each))
  const last = nodes.findLast(({ index }) => !named.includes(index))?.index ?? nodes.length - 1
  const outputs = named.map((number) => number ?? last)
  const order = ordered(nodes)
  refuseUnused(nodes, outputs)
  return { order, outputs }
}

/** True where each layer is fed by the one before it alone, in layers that hold others too. */
export function isList(layers: readonly (Placed & { readonly children: readonly Placed[] })[]): boolean {
  return layers.every(({ inputs, children }, i) => {
    const isNext = inputs.length === 1 && inputs[0] === (layers[i - 1]?.name ?? INPUT)
    return isNext && isList(children as typeof layers)
  })
}

/**
 * The value of every layer, by name, and of what they are given.
 * @param given values of the inputs. @param apply makes a layer's value of those that feed it.
 */
export function valuesThrough<L extends Placed, V>(
  layers: readonly L[],
  given: Readonly<Record<string, V>>,
  apply: (layer: L, xs: readonly V[]) => V,
): ReadonlyMap<string, V> {
  const values = new Map(Object.entries(given))
  const valueOf = (name: string): V => {
    const value = values.get(name)
    if (value === undefined) throw internalError(`"${name}" feeds a layer and has no value`)
    return value
  }
  for (const layer of layers) values.set(layer.name, apply(layer, layer.inputs.map(valueOf)))
  return values
}

/** The value of the last of layers inside another, `x` where there are none. */
export function lastThrough<L extends Placed, V>(
  layers: readonly L[],
  x: V,
  apply: (layer: L, xs: readonly V[]) => V,
): V {
  const name = layers.at(-1)?.name ?? INPUT
  return valuesThrough(layers, { [INPUT]: x }, apply).get(name) ?? x
}
