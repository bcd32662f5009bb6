/**
 * The operation in which a step of a program first left the finite numbers. The step is replayed with every value observed,
 * then followed back from an output that is not finite: to an input that is not finite either and without whose
 * infinities the result would be better, or whose infinities suffice for it, and so on, up to an operation that no input
 * excuses. A side of a `select` that is not
 * taken, or a denominator that is rightly infinite, is passed by like that, and no operation has to be known by name.
 */
import { allInputs, concreteShape, type Program, type ProgramNode, type ValueId, valueTypes } from '../ir/program.js'
import { operationOf } from '../ir/ops/index.js'
import type { NumericTensor, Operation } from '../ir/ops/operation.js'
import { type FiniteRange, finiteRange, holdsNonFinite } from '../numerics/finite.js'
import { roundTo } from '../numerics/rounding.js'
import type { Tensor, TensorMap } from '../tensor.js'
import type { ObservedValues, Observer } from './observer.js'
import { type Slice, slicesOf } from './slices.js'

/** An operand of the operation. */
export interface OriginInput extends Pick<FiniteRange, 'largest' | 'notFinite'> {
  /** The operation that made it, or the program's input. */
  readonly name: string
}

/** The operation, what it made and of what. */
export interface Origin {
  readonly node: ProgramNode
  /** NaN or an infinity: the first in its result. */
  readonly value: number
  /** Numbers of its result that are not finite. */
  readonly notFinite: number
  /** Numbers in its result. */
  readonly of: number
  readonly inputs: readonly OriginInput[]
}

/** One step of a program, stacked as for a scan. */
export interface ReplayedStep {
  readonly program: Program
  readonly carry: TensorMap
  readonly xs: TensorMap
  readonly batch: number
  /** The outputs to follow back; those that are finite lead nowhere. */
  readonly outputs: readonly ValueId[]
}

/** Numbers that are not finite in what an operation gives for these inputs. */
function badAfter(node: ProgramNode, inputs: readonly NumericTensor[], batch: number): number {
  const { dtype } = node.type
  const evaluate = operationOf(node.op).evaluate as Operation<unknown>['evaluate']
  const values = evaluate(inputs, node.attributes, concreteShape(node.type.shape, batch))
  return finiteRange(dtype === 'float32' ? values.map((value) => roundTo(dtype, value)) : values).notFinite
}

/** The tensor with 1 for what is finite, or for what is not. */
function withOnes({ shape, data }: NumericTensor, isOne: (isFinite: boolean) => boolean): NumericTensor {
  return { shape, data: Float64Array.from(data).map((value) => (isOne(Number.isFinite(value)) ? 1 : value)) }
}

/** The inputs to which a node owes that its result is not finite; none where it owes it to itself. */
function excuses(node: ProgramNode, suspects: readonly ValueId[], value: (id: ValueId) => Tensor, batch: number) {
  if (suspects.length === 0) return []
  const given = (some: readonly ValueId[], isOne: (isFinite: boolean) => boolean): number =>
    badAfter(
      node,
      node.inputs.map((id) => (some.includes(id) ? withOnes(value(id), isOne) : value(id))),
      batch,
    )
  const without = (some: readonly ValueId[]): number => given(some, (isFinite) => !isFinite)
  const all = without([])
  // A sum of numbers that are too large without the infinite ones too: these came first, and would do by themselves.
  if (without(suspects) >= all) return given(suspects, (isFinite) => isFinite) >= all ? suspects : []
  const single = suspects.filter((id) => without([id]) < all)
  return single.length === 0 ? suspects : single
}

/** Follows one step back; each slice is observed twice, so that no more than its values are ever held. */
class Tracer {
  readonly #step: ReplayedStep
  readonly #observer: Observer
  readonly #slices: readonly Slice[]
  readonly #bad = new Set<ValueId>()
  /** Values that led to an output that is not finite. */
  readonly #led = new Set<ValueId>()
  #origin: Origin | undefined

  constructor(step: ReplayedStep, observer: Observer) {
    this.#step = step
    this.#observer = observer
    this.#slices = slicesOf(step.program, step.batch)
  }

  async trace(): Promise<Origin | undefined> {
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    for (const slice of this.#slices) this.#mark(slice, await this.#observe(slice))
    for (const id of this.#step.outputs) if (this.#bad.has(id)) this.#led.add(id)
    for (const slice of this.#slices.toReversed()) {
      if (!slice.nodes.some(({ id }) => this.#led.has(id))) continue
      // oxlint-disable-next-line no-await-in-loop
      this.#follow(slice, await this.#observe(slice))
    }
    return this.#origin
  }

  #observe(slice: Slice): Promise<ObservedValues> {
    return this.#observer.observe(slice, this.#step.carry, this.#step.xs)
  }

  #mark({ nodes }: Slice, { value }: ObservedValues): void {
    for (const { id } of nodes) if (holdsNonFinite(value(id))) this.#bad.add(id)
  }

  #follow({ nodes }: Slice, { value }: ObservedValues): void {
    for (const node of nodes.toReversed()) {
      if (!this.#led.has(node.id)) continue
      const suspects = [...new Set(node.inputs)].filter((id) => this.#bad.has(id))
      const found = excuses(node, suspects, value, this.#step.batch)
      for (const id of found) this.#led.add(id)
      if (found.length === 0) this.#origin = this.#originAt(node, value)
    }
  }

  #originAt(node: ProgramNode, value: ObservedValues['value']): Origin {
    const { program } = this.#step
    const names = new Map([...allInputs(program), ...program.nodes].map(({ id, name }) => [id, name]))
    const { data } = value(node.id)
    const { notFinite, first } = finiteRange(data)
    const floats = [...new Set(node.inputs)].filter((id) => valueTypes(program).get(id)?.dtype.startsWith('float'))
    const inputs = floats.map((id) => {
      const { largest, notFinite: bad } = finiteRange(value(id).data)
      return { name: String(names.get(id)), largest, notFinite: bad }
    })
    return { node, value: Number(first), notFinite, of: data.length, inputs }
  }
}

/**
 * The first operation of a step that left the finite numbers by itself, as the observer's backend computes it; undefined where
 * the replay stays finite. @throws BackendError, of a backend that cannot return intermediate values too
 */
export function originOf(step: ReplayedStep, observer: Observer): Promise<Origin | undefined> {
  return new Tracer(step, observer).trace()
}
