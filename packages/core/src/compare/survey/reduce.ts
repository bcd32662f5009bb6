/**
 * From a failing operation to the least that shows it: the node alone with what it read, or with nodes before it where it takes
 * them, ever smaller parts of its operands, and then ever simpler numbers. Each candidate is run, and must fail as the first did.
 */
import type { Backend } from '../../backend/contract.js'
import { along, reshaped } from '../../conformance/shrink.js'
import type { ProgramNode } from '../../ir/program.js'
import { elementCount, sameShape, type Tensor, type TensorMap } from '../../tensor.js'
import { type Cutting, cutOut } from './cut.js'
import { excessOf, type FailureKind, findWrong, type WrongNode } from './find-wrong.js'
import type { SurveySubject } from './subject.js'

/** A failure as small as it was made. */
export interface Reduced extends Cutting, WrongNode {
  /** The subject that it was found in, with the place in it. */
  readonly id: string
  /** Candidates that were run. */
  readonly tried: number
}

/** Candidates that are run at most: what is left then is small enough to be read. */
const MOST_TRIED = 2000

/** Elements up to which each is made simpler by itself. */
const FEW = 64

/** The part of its error that a failure keeps at each step: it is to be seen at a glance. */
const KEPT = 0.25

/** Numbers of bits that a number is rounded to when it is made simpler. */
const SHORT_BITS = [1, 4, 8, 12]

/** The number with so many significant bits, cut off. */
function shortened(value: number, bits: number): number {
  const scale = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1)
  return Number.isFinite(value) && scale > 0 ? Math.trunc(value / scale) * scale : value
}

function withTensor(xs: TensorMap, name: string, data: Tensor['data']): TensorMap {
  return { ...xs, [name]: { ...xs[name], data } as Tensor }
}

/** Makes one failure smaller. */
class Reduction {
  readonly #backend: Backend
  readonly #kind: FailureKind
  #least: Cutting
  #wrong: WrongNode
  tried = 0

  constructor(backend: Backend, kind: FailureKind, least: Cutting, wrong: WrongNode) {
    this.#backend = backend
    this.#kind = kind
    this.#least = least
    this.#wrong = wrong
  }

  /**
   * Takes a candidate in place of the least if it fails at the same operation, and not by far less. One that cannot be made
   * or run is none.
   */
  async take(make: () => Cutting, least = excessOf(this.#wrong) * KEPT): Promise<boolean> {
    if (++this.tried > MOST_TRIED) return false
    try {
      const candidate = make()
      const { program, xs } = candidate
      const data = { program, constants: {}, scans: [{ carry: {}, xs }] }
      const wrong = await findWrong(this.#backend, data, this.#kind, this.#wrong.node.op)
      if (wrong === undefined || excessOf(wrong) < least) return false
      this.#least = candidate
      this.#wrong = wrong
      return true
    } catch {
      return false
    }
  }

  /** The operands with the elements `start` to `stop` of every axis of one length. */
  #part(length: number, start: number, stop: number, only?: readonly [name: string, axis: number]): Cutting {
    const { program, xs } = this.#least
    const cut = Object.entries(xs).map(([name, tensor]): [string, Tensor] => {
      const axes = tensor.shape.flatMap((own, axis) => (axis > 0 && own === length ? [axis] : []))
      const chosen = only === undefined ? axes : axes.filter((axis) => name === only[0] && axis === only[1])
      return [name, chosen.reduce((part, axis) => along(axis, part, start, stop), tensor)]
    })
    const parts: TensorMap = Object.fromEntries(cut)
    return { program: reshaped(program, ({ name, type }) => parts[name]?.shape.slice(1) ?? type.shape), xs: parts }
  }

  /** The ways to cut an axis: all axes of its length alike, or each alone. */
  #cuts(): { readonly length: number; readonly only?: readonly [string, number] }[] {
    const axes = Object.entries(this.#least.xs).flatMap(([name, { shape }]) =>
      shape.flatMap((length, axis) => (axis > 0 && length > 1 ? [{ length, only: [name, axis] as const }] : [])),
    )
    const lengths = [...new Set(axes.map(({ length }) => length))].toSorted((a, b) => b - a)
    return [...lengths.map((length) => ({ length })), ...axes]
  }

  /** Parts of operands: halves, then without an eighth, then without one, as long as any of them fails. */
  async shrinkShapes(): Promise<void> {
    for (const { length, only } of this.#cuts()) {
      const sizes = [...new Set([1, length >> 1, length - (length >> 3), length - 1])].filter(
        (size) => size >= 1 && size < length,
      )
      for (const size of sizes) {
        for (const start of new Set([0, length - size, (length - size) >> 1])) {
          // oxlint-disable-next-line no-await-in-loop -- each candidate is of the one before
          if (await this.take(() => this.#part(length, start, start + size, only))) return this.shrinkShapes()
        }
      }
    }
  }

  /** A vector in place of operands of one shape; for what has one alone. */
  async flatten(): Promise<void> {
    const { program, xs } = this.#least
    const [first, ...others] = Object.values(xs)
    if (first === undefined || first.shape.length === 2 || !others.every(({ shape }) => sameShape(shape, first.shape)))
      return
    const flat = Object.entries(xs).map(([name, tensor]) => [
      name,
      { ...tensor, shape: [1, elementCount(tensor.shape)] },
    ])
    const shape = [elementCount(first.shape)]
    await this.take(() => ({ program: reshaped(program, () => shape), xs: Object.fromEntries(flat) as TensorMap }))
  }

  /** The one element that is wrong, of operands that are vectors. */
  async narrow(): Promise<void> {
    const { index } = this.#wrong.error.worst ?? {}
    const [at] = index ?? []
    const length = Object.values(this.#least.xs)[0]?.shape[1]
    if (index?.length !== 1 || at === undefined || length === undefined) return
    await this.take(() => this.#part(length, at, at + 1))
  }

  /** Operands of zeros or ones, or of numbers with few bits; then element by element. */
  async simplify(): Promise<void> {
    for (const [name, { dtype, data }] of Object.entries(this.#least.xs)) {
      if (!dtype.startsWith('float')) continue
      const simpler: ((value: number) => number)[] = [
        () => 0,
        () => 1,
        ...SHORT_BITS.map((bits) => (value: number) => shortened(value, bits)),
      ]
      for (const change of simpler) {
        if (data.every((value) => Object.is(change(value), value))) break
        // oxlint-disable-next-line no-await-in-loop -- each candidate is of the one before
        if (await this.take(() => this.#with(name, (own) => own.map(change)))) break
      }
      // oxlint-disable-next-line no-await-in-loop
      if (data.length <= FEW) await this.#simplifyEach(name, simpler)
    }
  }

  async #simplifyEach(name: string, simpler: readonly ((value: number) => number)[]): Promise<void> {
    for (const at of Array.from(this.#least.xs[name]?.data ?? [], (_, place) => place)) {
      for (const change of simpler) {
        const own = Number(this.#least.xs[name]?.data[at])
        if (Object.is(change(own), own)) break
        const changed = (data: Tensor['data']): Tensor['data'] =>
          data.map((value, i) => (i === at ? change(value) : value))
        // oxlint-disable-next-line no-await-in-loop -- each candidate is of the one before
        if (await this.take(() => this.#with(name, changed))) break
      }
    }
  }

  #with(name: string, change: (data: Tensor['data']) => Tensor['data']): Cutting {
    const { program, xs } = this.#least
    const data = xs[name]?.data
    return data === undefined ? this.#least : { program, xs: withTensor(xs, name, change(data)) }
  }

  get least(): Cutting & WrongNode {
    const { node, error, imprecision } = this.#wrong
    return { ...this.#least, node, error, ...(imprecision && { imprecision }) }
  }
}

/** Nodes that a node reads, and those that they read, `levels` deep. */
function before(node: ProgramNode, nodes: readonly ProgramNode[], levels: number): ProgramNode[] {
  let ids = new Set([node.id])
  for (let level = 0; level < levels; level++) {
    const reading = nodes.filter(({ id }) => ids.has(id))
    ids = new Set([...ids, ...reading.flatMap(({ inputs }) => inputs)])
  }
  return nodes.filter(({ id }) => ids.has(id))
}

/** Nodes before the one at fault that are taken along where it takes them, at most. */
const DEEPEST = 4

/**
 * The least that shows the first failure of a kind of a subject on a backend, of one operation where one is named; undefined where none
 * is found, or where it does not show outside of its program.
 * @throws BackendError where the backend does not compute the subject.
 */
export async function reduceFailure(
  backend: Backend,
  subject: SurveySubject,
  operation?: string,
  kind: FailureKind = 'wrong',
): Promise<Reduced | undefined> {
  const found = await findWrong(backend, subject.build(), kind, operation)
  if (found === undefined) return undefined
  const { slice, batch, value, place } = found
  for (let levels = 0; levels <= DEEPEST; levels++) {
    const nodes = before(found.node, slice.nodes, levels)
    const reduction = new Reduction(backend, kind, cutOut(nodes, batch, value), found)
    // oxlint-disable no-await-in-loop -- the next only where this one does not fail
    if (!(await reduction.take(() => cutOut(nodes, batch, value)))) continue
    await reduction.flatten()
    await reduction.narrow()
    await reduction.shrinkShapes()
    await reduction.flatten()
    await reduction.narrow()
    await reduction.simplify()
    // oxlint-enable no-await-in-loop
    return { id: `${subject.id} ${place}`, tried: reduction.tried, ...reduction.least }
  }
  return undefined
}
