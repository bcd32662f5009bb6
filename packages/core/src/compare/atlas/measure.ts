/**
 * One operation on several backends, slice by slice, beside its float64 evaluation. That is off by two units of float64 at most,
 * which are 2^-28 of float32; sums, products, quotients and square roots that are rounded from it are the nearest numbers
 * (Figueroa 1995), and other functions but for results as near as that to the middle of two.
 */
import { OutputCheck } from '../../backend/answers.js'
import type { Backend, Executable } from '../../backend/contract.js'
import { isBackendFailure } from '../../errors.js'
import type { Program } from '../../ir/program.js'
import { tensor, type Tensor } from '../../tensor.js'
import { declaredPrecision } from '../operations/declared.js'
import { nodeError } from '../operations/node-error.js'
import { toleranceTable } from '../tolerances.js'
import { type AtlasOperation, exactly, named, programOf } from './operations.js'
import type { OperandSlice } from './sample.js'
import { type AtlasErrors, isSubnormal, Tally } from './tally.js'

/** An operation on a backend. */
export interface AtlasRow {
  readonly operation: string
  readonly backend: string
  readonly errors: AtlasErrors
  /** The largest of its errors as a fraction of what a check allows; infinite for what no rounding explains. */
  readonly ratio: number
  readonly isSound: boolean
}

/** An operation that a backend did not compute, and why. */
export interface MissingRow {
  readonly operation: string
  readonly backend: string
  readonly reason: string
  /** True where the backend says that it does not have it, which is no fault. */
  readonly isUnsupported: boolean
}

/** Called before each slice with the number of results so far; what it throws ends the measurement. */
export type OnSlice = (operation: string, done: number) => Promise<void> | void

class Subject {
  readonly #backend: Backend
  readonly #operation: AtlasOperation
  readonly #program: Program
  readonly #check: OutputCheck
  readonly #tally = new Tally()
  #executable: Executable | undefined
  #failure: MissingRow | undefined

  constructor(backend: Backend, operation: AtlasOperation) {
    this.#backend = backend
    this.#operation = operation
    this.#program = programOf(operation)
    this.#check = new OutputCheck(this.#program)
  }

  /** Takes in a slice, unless it has failed before. */
  async add(operands: OperandSlice, exact: Float64Array, flushed: () => Float64Array): Promise<void> {
    if (this.#failure !== undefined) return
    try {
      this.#tally.add(operands, await this.#results(operands, exact.length), exact, flushed)
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      const isUnsupported = error.name === 'UnsupportedOpError'
      const { name: backend } = this.#backend
      this.#failure = { operation: this.#operation.name, backend, reason: error.message, isUnsupported }
    }
  }

  async #results(operands: OperandSlice, batch: number): Promise<Tensor['data']> {
    this.#executable ??= await this.#backend.compile(this.#program, {})
    const xs = named(operands).map(([name, data]): [string, Tensor] => [
      name,
      { dtype: 'float32', shape: [1, batch], data },
    ])
    const result = await this.#executable.scan({}, Object.fromEntries(xs))
    const { ys } = this.#check.require(this.#backend.name, result, { steps: 1, batch })
    return (ys['z'] as Tensor).data
  }

  row(): AtlasRow | MissingRow {
    if (this.#failure !== undefined) return this.#failure
    const errors = this.#tally.result()
    const ratio = this.#ratioOf(errors)
    const isSound = ratio <= toleranceTable.ops.float32
    return { operation: this.#operation.name, backend: this.#backend.name, errors, ratio, isSound }
  }

  /** The largest errors of all exponents and the faults, judged as a check judges them. */
  #ratioOf({ faults }: AtlasErrors): number {
    const points = [...this.#tally.worst(), ...faults.map(({ first }) => first)]
    const [node] = this.#program.nodes
    if (node === undefined || points.length === 0) return 0
    const column = (values: readonly number[]): Tensor => tensor('float32', [points.length], values)
    const inputs = node.inputs.map((_, i) => column(points.map(({ operands }) => operands[i] as number)))
    const got = column(points.map((point) => point.got))
    return nodeError(node, inputs, got, points.length, declaredPrecision(this.#backend)).ratio
  }

  async dispose(): Promise<void> {
    // As far as the backend still answers.
    await this.#executable?.dispose().catch(() => undefined)
  }
}

function flushedOperands(operands: OperandSlice): Float32Array[] {
  return operands.map((operand) => operand.map((value) => (isSubnormal(value) ? value * 0 : value)))
}

/** The exact values for operands whose subnormal numbers are zero, computed at the first call. */
function whenFlushed(operation: AtlasOperation, operands: OperandSlice): () => Float64Array {
  let made: Float64Array | undefined
  return () => (made ??= exactly(operation, flushedOperands(operands)))
}

/** Measures an operation on backends, which stay the caller's. @throws what `onSlice` throws; what fails is in its row. */
export async function measureOperation(
  operation: AtlasOperation,
  backends: readonly Backend[],
  slices: Iterable<OperandSlice>,
  onSlice: OnSlice = () => undefined,
): Promise<(AtlasRow | MissingRow)[]> {
  const subjects = backends.map((backend) => new Subject(backend, operation))
  let done = 0
  try {
    for (const operands of slices) {
      // oxlint-disable-next-line no-await-in-loop -- it lets signals through
      await onSlice(operation.name, done)
      const exact = exactly(operation, operands)
      const flushed = whenFlushed(operation, operands)
      // oxlint-disable-next-line no-await-in-loop -- backends share the cores
      for (const subject of subjects) await subject.add(operands, exact, flushed)
      done += exact.length
    }
    return subjects.map((subject) => subject.row())
  } finally {
    await Promise.all(subjects.map((subject) => subject.dispose()))
  }
}
