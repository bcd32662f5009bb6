/**
 * All operations of some programs on one backend: their bits, and their errors beside the bounds. Two surveys of the same
 * programs, of two versions of a runtime say, tell which operations compute otherwise: those with other bits on the same inputs.
 */
import type { Backend } from '../../backend/contract.js'
import { isBackendFailure } from '../../errors.js'
import type { OpName } from '../../ir/ops/index.js'
import { checksum } from '../../numerics/bits.js'
import { Observer } from '../../observe/observer.js'
import { type DType, tensor, type Tensor } from '../../tensor.js'
import { declaredPrecision } from '../operations/declared.js'
import { type NodeError, nodeError } from '../operations/node-error.js'
import { toleranceTable } from '../tolerances.js'
import { type ObservedNode, observedNodes, type SurveySubject } from './subject.js'

/** `wrong`: further off than any rounding explains. `imprecise`: within that, and less precise than its dtype. */
export type NodeStanding = 'sound' | 'wrong' | 'imprecise'

/** One node at one step. */
export interface SurveyedNode {
  /** The subject, scan and step, and the node's name. */
  readonly id: string
  readonly operation: OpName
  readonly dtype: DType
  /** Checksum of the values that it read; every NaN counts as the same. */
  readonly given: number
  /** Checksum of its own values. */
  readonly bits: number
  readonly standing: NodeStanding
  /** Its error beside its bound. */
  readonly error: Pick<NodeError, 'ratio' | 'multiple' | 'like' | 'worst'>
}

/** A subject that a backend did not compute. */
export interface FailedSubject {
  /** Name of the subject. */
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

function surveyed(backend: Backend, id: string, { node, place, value, batch }: ObservedNode): SurveyedNode {
  const [inputs, got] = [node.inputs.map(value), value(node.id)]
  const error = nodeError(node, inputs, got, batch, declaredPrecision(backend))
  const { ratio, multiple, like, worst } = error
  return {
    id: `${id} ${place}`,
    operation: node.op,
    dtype: node.type.dtype,
    given: joined(inputs.map((input) => checksum(withOneNaN(input)))),
    bits: checksum(withOneNaN(got)),
    standing: standingOf(error),
    error: { ratio, multiple, ...(like !== undefined && { like }), ...(worst && { worst }) },
  }
}

async function nodesOf(backend: Backend, { id, build }: SurveySubject): Promise<SurveyedNode[]> {
  const data = build()
  const observer = new Observer(backend, data.constants)
  const nodes: SurveyedNode[] = []
  try {
    for await (const observed of observedNodes(observer, data)) nodes.push(surveyed(backend, id, observed))
    return nodes
  } finally {
    // As far as the backend still answers.
    await observer.close().catch(() => undefined)
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
    try {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      nodes.push(...(await nodesOf(backend, subject)))
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      if (error.name === 'UnsupportedOpError') unsupported.push(subject.id)
      else failures.push({ id: subject.id, message: error.message })
    }
  }
  return { nodes, failures, unsupported }
}
