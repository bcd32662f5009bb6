/**
 * Builds programs. Every method emits one node, checks its shapes at once, and returns the existing node where the
 * same computation already stands (so that gradients written naively share what they can). Rewrites here never
 * change a bit of any result. Autodiff is `gradient.ts`; nothing here knows of training.
 */
import { ProgramError } from '../errors.js'
import type { DType, FloatDType } from '../tensor.js'
import { isOpName, type OpAttributes, type OpName, operationOf } from './ops/index.js'
import { ShapeFault } from './ops/operation.js'
import {
  formatShape,
  type GradientNote,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type Shape,
  type Stage,
} from './program.js'
import type { TensorType, ValueId } from './program.js'

/** A value inside a builder: an input or the result of a node. */
export interface Value {
  readonly id: ValueId
  readonly name: string
  readonly type: TensorType
}

/** Where the nodes emitted inside `Builder.within` belong. */
export interface Scope {
  readonly stage: Stage
  readonly layer: string
}

type InputRole = keyof Program['inputs']

/** Attributes as a key; JSON alone would take -0 for 0 and NaN for null. */
function attributesKey(attributes: object): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'number' && (Object.is(value, -0) || !Number.isFinite(value))
      ? `#${value === 0 ? '-0' : value}`
      : value,
  )
}

/** Builds one program; `finish` may be called once the outputs are known. */
export class Builder {
  readonly #name: string
  readonly #nodes: ProgramNode[] = []
  readonly #inputs: Record<InputRole, ProgramInput[]> = { constants: [], carry: [], xs: [] }
  readonly #known = new Map<string, ProgramNode>()
  readonly #gradients: GradientNote[] = []
  readonly #values = new Map<ValueId, Value>()
  readonly #timesUsed = new Map<string, number>()
  #scope: Scope = { stage: 'forward', layer: '' }
  #nextId = 0

  constructor(name: string) {
    this.#name = name
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

  #requireOwn(value: Value): void {
    if (this.#values.get(value.id) === value) return
    throw new ProgramError('core', `value "${value.name}" is of another program than "${this.#name}"`)
  }

  /** Emits one node. @throws ProgramError naming the operation, the layer and the shapes. */
  emit<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): Value {
    for (const input of inputs) this.#requireOwn(input)
    const key = `${op}(${inputs.map((input) => input.id).join(',')})${attributesKey(attributes)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const type = this.#infer(op, inputs, attributes)
    const { stage, layer } = this.#scope
    const node = {
      id: this.#takeId(),
      op,
      name: this.#uniqueName([stage, layer, op].filter((part) => part !== '').join('/')),
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
      const where = this.#scope.layer === '' ? this.#scope.stage : `${this.#scope.stage}/${this.#scope.layer}`
      throw new ProgramError('core', `${op} "${where}": ${error.message}`, { cause: error })
    }
  }

  #takeId(): ValueId {
    return this.#nextId++ as ValueId
  }

  #uniqueName(name: string): string {
    const times = (this.#timesUsed.get(name) ?? 0) + 1
    this.#timesUsed.set(name, times)
    return times === 1 ? name : `${name}:${times}`
  }

  /** Notes that a value is the gradient of `loss` with respect to `wrt`. */
  noteGradient(loss: Value, wrt: Value, ofLoss: Value): void {
    this.#gradients.push({ loss: loss.id, wrt: wrt.id, gradient: ofLoss.id })
  }

  /** The finished program, without the nodes that no output needs. */
  finish(outputs: { carry: Readonly<Record<string, Value>>; ys: Readonly<Record<string, Value>> }): Program {
    const results = [...Object.values(outputs.carry), ...Object.values(outputs.ys)]
    for (const result of results) this.#requireOwn(result)
    const needed = new Set<ValueId>(results.map(({ id }) => id))
    for (const node of this.#nodes.toReversed()) {
      if (needed.has(node.id)) for (const input of node.inputs) needed.add(input)
    }
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

  /** The number a value is known to be while building, if it is a constant. */
  #constantOf(value: Value): number | undefined {
    if (!('op' in value)) return undefined
    const node = value as ProgramNode
    return node.op === 'constant' ? node.attributes.value : undefined
  }

  // --- sources and conversions ---------------------------------------------------------------------------------

  /** A scalar known now. */
  constant(value: number, dtype: DType): Value {
    return this.emit('constant', [], { value, dtype })
  }
  /** A scalar zero of the value's dtype: it broadcasts wherever it is used. */
  zerosLike(value: Value): Value {
    return this.constant(0, value.type.dtype)
  }
  /** A tensor filled with one number. */
  filled(value: number, dtype: DType, shape: Shape): Value {
    return this.broadcastTo(this.constant(value, dtype), shape)
  }
  /** The value as another dtype; itself where it already has it. */
  cast(x: Value, dtype: DType): Value {
    return x.type.dtype === dtype ? x : this.emit('cast', [x], { dtype })
  }
  /** Length of an axis as a floating-point scalar. */
  size(x: Value, axis: number, dtype: FloatDType): Value {
    const length = x.type.shape[axis]
    return typeof length === 'number' ? this.constant(length, dtype) : this.emit('size', [x], { axis, dtype })
  }

  // --- arithmetic ----------------------------------------------------------------------------------------------

  add(x: Value, y: Value): Value {
    return this.emit('add', [x, y], {})
  }
  sub(x: Value, y: Value): Value {
    return this.emit('sub', [x, y], {})
  }
  /** The product; a factor that is the constant 1 falls away where the shape stays. */
  mul(x: Value, y: Value): Value {
    const sameDType = x.type.dtype === y.type.dtype
    if (sameDType && this.#constantOf(x) === 1) return y
    if (sameDType && this.#constantOf(y) === 1) return x
    return this.emit('mul', [x, y], {})
  }
  div(x: Value, y: Value): Value {
    return this.#constantOf(y) === 1 && x.type.dtype === y.type.dtype ? x : this.emit('div', [x, y], {})
  }
  maximum(x: Value, y: Value): Value {
    return this.emit('maximum', [x, y], {})
  }
  minimum(x: Value, y: Value): Value {
    return this.emit('minimum', [x, y], {})
  }
  neg(x: Value): Value {
    const known = this.#constantOf(x)
    return known === undefined ? this.emit('neg', [x], {}) : this.constant(-known, x.type.dtype)
  }
  abs(x: Value): Value {
    return this.emit('abs', [x], {})
  }
  sign(x: Value): Value {
    return this.emit('sign', [x], {})
  }
  exp(x: Value): Value {
    return this.emit('exp', [x], {})
  }
  log(x: Value): Value {
    return this.emit('log', [x], {})
  }
  sqrt(x: Value): Value {
    return this.emit('sqrt', [x], {})
  }

  // --- activations ---------------------------------------------------------------------------------------------

  relu(x: Value): Value {
    return this.emit('relu', [x], {})
  }
  sigmoid(x: Value): Value {
    return this.emit('sigmoid', [x], {})
  }
  tanh(x: Value): Value {
    return this.emit('tanh', [x], {})
  }
  logSoftmax(x: Value): Value {
    return this.emit('logSoftmax', [x], {})
  }

  // --- comparison and choice -----------------------------------------------------------------------------------

  greater(x: Value, y: Value): Value {
    return this.emit('greater', [x, y], {})
  }
  greaterEqual(x: Value, y: Value): Value {
    return this.emit('greaterEqual', [x, y], {})
  }
  equal(x: Value, y: Value): Value {
    return this.emit('equal', [x, y], {})
  }
  select(condition: Value, x: Value, y: Value): Value {
    return this.emit('select', [condition, x, y], {})
  }

  // --- linear algebra and reductions ---------------------------------------------------------------------------

  matmul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    return this.emit('matmul', [a, b], { transposeA, transposeB })
  }
  /** The sum over the axes, ascending; over all of them when none are named. */
  reduceSum(x: Value, axes: readonly number[] = x.type.shape.map((_, axis) => axis), keepDims = false): Value {
    return axes.length === 0 ? x : this.emit('reduceSum', [x], { axes, keepDims })
  }
  reduceMax(x: Value, axes: readonly number[] = x.type.shape.map((_, axis) => axis), keepDims = false): Value {
    return axes.length === 0 ? x : this.emit('reduceMax', [x], { axes, keepDims })
  }
  argMax(x: Value): Value {
    return this.emit('argMax', [x], {})
  }

  // --- shape ---------------------------------------------------------------------------------------------------

  reshape(x: Value, shape: Shape): Value {
    return formatShape(x.type.shape) === formatShape(shape) ? x : this.emit('reshape', [x], { shape })
  }
  broadcastTo(x: Value, shape: Shape): Value {
    return formatShape(x.type.shape) === formatShape(shape) ? x : this.emit('broadcastTo', [x], { shape })
  }
  transpose(x: Value, permutation: readonly number[]): Value {
    return permutation.every((axis, i) => axis === i) ? x : this.emit('transpose', [x], { permutation })
  }
  concat(parts: readonly Value[], axis: number): Value {
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : this.emit('concat', parts, { axis })
  }
  slice(x: Value, axis: number, start: number, stop: number): Value {
    return start === 0 && stop === x.type.shape[axis] ? x : this.emit('slice', [x], { axis, start, stop })
  }

  // --- rows and labels -----------------------------------------------------------------------------------------

  gatherRows(x: Value, rowNumbers: Value): Value {
    return this.emit('gatherRows', [x, rowNumbers], {})
  }
  oneHot(labels: Value, depth: number, dtype: FloatDType | DType): Value {
    if (dtype !== 'float32' && dtype !== 'float64') {
      throw new ProgramError('core', `oneHot: expected a floating-point dtype, got ${dtype}`)
    }
    return this.emit('oneHot', [labels], { depth, dtype })
  }
}

/** Whether a value of a builder is the result of a node rather than an input. */
export function isNode(value: Value): value is ProgramNode & Value {
  return 'op' in value && isOpName(String(value.op))
}
