/** The first operation of a program that fails on a backend, with the values that it read. */
import type { Backend } from '../../backend/contract.js'
import type { ProgramNode } from '../../ir/program.js'
import { Observer } from '../../observe/observer.js'
import { declaredPrecision } from '../operations/declared.js'
import { type Imprecision, imprecisionOf, type NodeError, nodeError } from '../operations/node-error.js'
import { toleranceTable } from '../tolerances.js'
import { type ObservedNode, observedNodes, type SurveyData } from './subject.js'
import type { NodeStanding } from './survey.js'

/** A failure of an operation. */
export type FailureKind = Exclude<NodeStanding, 'sound'>

/** A node that fails. */
export interface WrongNode {
  readonly node: ProgramNode
  readonly error: NodeError
  /** Of what is imprecise. */
  readonly imprecision?: Imprecision
}

/** The same where it stands. */
export type FoundNode = WrongNode & Omit<ObservedNode, 'node'>

/** The failure in multiples of what is allowed. */
export function excessOf({ error, imprecision }: WrongNode): number {
  return imprecision === undefined ? error.ratio / toleranceTable.ops.float32 : imprecision.size / imprecision.limit
}

/** The failure of a kind; undefined where there is none. */
function failureOf(backend: Backend, kind: FailureKind, { node, value, batch }: ObservedNode): WrongNode | undefined {
  const [inputs, got] = [node.inputs.map(value), value(node.id)]
  const error = nodeError(node, inputs, got, batch, declaredPrecision(backend))
  const isWrong = error.ratio > toleranceTable.ops.float32
  if (kind === 'wrong') return isWrong ? { node, error } : undefined
  if (isWrong || error.multiple <= toleranceTable[error.heldTo].float32) return undefined
  const imprecision = imprecisionOf(node, inputs, got)
  return imprecision !== undefined && imprecision.size > imprecision.limit ? { node, error, imprecision } : undefined
}

/** The first node that fails, of an operation where one is named. @throws BackendError */
export async function findWrong(
  backend: Backend,
  data: SurveyData,
  kind: FailureKind,
  operation?: string,
): Promise<FoundNode | undefined> {
  const observer = new Observer(backend, data.constants)
  try {
    for await (const observed of observedNodes(observer, data)) {
      if (operation !== undefined && observed.node.op !== operation) continue
      const failure = failureOf(backend, kind, observed)
      if (failure !== undefined) return { ...observed, ...failure }
    }
    return undefined
  } finally {
    await observer.close().catch(() => undefined)
  }
}
