/**
 * The matrix products of a training step, and nothing else: a program in which each product of the step stands with its
 * shapes and its transposes, and takes as operands what the step's elementwise operations would have been applied to.
 * So products hang together as in the step. A result that no other product takes is carried out of the step, and what
 * comes from the batch changes from step to step: no runtime may skip one, or compute it once for all steps.
 */
import {
  Builder,
  concreteShape,
  elementCount,
  type FloatDType,
  formatShape,
  type NodeOf,
  type Program,
  type ProgramNode,
  type Tensor,
  tensor,
  type TensorMap,
  type TensorType,
  type Value,
  type ValueId,
  valueTypes,
} from '@isograd/core'

/** A program of products with what it is scanned over from. */
export interface Floor {
  readonly program: Program
  readonly carry: TensorMap
  /** Name of the input that is new in each step, a scalar that nothing reads. */
  readonly tick: string
  readonly products: number
  /** Multiplications and additions of a step. */
  readonly operations: number
}

const TICK = 'tick'

function isNode(value: Value): boolean {
  return 'op' in value
}

function isProduct(node: ProgramNode): node is NodeOf<'matmul'> {
  return node.op === 'matmul'
}

/** Numbers of ordinary size: products of them neither vanish into denormal numbers, which are slow, nor overflow. */
function ordinary(dtype: FloatDType, shape: readonly number[], seed: number): Tensor {
  const data = Float64Array.from(
    { length: elementCount(shape) },
    (_, i) => (((i * 7919 + seed * 104_729) % 97) - 48) / 97,
  )
  return tensor(dtype, shape, data)
}

/** Makes the floor of one program. */
class FloorBuilder {
  readonly #program: Program
  readonly #parameters: TensorMap
  readonly #batch: number
  readonly #types: ReadonlyMap<ValueId, TensorType>
  readonly #nodes: ReadonlyMap<ValueId, ProgramNode>
  readonly #b: Builder
  readonly #values = new Map<ValueId, Value>()
  readonly #taken = new Set<Value>()
  readonly #initial: Record<string, Tensor> = {}
  readonly #next: Record<string, Value> = {}
  #operations = 0

  constructor(program: Program, parameters: TensorMap, batch: number) {
    this.#program = program
    this.#parameters = parameters
    this.#batch = batch
    this.#types = valueTypes(program)
    this.#nodes = new Map(program.nodes.map((node) => [node.id, node]))
    this.#b = new Builder(`${program.name}/products`)
  }

  build(): Floor {
    this.#b.xs(TICK, { dtype: 'int32', shape: [] })
    const products = this.#program.nodes.filter(isProduct).map((node) => this.#product(node))
    for (const [i, product] of products.entries()) if (!this.#taken.has(product)) this.#carryOut(product, i)
    return {
      program: this.#b.finish({ carry: this.#next, ys: {} }),
      carry: this.#initial,
      tick: TICK,
      products: products.length,
      operations: this.#operations,
    }
  }

  #product(node: NodeOf<'matmul'>): Value {
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
    this.#values.set(node.id, product)
    this.#operations += this.#countOf(left, product, transposeA)
    return product
  }

  /** 2 m k n for an m x k by k x n product. */
  #countOf(left: Value, product: Value, transposeA: boolean): number {
    const inner = concreteShape(left.type.shape, this.#batch)[transposeA ? 0 : 1] ?? 0
    return 2 * inner * elementCount(concreteShape(product.type.shape, this.#batch))
  }

  /** What stands in for an operand: the product or parameter that it comes from, or a tensor of its shape. */
  #operand(id: ValueId): Value {
    const known = this.#values.get(id)
    if (known !== undefined) return known
    const value = this.#origin(id) ?? this.#leaf(this.#typeOf(id))
    this.#values.set(id, value)
    return value
  }

  /** The latest product that an operand comes from through operations that keep its shape; else a parameter. */
  #origin(id: ValueId, seen: Set<ValueId> = new Set()): Value | undefined {
    const known = this.#values.get(id)
    if (known !== undefined) return known
    if (seen.has(id)) return undefined
    seen.add(id)
    const node = this.#nodes.get(id)
    if (node === undefined) return this.#parameter(id)
    const alike = node.inputs.filter((input) => this.#shapeOf(input) === this.#shapeOf(id))
    const origins = alike.flatMap((input) => this.#origin(input, seen) ?? [])
    return origins.reduce<Value | undefined>((latest, one) => (this.#isLater(one, latest) ? one : latest), undefined)
  }

  /** Of a gradient and the activation that it is masked by, the gradient. */
  #isLater(value: Value, than: Value | undefined): boolean {
    if (than === undefined || isNode(value) !== isNode(than)) return than === undefined || isNode(value)
    return value.id > than.id
  }

  #parameter(id: ValueId): Value | undefined {
    const input = this.#program.inputs.carry.find((one) => one.id === id)
    const start = input === undefined ? undefined : this.#parameters[input.name]
    if (input === undefined || start === undefined) return undefined
    const value = this.#b.carry(input.name, input.type)
    this.#initial[input.name] = start
    this.#next[input.name] = value
    this.#values.set(id, value)
    return value
  }

  /** With the batch as a symbol: a batch may have as many rows as a layer has units. */
  #shapeOf(id: ValueId): string {
    return formatShape(this.#types.get(id)?.shape ?? [])
  }

  #typeOf(id: ValueId): TensorType {
    const type = this.#types.get(id)
    if (type === undefined) throw new Error(`internal: value %${id} has no type`)
    return { dtype: type.dtype, shape: concreteShape(type.shape, this.#batch) }
  }

  #carry(name: string, type: TensorType, seed: number): Value {
    const dtype = type.dtype === 'float64' ? 'float64' : 'float32'
    const shape = concreteShape(type.shape, this.#batch)
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

/**
 * The floor of a training program for batches of a size. `carry` is where training starts: its parameters stand in the
 * products as they are.
 */
export function floorOf(program: Program, carry: TensorMap, batch: number): Floor {
  return new FloorBuilder(program, carry, batch).build()
}

/** Bytes of everything that a step carries on: parameters, layer states and optimizer state. */
export function stateBytesOf(carry: TensorMap): number {
  return Object.values(carry).reduce((sum, { data }) => sum + data.byteLength, 0)
}
