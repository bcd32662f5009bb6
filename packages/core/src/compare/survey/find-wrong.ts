/** The first operation of a program that is out of its bound on a backend, with the values that it read. */
import type { Backend } from '../../backend/contract.js'
import type { ProgramNode } from '../../ir/program.js'
import { Observer } from '../../observe/observer.js'
import { declaredPrecision } from '../operations/declared.js'
import { type NodeError, nodeError } from '../operations/node-error.js'
import { toleranceTable } from '../tolerances.js'
import { type ObservedNode, observedNodes, type SurveyData } from './subject.js'

/** A node that is out of its bound. */
export interface WrongNode {
  readonly node: ProgramNode
  readonly error: NodeError
}

/** The same where it stands. */
export type FoundNode = WrongNode & Omit<ObservedNode, 'node'>

/** The first node that is out of its bound, of an operation where one is named. @throws BackendError */
export async function findWrong(
  backend: Backend,
  data: SurveyData,
  operation?: string,
): Promise<FoundNode | undefined> {
  const observer = new Observer(backend, data.constants)
  try {
    for await (const observed of observedNodes(observer, data)) {
      const { node, value, batch } = observed
      if (operation !== undefined && node.op !== operation) continue
      const error = nodeError(node, node.inputs.map(value), value(node.id), batch, declaredPrecision(backend))
      if (error.ratio > toleranceTable.ops.float32) return { ...observed, error }
    }
    return undefined
  } finally {
    await observer.close().catch(() => undefined)
  }
}
