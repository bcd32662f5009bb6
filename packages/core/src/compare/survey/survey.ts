/**
 * All operations of some programs on one backend: their bits, and their errors beside the bounds. Two surveys of the same
 * programs, of two versions of a runtime say, tell which operations compute otherwise: those with other bits on the same inputs.
 */
import type { Backend } from '../../backend/contract.js'
import { extentOf } from '../../backend/scan.js'
import { isBackendFailure } from '../../errors.js'
import type { OpName } from '../../ir/ops/index.js'
import type { Program, ProgramNode } from '../../ir/program.js'
import { checksum } from '../../numerics/bits.js'
import { Observer, type ObservedValues } from '../../observe/observer.js'
import { type Slice, slicesOf } from '../../observe/slices.js'
import { type DType, rows, tensor, type Tensor, type TensorMap } from '../../tensor.js'
import { declaredPrecision } from '../operations/declared.js'
import { type NodeError, nodeError } from '../operations/node-error.js'
import { toleranceTable } from '../tolerances.js'

/** A program with what it is run on. */
export interface SurveyData {
  readonly program: Program
  readonly constants: TensorMap
  /** Each begins with its own carry, and `xs` are its steps. */
  readonly scans: readonly { readonly carry: TensorMap; readonly xs: TensorMap }[]
}

/** A program by name, built when it is its turn. Every conformance case of values is one. */
export interface SurveySubject {
  readonly id: string
  readonly build: () => SurveyData
}

/** `wrong`: further off than any rounding explains. `imprecise`: within that, and less precise than its dtype. */
export type NodeStanding = 'sound' | 'wrong' | 'imprecise'

/** One node at one step. */
export interface SurveyedNode {
  /** The subject, scan and step, and the node's name. */
  readonly id: string
  readonly operation: OpName
  readonly dtype: DType
  /** Checksums of the values that it read and of its own; every NaN counts as the same. */
  readonly given: number
  readonly bits: number
  readonly standing: NodeStanding
  readonly error: Pick<NodeError, 'ratio' | 'multiple' | 'like' | 'worst'>
}

/** A subject that a backend did not compute. */
export interface FailedSubject {
  readonly id: string
  readonly message: string
}

/** A survey. */
export interface Survey {
  readonly nodes: readonly SurveyedNode[]
  readonly failures: readonly FailedSubject[]
  /** Ids of the subjects that have an operation or a dtype which the backend refuses. */
  readonly unsupported: readonly string[]
}

/** Options of a survey. */
export interface SurveyOptions {
  /** Called before each subject, with the number of those before it; what it throws ends the survey. */
  readonly onSubject?: (id: string, done: number, total: number) => void
}

/** The tensor with one NaN for all. */
function withOneNaN(value: Tensor): Tensor {
  if (!value.data.some((element) => Number.isNaN(element))) return value
  const data = value.data.map((element) => (Number.isNaN(element) ? Number.NaN : element))
  return { ...value, data } as Tensor
}

/** One checksum of several. */
export function joined(checksums: readonly number[]): number {
  return checksum(
    tensor(
      'int32',
      [checksums.length],
      checksums.map((each) => each | 0),
    ),
  )
}

function standingOf({ ratio, multiple, heldTo }: NodeError): NodeStanding {
  if (ratio > toleranceTable.ops.float32) return 'wrong'
  return multiple > toleranceTable[heldTo].float32 ? 'imprecise' : 'sound'
}

/** One step of a subject. */
interface SurveyedStep {
  readonly id: string
  readonly batch: number
  readonly carry: TensorMap
  readonly xs: TensorMap
}

/** Runs one subject. */
class SubjectSurvey {
  readonly #backend: Backend
  readonly #data: SurveyData
  readonly #observer: Observer
  readonly nodes: SurveyedNode[] = []

  constructor(backend: Backend, data: SurveyData) {
    this.#backend = backend
    this.#data = data
    this.#observer = new Observer(backend, data.constants)
  }

  /** @throws BackendError, UnsupportedOpError */
  async run(id: string): Promise<void> {
    const { program, scans } = this.#data
    const batches = scans.map(({ xs }) => extentOf(program, xs).batch)
    // Without outputs of its own, whose names may be those of other nodes: nodes that are tapped bear their own.
    const bare = { ...program, outputs: { ...program.outputs, ys: [] } }
    const own = slicesOf(bare, Math.max(0, ...batches))
    for (const [number, { carry: first, xs }] of scans.entries()) {
      const { steps, batch } = extentOf(program, xs)
      let carry = first
      for (let step = 0; step < steps; step++) {
        const one = Object.fromEntries(Object.entries(xs).map(([name, all]) => [name, rows(all, step, step + 1)]))
        // oxlint-disable-next-line no-await-in-loop -- each step begins where the one before it ended
        carry = await this.#step(own, { id: `${id} ${number}.${step}`, batch, carry, xs: one })
      }
    }
  }

  async #step(slices: readonly Slice[], step: SurveyedStep): Promise<TensorMap> {
    let { carry } = step
    for (const slice of slices) {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      const observed = await this.#observer.observe(slice, step.carry, step.xs)
      carry = observed.result.carry
      for (const node of slice.nodes) this.nodes.push(this.#surveyed(node, observed, step))
    }
    return carry
  }

  #surveyed(node: ProgramNode, { value }: ObservedValues, { id, batch }: SurveyedStep): SurveyedNode {
    const [inputs, got] = [node.inputs.map(value), value(node.id)]
    const error = nodeError(node, inputs, got, batch, declaredPrecision(this.#backend))
    const { ratio, multiple, like, worst } = error
    return {
      id: `${id} ${node.name}`,
      operation: node.op,
      dtype: node.type.dtype,
      given: joined(inputs.map((input) => checksum(withOneNaN(input)))),
      bits: checksum(withOneNaN(got)),
      standing: standingOf(error),
      error: { ratio, multiple, ...(like !== undefined && { like }), ...(worst && { worst }) },
    }
  }

  /** Frees what was compiled, as far as the backend still answers. */
  async close(): Promise<void> {
    await this.#observer.close().catch(() => undefined)
  }
}

/** Surveys a backend. It stays the caller's to dispose. @throws what `onSubject` throws; what fails is in the survey. */
export async function surveyOperations(
  backend: Backend,
  subjects: readonly SurveySubject[],
  { onSubject }: SurveyOptions = {},
): Promise<Survey> {
  const [nodes, failures, unsupported]: [SurveyedNode[], FailedSubject[], string[]] = [[], [], []]
  for (const [done, subject] of subjects.entries()) {
    onSubject?.(subject.id, done, subjects.length)
    const own = new SubjectSurvey(backend, subject.build())
    try {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      await own.run(subject.id)
      nodes.push(...own.nodes)
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      if (error.name === 'UnsupportedOpError') unsupported.push(subject.id)
      else failures.push({ id: subject.id, message: error.message })
    } finally {
      // oxlint-disable-next-line no-await-in-loop
      await own.close()
    }
  }
  return { nodes, failures, unsupported }
}
