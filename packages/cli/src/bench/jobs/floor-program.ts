/**
 * The matrix products of a training step, and nothing else: a program in which each product of the step stands with its
 * shapes and its transposes, and takes as operands what the step's elementwise operations would have been applied to.
 * So products hang together as in the step. A result that no other product takes is carried out of the step, and what
 * comes from the batch changes from step to step: no runtime may skip one, or compute it once for all steps.
 */
import { InputError, type Tensor, tensor, type TensorMap } from '@isograd/core'
import { elementCount } from '@isograd/core/backend'
import {
  Builder,
  concreteShape,
  formatShape,
  type NodeOf,
  type Program,
  type ProgramNode,
  type TensorType,
  type Value,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'

/** A program of products with what it is scanned over from. */
export interface Floor {
  readonly program: Program
  readonly carry: TensorMap
  /** Name of the input that is new in each step, a scalar that nothing reads. */
  readonly tick: string
  /** Multiplications and additions of a step. */
  readonly operations: number
}

const TICK = 'tick'

/** Numbers of ordinary size: products of them neither vanish into denormal numbers, which are slow, nor overflow. */
function ordinary(dtype: 'float32' | 'float64', shape: readonly number[], seed: number): Tensor {
  const value = (_: unknown, i: number): number => (((i * 7919 + seed * 104_729) % 97) - 48) / 97
  return tensor(dtype, shape, Array.from({ length: elementCount(shape) }, value))
}

/** Makes the floor of one program. Ids are those of the program, values those of the floor. */
class FloorBuilder {
  readonly #program: Program
  readonly #batch: number
  readonly #types: ReadonlyMap<ValueId, TensorType>
  readonly #b: Builder
  /** The product, parameter or operand that a value comes from through operations that keep its shape. */
  readonly #origins = new Map<ValueId, Value>()
  readonly #products: Value[] = []
  readonly #taken = new Set<Value>()
  readonly #initial: Record<string, Tensor> = {}
  readonly #next: Record<string, Value> = {}
  #operations = 0

  constructor(program: Program, batch: number) {
    this.#program = program
    this.#batch = batch
    this.#types = valueTypes(program)
    this.#b = new Builder(`${program.name}/products`)
  }

  build(start: TensorMap): Floor {
    this.#b.xs(TICK, { dtype: 'int32', shape: [] })
    this.#addParameters(start)
    for (const node of this.#program.nodes) {
      if (node.op === 'matmul') this.#multiply(node)
      else this.#follow(node)
    }
    for (const [i, product] of this.#products.entries()) if (!this.#taken.has(product)) this.#carryOut(product, i)
    const program = this.#b.finish({ carry: this.#next, ys: {} })
    return { program, carry: this.#initial, tick: TICK, operations: this.#operations }
  }

  /** Adds what products take and steps carry on. */
  #addParameters(start: TensorMap): void {
    const operands = new Set(this.#program.nodes.flatMap(({ op, inputs }) => (op === 'matmul' ? inputs : [])))
    for (const { id, name, type } of this.#program.inputs.carry) {
      const initial = start[name]
      if (initial === undefined || !operands.has(id)) continue
      const value = this.#b.carry(name, type)
      this.#initial[name] = initial
      this.#next[name] = value
      this.#origins.set(id, value)
    }
  }

  #multiply(node: NodeOf<'matmul'>): void {
    const [left, right] = node.inputs.map((id) => this.#operand(id))
    if (left === undefined || right === undefined) throw new Error(`internal: "${node.name}" has no two operands`)
    const { transposeA, transposeB } = node.attributes
    const known = this.#b.nodes.length
    let product = this.#b.matmul(left, right, transposeA, transposeB)
    // Two products may differ by nothing but elementwise operations: they must not become one.
    if (this.#b.nodes.length === known) {
      product = this.#b.matmul(this.#leaf(left.type), right, transposeA, transposeB)
    }
    for (const operand of [left, right]) this.#taken.add(operand)
    this.#products.push(product)
    this.#origins.set(node.id, product)
    // 2 m k n for an m x k by k x n product.
    const inner = this.#sizes(left.type).slice(transposeA ? 0 : 1, transposeA ? 1 : 2)
    this.#operations += 2 * elementCount([...inner, ...this.#sizes(product.type)])
  }

  /** Of a gradient and the activation that it is masked by, the gradient: the latest product is what a value comes from. */
  #follow({ id, inputs }: ProgramNode): void {
    const latest = inputs
      .filter((input) => this.#shapeOf(input) === this.#shapeOf(id))
      .flatMap((input) => this.#origins.get(input) ?? [])
      .toSorted((a, b) => this.#products.indexOf(a) - this.#products.indexOf(b))
      .at(-1)
    if (latest !== undefined) this.#origins.set(id, latest)
  }

  /** The value that stands in for an operand: its origin, or a tensor of its shape. */
  #operand(id: ValueId): Value {
    const value = this.#origins.get(id) ?? this.#leaf(this.#typeOf(id))
    this.#origins.set(id, value)
    return value
  }

  #typeOf(id: ValueId): TensorType {
    const type = this.#types.get(id)
    if (type === undefined) throw new Error(`internal: value %${id} has no type`)
    return type
  }

  /** With the batch as a symbol: a batch may have as many rows as a layer has units. */
  #shapeOf(id: ValueId): string {
    return formatShape(this.#typeOf(id).shape)
  }

  #sizes({ shape }: TensorType): number[] {
    return concreteShape(shape, this.#batch)
  }

  #carry(name: string, type: TensorType, seed: number): Value {
    const dtype = type.dtype === 'float64' ? 'float64' : 'float32'
    const shape = this.#sizes(type)
    this.#initial[name] = ordinary(dtype, shape, seed)
    return this.#b.carry(name, { dtype, shape })
  }

  /** One of two tensors that change places in every step. */
  #leaf(type: TensorType): Value {
    const number = Object.keys(this.#initial).length
    const [even, odd] = [`batch${number}/even`, `batch${number}/odd`]
    const [now, next] = [this.#carry(even, type, number), this.#carry(odd, type, number + 1)]
    this.#next[even] = next
    this.#next[odd] = now
    return now
  }

  #carryOut(product: Value, number: number): void {
    const name = `product${number}`
    this.#carry(name, product.type, number)
    this.#next[name] = product
  }
}

/** @throws InputError where a step has no matrix product, or convolutions beside it: such a network has no floor. */
export function requireProducts({ nodes }: Program): void {
  if (nodes.some(({ op }) => op.startsWith('convolve'))) {
    throw new InputError('isograd', 'a step has convolutions, and a floor is of matrix products alone')
  }
  if (nodes.some(({ op }) => op === 'matmul')) return
  throw new InputError('isograd', 'a step has no matrix product, and so no floor')
}

/**
 * The floor of a training program for batches of a size. `start` is where training starts: its parameters stand in the
 * products as they are.
 */
export function floorOf(program: Program, start: TensorMap, batch: number): Floor {
  return new FloorBuilder(program, batch).build(start)
}

/** Bytes of everything that a step carries on: parameters, layer states and optimizer state. */
export function stateBytesOf(carry: TensorMap): number {
  return Object.values(carry).reduce((sum, { data }) => sum + data.byteLength, 0)
}
