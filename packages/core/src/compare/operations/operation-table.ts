/** The worst of each operation on one backend, for the table of operations. */
import type { OpName } from '../../ir/ops/index.js'
import type { ProgramNode } from '../../ir/program.js'
import type { CheckedStep } from './node-check.js'
import type { WorstElement } from './node-error.js'

/** The largest error of an operation on a backend, as a fraction of its bound. */
export interface OperationSummary {
  readonly backend: string
  readonly operation: OpName
  /** Nodes that were held against their bound. */
  readonly nodes: number
  /** Elements of these. */
  readonly elements: number
  /** The largest error as a fraction of its bound. */
  readonly ratio: number
  /** The largest error of a node over those of plain loops; 0 where the bound does not grow with the size. */
  readonly multiple: number
  /** The precision that it behaves like: its dtype where nothing is out; absent where it has no such numbers. */
  readonly like?: string
  /** The place of the worst one; absent when all are exact. */
  readonly node?: string
  readonly layer?: string
  readonly stage?: ProgramNode['stage']
  readonly step?: number
  readonly worst?: WorstElement
}

/** The worst of each operation over steps, gathered one step after the other. */
export class OperationTable {
  readonly #rows = new Map<OpName, OperationSummary>()
  readonly #backend: string

  constructor(backend: string) {
    this.#backend = backend
  }

  add({ nodes }: CheckedStep, step: number): void {
    for (const { node, own } of nodes) {
      const { op: operation, name, layer, stage, type } = node
      const none: OperationSummary = { backend: this.#backend, operation, nodes: 0, elements: 0, ratio: 0, multiple: 0 }
      const before = this.#rows.get(operation) ?? none
      const counts = { nodes: before.nodes + 1, elements: before.elements + own.elements }
      const multiple = Math.max(before.multiple, own.multiple)
      const like = own.like ?? before.like ?? (type.dtype.startsWith('float') ? type.dtype : undefined)
      const isWorse = own.worst !== undefined && own.ratio > before.ratio
      const worst = isWorse ? { ratio: own.ratio, node: name, layer, stage, step, worst: own.worst } : {}
      this.#rows.set(operation, { ...before, ...worst, ...counts, multiple, ...(like !== undefined && { like }) })
    }
  }

  /** The operations, worst first. */
  get rows(): OperationSummary[] {
    return [...this.#rows.values()].toSorted((a, b) => b.ratio - a.ratio)
  }

  /** Elements that were held against a bound. */
  get compared(): number {
    return this.rows.reduce((sum, { elements }) => sum + elements, 0)
  }
}
