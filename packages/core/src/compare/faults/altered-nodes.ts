/**
 * Applications of operations that give other values, on any backend. The program is cut at each of them: what comes
 * before it runs on the healthy backend, its values are made here from the operands that the backend computed, and the
 * rest runs with them as given inputs.
 */
import type { Backend, Executable } from '../../backend/contract.js'
import { scanByStep } from '../../backend/scan.js'
import { internalError } from '../../errors.js'
import { operationOf } from '../../ir/ops/index.js'
import { inputAt, type NumericTensor, type Operation } from '../../ir/ops/operation.js'
import {
  allInputs,
  concreteShape,
  neededValues,
  type Program,
  type ProgramNode,
  type ValueId,
} from '../../ir/program.js'
import { type Tensor, tensor, type TensorMap } from '../../tensor.js'
import { withCompile } from './fault.js'

/** The operation evaluated in float64 once more, with some things otherwise. */
export type Again = (changes: {
  readonly op?: string
  readonly inputs?: readonly NumericTensor[]
  readonly attributes?: object
  readonly shape?: readonly number[]
}) => Float64Array

/** One application of an operation. */
export interface Application {
  readonly node: ProgramNode
  readonly inputs: readonly NumericTensor[]
  readonly shape: readonly number[]
  /** Rows of the batch; 0 where there is none. */
  readonly batch: number
  /** The right values, rounded to the dtype. */
  readonly right: Float64Array
  /** Input number `k` repeated to the shape of the result. */
  readonly aligned: (k: number) => ArrayLike<number>
  readonly again: Again
  /** Applications before this one in the same executable, and what the last of them gave and ought to have given. */
  readonly call: number
  readonly before: ArrayLike<number> | undefined
  readonly rightBefore: ArrayLike<number> | undefined
}

/** The wrong values of an application. */
export type Alteration = (application: Application) => ArrayLike<number>

/** The values that an executable keeps of a node from scan to scan. */
interface Memory {
  call: number
  before: ArrayLike<number> | undefined
  rightBefore: ArrayLike<number> | undefined
}

function apply(node: ProgramNode, inputs: readonly Tensor[], batch: number, alter: Alteration, memory: Memory): Tensor {
  const shape = concreteShape(node.type.shape, batch)
  const { dtype } = node.type
  const again: Again = ({ op = node.op, inputs: other = inputs, attributes = node.attributes, shape: to = shape }) => {
    const evaluate = operationOf(op as ProgramNode['op']).evaluate as Operation<unknown>['evaluate']
    return evaluate(other, attributes, to)
  }
  const right = Float64Array.from(tensor(dtype, shape, again({})).data)
  const aligned = (k: number) => again({ op: 'broadcastTo', inputs: [inputAt(inputs, k)], attributes: { shape } })
  // Of batches of another size nothing can be kept.
  const { before, rightBefore } =
    memory.before?.length === right.length ? memory : { before: undefined, rightBefore: undefined }
  const values = alter({ node, inputs, shape, batch, right, aligned, again, call: memory.call, before, rightBefore })
  memory.call++
  memory.before = values
  memory.rightBefore = right
  return tensor(dtype, shape, Float64Array.from(values))
}

/** The nodes that some values need, and the program of them; what is carried is given to each step. */
function partOf(program: Program, given: readonly ProgramNode[], wanted: Iterable<ValueId>, isLast: boolean): Program {
  const cut = new Set(given.map(({ id }) => id))
  const needed = neededValues(program.nodes, wanted, cut)
  const { constants, carry, xs } = program.inputs
  const values = given.map(({ id, name, type }) => ({ id, name, type }))
  const ys = isLast ? program.outputs.ys : [...new Set(wanted)].map((value) => ({ name: `%${value}`, value }))
  return {
    format: program.format,
    name: program.name,
    inputs: { constants, carry: isLast ? carry : [], xs: [...xs, ...(isLast ? [] : carry), ...values] },
    nodes: program.nodes.filter(({ id }) => needed.has(id) && !cut.has(id)),
    outputs: { carry: isLast ? program.outputs.carry : [], ys },
  }
}

function stacked(tensors: TensorMap): TensorMap {
  const entries = Object.entries(tensors).map(([name, one]) => [name, { ...one, shape: [1, ...one.shape] }])
  return Object.fromEntries(entries) as TensorMap
}

function unstacked(tensors: TensorMap): TensorMap {
  const entries = Object.entries(tensors).map(([name, one]) => [name, { ...one, shape: one.shape.slice(1) }])
  return Object.fromEntries(entries) as TensorMap
}

/** A program with wrong nodes, on a healthy backend. */
class AlteredProgram {
  readonly #program: Program
  readonly #constants: TensorMap
  readonly #cuts: readonly ProgramNode[]
  readonly #alter: Alteration
  readonly #memories: readonly Memory[]
  readonly #computed: ReadonlySet<ValueId>
  #parts: readonly (Executable | undefined)[] = []
  #last: Executable | undefined

  constructor(program: Program, constants: TensorMap, cuts: readonly ProgramNode[], alter: Alteration) {
    this.#program = program
    this.#constants = constants
    this.#cuts = cuts
    this.#alter = alter
    this.#memories = cuts.map(() => ({ call: 0, before: undefined, rightBefore: undefined }))
    this.#computed = new Set(program.nodes.map(({ id }) => id))
  }

  #operands({ inputs }: ProgramNode, before: readonly ProgramNode[]): ValueId[] {
    return inputs.filter((id) => this.#computed.has(id) && !before.some((cut) => cut.id === id))
  }

  async compile(healthy: Backend): Promise<void> {
    const parts: (Executable | undefined)[] = []
    for (const [k, cut] of this.#cuts.entries()) {
      const before = this.#cuts.slice(0, k)
      const wanted = this.#operands(cut, before)
      const part = wanted.length === 0 ? undefined : partOf(this.#program, before, wanted, false)
      // oxlint-disable-next-line no-await-in-loop -- a backend takes one call at a time
      parts.push(part && (await healthy.compile(part, this.#constants)))
    }
    const { carry, ys } = this.#program.outputs
    const outputs = [...carry, ...ys].map(({ value }) => value)
    this.#parts = parts
    this.#last = await healthy.compile(partOf(this.#program, this.#cuts, outputs, true), this.#constants)
  }

  async step(carry: TensorMap, x: TensorMap, batch: number) {
    if (this.#last === undefined) throw internalError('an altered program is run before it is compiled')
    const given: Record<string, Tensor> = {}
    for (const [k, cut] of this.#cuts.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- each needs the one before
      given[cut.name] = await this.#altered(k, cut, { carry, x, given, batch })
    }
    const { carry: after, ys } = await this.#last.scan(carry, stacked({ ...x, ...given }))
    return { carry: after, y: unstacked(ys) }
  }

  async #altered(
    k: number,
    cut: ProgramNode,
    { carry, x, given, batch }: { carry: TensorMap; x: TensorMap; given: TensorMap; batch: number },
  ): Promise<Tensor> {
    const result = await this.#parts[k]?.scan({}, stacked({ ...x, ...carry, ...given }))
    const computed = unstacked(result?.ys ?? {})
    const names = new Map([...allInputs(this.#program), ...this.#cuts].map(({ id, name }) => [id, name]))
    const sources = { ...this.#constants, ...carry, ...x, ...given }
    const inputs = cut.inputs.map((id) => computed[`%${id}`] ?? sources[names.get(id) ?? ''])
    const memory = this.#memories[k]
    if (memory === undefined || inputs.includes(undefined)) throw internalError(`no operands of "${cut.name}"`)
    return apply(cut, inputs as readonly Tensor[], batch, this.#alter, memory)
  }

  async dispose(): Promise<void> {
    for (const part of [...this.#parts, this.#last]) {
      // oxlint-disable-next-line no-await-in-loop -- a backend takes one call at a time
      await part?.dispose()
    }
  }
}

/** A backend on which the nodes of these names give other values, in every program that has them. */
export function altering(nodes: ReadonlySet<string>, alter: Alteration): (healthy: Backend) => Backend {
  return (healthy) =>
    withCompile(healthy, async (program, constants) => {
      const cuts = program.nodes.filter(({ name }) => nodes.has(name))
      if (cuts.length === 0) return healthy.compile(program, constants)
      const altered = new AlteredProgram(program, constants, cuts, alter)
      await altered.compile(healthy)
      const scans = scanByStep(program, constants, healthy.name, (carry, x, batch) => altered.step(carry, x, batch))
      return {
        scan: (carry, xs) => scans.scan(carry, xs),
        dispose: async () => {
          await scans.dispose()
          await altered.dispose()
        },
      }
    })
}
