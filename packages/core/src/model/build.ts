/**
 * Layers from their specs: each is named, fed by the layers that its place in the graph says, and built there, those inside
 * others too. One may apply another once more, with its weights.
 */
import { FieldError, InputError } from '../errors.js'
import { addTo } from '../numerics/tally.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec } from '../registry/settings.js'
import { activationOf } from './activations/activation.js'
import { type Asked, connect, type FeedName, feedNames, INPUT, type Node, wordFor, type Written } from './graph.js'
import { type HeldDefaults, heldParameters, refuseIdle } from './held.js'
import { heldWith } from './size.js'
import { fillOf } from './initializers/initializer.js'
import type { BuildContext, BuiltLayer, Layer, LayerRecord } from './layers/layer.js'

/** Shapes of one sample, by the name of an input or a layer. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** The part of an arm that a model is built from. */
export interface ModelSpec extends HeldDefaults {
  readonly model: { readonly layers: readonly Spec[]; readonly output?: string; readonly channels?: 'first' | 'last' }
  /** Outputs beside the first, by the layers that give them; that of its own name unless given. */
  readonly heads?: Readonly<Record<string, { readonly layer?: string }>>
  /** The function of activation layers that name none. */
  readonly activation: Spec
  readonly initializers: { readonly weights: Spec; readonly biases: Spec }
}

/** Layers of a network, those that repetitions stand for counted each time. */
const MOST_LAYERS = 20_000

/** A layer, and the spec that it was built from. */
interface Owner {
  readonly layer: Layer
  readonly spec: Spec
}

/** Where a layer stands: its name, and what feeds it. */
type Standing = Pick<Layer, 'name' | 'inputs' | 'inputShapes'> & { readonly channelsFirst: boolean }

/** @throws FieldError for another number of inputs than a kind of layer takes. */
function checkArity({ arity: [least, most] = [1, 1] }: LayerRecord, { spec, path }: Written, count: number): void {
  if (count >= least && count <= most) return
  const expected =
    least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
  const cure = count < least ? '; name them: inputs: [...]' : ''
  throw new FieldError(`${path}.inputs`, `expected ${expected} for a layer "${spec.type}", got ${count}${cure}`)
}

/** The fields of a spec that pass to the layers it stands for: the first its inputs, unless they have their places, the last its name. */
function endsOf({ name, inputs }: Spec, isFed: boolean, index: number, count: number): Partial<Spec> {
  return {
    ...(index === 0 && inputs !== undefined && !isFed && { inputs }),
    ...(index === count - 1 && name !== undefined && { name }),
  }
}

/** Does work on a layer, whose errors name its place in the experiment: of what another stands for, that of this other. */
function placed<T>({ path, within }: Pick<Written, 'path' | 'within'>, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof InputError) || (error instanceof FieldError && within === undefined)) throw error
    const problem = error instanceof FieldError ? error.problem : error.message.replace(/^\[[^\]]*\] (model )?/, '')
    throw new FieldError(path, within === undefined ? problem : `in "${within}": ${problem}`, {}, { cause: error })
  }
}

/** The part of two builds of a layer that must be the same for one to take the weights of the other. */
function tensorsOf({ parameters = [], states = [] }: BuiltLayer): string {
  return [...parameters, ...states].map(({ name, shape }) => `${name} [${shape.join(',')}]`).join(', ')
}

/** Gives names to layers (`dense1`, `activation3`) and builds them, inner ones included. */
export class LayerBuilder {
  readonly #spec: ModelSpec
  readonly #registry: Registry
  readonly #timesUsed = new Map<string, number>()
  readonly #built = new Map<string, Owner>()
  readonly #names = new Set<string>()
  /** Numbers that the layers so far hold, and layers that are written so far. */
  #held = 0
  #written = 0
  /** Names of inputs that layers take. */
  readonly #inputs = new Set<string>([INPUT])

  constructor(spec: ModelSpec, registry: Registry) {
    this.#spec = spec
    this.#registry = registry
  }

  /**
   * The layers of a list in order, and the names of those that give the outputs asked for.
   * @param path the list's place in the experiment.
   */
  build(
    specs: readonly Spec[],
    given: Shapes,
    path: string,
    asked: readonly (Asked | undefined)[] = [undefined],
    channelsFirst = this.#spec.model.channels === 'first',
  ) {
    const written = this.#expand(specs.map((spec, i) => ({ spec, path: `${path}[${i}]` })))
    const { order, outputs } = connect(written, Object.keys(given), asked)
    for (const { feeds } of order) for (const feed of feeds) if (typeof feed === 'string') this.#inputs.add(feed)
    const shapes = new Map(Object.entries(given))
    const first = new Set(channelsFirst ? shapes.keys() : [])
    const names = new Map<number, string>()
    const layers = order.map((node) => {
      const inputs = node.feeds.map((feed) => (typeof feed === 'string' ? feed : (names.get(feed) ?? '')))
      const layer = this.#place(
        node,
        inputs,
        inputs.map((name) => shapes.get(name) ?? []),
        inputs.some((name) => first.has(name)),
      )
      if (layer.channelsFirst === true || this.#spec.model.channels === 'first') first.add(layer.name)
      names.set(node.index, layer.name)
      shapes.set(layer.name, layer.outputShape)
      return layer
    })
    return { layers, outputs: outputs.map((number) => names.get(number) ?? INPUT) }
  }

  #record(spec: Spec): LayerRecord {
    return recordOf(this.#registry.layers, spec, 'layer')
  }

  #expand(layers: readonly Written[]): readonly Written[] {
    const all: Written[] = []
    const ends: number[] = []
    for (const [i, written] of layers.entries()) {
      const { spec } = written
      // What is counted back counts the layers that those between stand for.
      const counted = (feed: FeedName): FeedName =>
        typeof feed === 'string' ? feed : (i + feed < 0 ? i + feed : Number(ends[i + feed]) - 1) - all.length
      const fed = spec['inputs'] === undefined ? spec : { ...spec, inputs: feedNames(spec).map(counted) }
      all.push(...this.#standingFor({ ...written, spec: fed }))
      ends.push(all.length)
    }
    return all
  }

  #standingFor(written: Written): readonly Written[] {
    const { spec, path } = written
    const record = this.#record(spec)
    const inner = record.expand?.(spec, feedNames(spec))
    if (inner === undefined) {
      this.#written++
      if (this.#written > MOST_LAYERS)
        throw new FieldError(path, `expected at most ${MOST_LAYERS} layers in all, got more`)
      return [written]
    }
    placed(written, () => refuseIdle(spec, wordFor(written), []))
    const isFed = record.arity !== undefined
    if (isFed) placed(written, () => checkArity(record, written, feedNames(spec).length))
    const ends = inner.map((each, i) => ({ ...each, ...endsOf(spec, isFed, i, inner.length) }))
    return this.#expand(ends.map((each) => ({ spec: each, path, within: wordFor(written) })))
  }

  #place(
    node: Node,
    inputs: readonly string[],
    inputShapes: readonly (readonly number[])[],
    channelsFirst: boolean,
  ): Layer {
    const { spec, path } = node
    return placed(node, () => {
      const record = this.#record(spec)
      const standing = { name: this.#takeName(node), inputs, inputShapes, channelsFirst }
      const shared = record.shares?.(spec)
      const owner = shared === undefined ? undefined : this.#owner(shared, path)
      checkArity(owner === undefined ? record : this.#record(owner.spec), node, inputs.length)
      const layer = owner === undefined ? this.#build(node, record, standing) : this.#applyAgain(node, owner, standing)
      this.#built.set(layer.name, owner ?? { layer, spec })
      return layer
    })
  }

  #build({ spec, path }: Node, record: LayerRecord, standing: Standing): Layer {
    const { name } = standing
    const context = this.#context(
      standing,
      (specs, shape) =>
        this.build(specs, { [INPUT]: shape }, `${path}.layers`, [undefined], standing.channelsFirst).layers,
    )
    const built = record.build(spec, context)
    this.#held = heldWith(this.#held, built, path)
    const parameters = heldParameters(spec, name, built, this.#spec, this.#registry)
    return { ...standing, kind: spec.type, states: [], masks: [], children: [], ...built, parameters }
  }

  /** A layer with the weights and states of another. */
  #applyAgain({ spec, path }: Node, { layer: owner, spec: own }: Owner, standing: Standing): Layer {
    refuseIdle(spec, standing.name, [])
    const context = this.#context({ ...standing, name: owner.name }, () => {
      throw new FieldError(path, `expected a layer that has none inside, got "${owner.name}"`)
    })
    const built = this.#record(own).build(own, context)
    const [expected, got] = [tensorsOf(owner), tensorsOf(built)]
    if (expected !== got) {
      throw new FieldError(
        `${path}.inputs`,
        `expected an input that suits the weights of "${owner.name}", ${expected}, got one for ${got}`,
      )
    }
    const masks = (built.masks ?? []).map((mask) => ({ ...mask, name: ownMask(standing.name, owner.name, mask.name) }))
    const rest = { kind: owner.kind, shares: owner.name, children: [], isDepth: false }
    return { ...standing, ...built, ...rest, parameters: [], states: [], masks }
  }

  /** @throws FieldError for a name that no layer before has. */
  #owner(name: string, path: string): Owner {
    const owner = this.#built.get(name)
    if (owner !== undefined) return owner
    const names = [...this.#built.keys()].join(', ')
    throw new FieldError(
      `${path}.layer`,
      `expected the name of a layer before it (${names || 'there is none'}), got "${name}"`,
    )
  }

  #context({ name, inputShapes, channelsFirst }: Standing, buildLayers: BuildContext['buildLayers']): BuildContext {
    const { activations, initializers } = this.#registry
    const defaults = this.#spec.initializers
    return {
      name,
      inputShape: inputShapes[0] ?? [],
      inputShapes,
      channelsFirst,
      parameter: (role, shape, fans, initial) => {
        const spec = initial === 'weights' || initial === 'biases' ? defaults[initial] : initial
        const fill = typeof spec === 'function' ? spec : fillOf(initializers, spec)
        return { name: `${name}.${role}`, layer: name, role, shape, fans, initial: fill }
      },
      activation: (spec) => activationOf(activations, spec ?? this.#spec.activation),
      buildLayers,
    }
  }

  #takeName({ spec, path }: Node): string {
    const number = addTo(this.#timesUsed, spec.type, 1)
    const name = typeof spec['name'] === 'string' ? spec['name'] : `${spec.type}${number}`
    if (this.#names.has(name) || this.#inputs.has(name)) {
      const taken = this.#inputs.has(name) ? 'an input' : 'another layer'
      throw new FieldError(`${path}.name`, `expected a name of its own, got "${name}", that of ${taken}`)
    }
    this.#names.add(name)
    return name
  }
}

/** A mask of a layer that shares weights: each application drops units of its own. */
export function ownMask(name: string, owner: string, mask: string): string {
  return `${name}${mask.slice(owner.length)}`
}
