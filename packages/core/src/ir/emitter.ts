/**
 * A program under construction: its inputs, its nodes, their names, and the finished whole. A node's shapes are checked
 * at once, and the existing node is returned where the same computation already stands (so that gradients written
 * naively share what they can). Operations by name are `builder.ts`.
 */
import { ProgramError } from '../errors.js'
import { stringifyExactly } from '../numerics/json.js'
import { addTo } from '../numerics/tally.js'
import { type OpAttributes, operationOf, type OpName } from './ops/index.js'
import { ShapeFault } from './ops/operation.js'
import {
  type GradientNote,
  neededValues,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type TensorType,
  type ValueId,
} from './program.js'

/** A value inside a builder: an input or the result of a node. */
export interface Value {
  readonly id: ValueId
  readonly name: string
  readonly type: TensorType
}

/** Where the nodes emitted inside `Emitter.within` belong. */
export interface Scope {
  readonly stage: string
  readonly layer: string
}

/** `stage/layer/op`, without the parts that are empty. */
function pathOf(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/')
}

type InputRole = keyof Program['inputs']

/** True for what an operation gives; modules in JavaScript may hand over anything. */
function isValue(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && 'id' in value && 'type' in value
}

/** Emits the nodes of one program; `finish` may be called once the outputs are known. */
export class Emitter {
  readonly #name: string
  readonly #nodes: ProgramNode[] = []
  readonly #inputs: Record<InputRole, ProgramInput[]> = { constants: [], carry: [], xs: [] }
  readonly #known = new Map<string, ProgramNode>()
  readonly #gradients: GradientNote[] = []
  readonly #values = new Map<ValueId, Value>()
  readonly #timesUsed = new Map<string, number>()
  #scope: Scope
  #nextId = 0

  /** `stage` is that of nodes which no `within` puts in another. */
  constructor(name: string, stage = '') {
    this.#name = name
    this.#scope = { stage, layer: '' }
  }

  /** The stage that nodes emitted now are put in. */
  get stage(): string {
    return this.#scope.stage
  }

  /** Nodes emitted so far, in order. */
  get nodes(): readonly ProgramNode[] {
    return this.#nodes
  }

  /** The input or node with an id. @throws ProgramError when it is of another builder. */
  value(id: ValueId): Value {
    const value = this.#values.get(id)
    if (value === undefined) throw new ProgramError('core', `value %${id} is not of program "${this.#name}"`)
    return value
  }

  /** A tensor bound once, when the program is compiled. */
  constants(name: string, type: TensorType): Value {
    return this.#input('constants', name, type)
  }

  /** A tensor handed on from step to step. */
  carry(name: string, type: TensorType): Value {
    return this.#input('carry', name, type)
  }

  /** A tensor that is new in every step; the type is that of one step. */
  xs(name: string, type: TensorType): Value {
    return this.#input('xs', name, type)
  }

  #input(role: InputRole, name: string, type: TensorType): Value {
    const input: ProgramInput = { id: this.#takeId(), name, type }
    this.#inputs[role].push(input)
    this.#values.set(input.id, input)
    return input
  }

  /** Runs `emit` with its nodes marked as belonging to a stage or layer. */
  within<T>(scope: Partial<Scope>, emit: () => T): T {
    const outer = this.#scope
    this.#scope = { ...outer, ...scope }
    try {
      return emit()
    } finally {
      this.#scope = outer
    }
  }

  /** @throws ProgramError for a value of another program, and for what is none. */
  protected requireOwn(...values: readonly unknown[]): void {
    for (const value of values) {
      if (isValue(value) && this.#values.get(value.id) === value) continue
      const problem = isValue(value)
        ? `value "${value.name}" is of another program than "${this.#name}"`
        : `expected a value of the program, got ${String(value)}; b.constant(${String(value)}, dtype) makes one of a number`
      throw new ProgramError('core', problem)
    }
  }

  /** Emits one node. @throws ProgramError naming the operation, the layer and the shapes. */
  emit<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): Value {
    this.requireOwn(...inputs)
    const key = `${op}(${inputs.map((input) => input.id).join(',')})${stringifyExactly(attributes)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const type = this.#infer(op, inputs, attributes)
    const { stage, layer } = this.#scope
    const node = {
      id: this.#takeId(),
      op,
      name: this.#uniqueName(pathOf(stage, layer, op)),
      stage,
      layer,
      inputs: inputs.map((input) => input.id),
      attributes,
      type,
    } as ProgramNode
    this.#nodes.push(node)
    this.#values.set(node.id, node)
    this.#known.set(key, node)
    return node
  }

  #infer<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): TensorType {
    try {
      return operationOf(op).infer(
        inputs.map((input) => input.type),
        attributes,
      )
    } catch (error) {
      if (!(error instanceof ShapeFault)) throw error
      const where = pathOf(this.#scope.stage, this.#scope.layer)
      const what = where === '' ? op : `${op} "${where}"`
      throw new ProgramError('core', `${what}: ${error.message}`, { cause: error })
    }
  }

  #takeId(): ValueId {
    return this.#nextId++ as ValueId
  }

  #uniqueName(name: string): string {
    const times = addTo(this.#timesUsed, name, 1)
    return times === 1 ? name : `${name}:${times}`
  }

  /** Notes that a value is the gradient of `loss` with respect to `wrt`. */
  noteGradient(loss: Value, wrt: Value, ofLoss: Value): void {
    this.#gradients.push({ loss: loss.id, wrt: wrt.id, gradient: ofLoss.id })
  }

  /** The finished program, without the nodes that no output needs. */
  finish(outputs: { carry: Readonly<Record<string, Value>>; ys: Readonly<Record<string, Value>> }): Program {
    const results = [...Object.values(outputs.carry), ...Object.values(outputs.ys)]
    this.requireOwn(...results)
    const needed = neededValues(
      this.#nodes,
      results.map(({ id }) => id),
    )
    const named = (values: Readonly<Record<string, Value>>) =>
      Object.entries(values).map(([name, value]) => ({ name, value: value.id }))
    return {
      format: 'isograd.program/1',
      name: this.#name,
      inputs: { ...this.#inputs },
      nodes: this.#nodes.filter((node) => needed.has(node.id)),
      outputs: { carry: named(outputs.carry), ys: named(outputs.ys) },
      gradients: this.#gradients.filter(({ loss, wrt, gradient }) =>
        [loss, wrt, gradient].every((id) => needed.has(id)),
      ),
    }
  }
}
