/** From what was measured of nodes to findings and to the table of operations. */
import type { OpName } from '../../ir/ops/index.js'
import type { ProgramNode } from '../../ir/program.js'
import { isStage, type Stage } from '../../plan/stages.js'
import type { ToleranceName, Tolerances } from '../tolerances.js'
import type { CheckMode, Finding } from '../verdict.js'
import type { CheckedNode, CheckedStep } from './node-check.js'
import type { WorstElement } from './node-error.js'

/** Where something was found, for findings and sentences. */
export interface Place {
  readonly mode: CheckMode
  readonly backend: string
  readonly arm: string
  readonly step: number
}

/** The largest error of an operation on a backend, as a fraction of its bound. */
export interface OperationSummary {
  readonly backend: string
  readonly operation: OpName
  /** Nodes and elements that were held against their bound. */
  readonly nodes: number
  readonly elements: number
  readonly ratio: number
  /** Where the worst one is; absent when all are exact. */
  readonly node?: string
  readonly layer?: string
  readonly stage?: ProgramNode['stage']
  readonly step?: number
  readonly worst?: WorstElement
}

const stageTolerances: Readonly<Record<Stage, ToleranceName>> = {
  data: 'forward',
  forward: 'forward',
  loss: 'loss',
  'activation-gradient': 'activationGradient',
  'weight-gradient': 'gradient',
  update: 'update',
  metric: 'forward',
}

/** The tolerance that a stage is held to when a whole step is compared; the forward pass's where the stage is not ours. */
export function stageTolerance(stage: string): ToleranceName {
  return isStage(stage) ? stageTolerances[stage] : 'forward'
}

/** Numbers as sentences have them: 1.23e-4, 0.5, infinity. */
export function short(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'infinitely'
  const size = Math.abs(value)
  if (!Number.isFinite(value) || value === 0) return String(value)
  return size >= 0.01 && size < 10_000 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

function nodePlace(node: ProgramNode): Pick<Finding, 'operation' | 'node' | 'layer' | 'stage'> {
  const { op: operation, name, layer, stage } = node
  return { operation, node: name, stage, ...(layer === '' ? {} : { layer }) }
}

function elementText({ index, expected, got }: WorstElement): string {
  return `at [${index.join(',')}] it should be ${expected} and is ${got}`
}

/** An operation that no rounding explains. */
export function operationFinding(place: Place, { node, own }: CheckedNode, tolerance: number): Finding {
  const excess =
    own.ratio === Number.POSITIVE_INFINITY ? 'though it must be exact' : `${short(own.ratio)} times its bound`
  const element = own.worst === undefined ? '' : `: ${elementText(own.worst)}`
  return {
    severity: 'fault',
    kind: 'operation',
    ...place,
    ...nodePlace(node),
    measured: own.ratio,
    tolerance,
    toleranceName: 'ops',
    sentence: `${place.backend}: ${node.op} "${node.name}" is wrong, ${excess}${element} (step ${place.step})`,
  }
}

/** An operation that loses precision without exceeding its bound. */
export function driftFinding(place: Place, { node, own }: CheckedNode, tolerance: number): Finding {
  return {
    severity: 'fault',
    kind: 'drift',
    ...place,
    ...nodePlace(node),
    measured: own.drift,
    tolerance,
    toleranceName: 'drift',
    sentence:
      `${place.backend}: ${node.op} "${node.name}" is less precise than its dtype: its errors together are ` +
      `${short(own.drift)} times what independent roundings reach (step ${place.step})`,
  }
}

/** Nodes beyond their bound, in the order of the program. */
export function wrongNodes({ nodes }: CheckedStep, { ops }: Tolerances): CheckedNode[] {
  return nodes.filter(({ own }) => own.ratio > ops)
}

/** An output that another value took the place of. */
export function wiringFindings(place: Place, { miswired }: CheckedStep): Finding[] {
  return miswired.map(({ role, name, node }) => {
    const what = role === 'carry' ? `hands on "${name}"` : `returns "${name}"`
    const layer = role === 'carry' ? (name.split('/')[0] ?? name) : node.layer
    return {
      severity: 'fault',
      kind: 'state',
      ...place,
      node: node.name,
      stage: role === 'carry' ? 'state' : node.stage,
      ...(layer === '' ? {} : { layer }),
      tensor: name,
      sentence: `${place.backend} ${what} as something else than "${node.name}" computed (step ${place.step})`,
    }
  })
}

/** The worst of each operation over passes, gathered one pass after the other. */
export class OperationTable {
  readonly #rows = new Map<OpName, OperationSummary>()
  readonly #backend: string

  constructor(backend: string) {
    this.#backend = backend
  }

  add({ nodes }: CheckedStep, step: number): void {
    for (const { node, own } of nodes) {
      const { op: operation, name, layer, stage } = node
      const before = this.#rows.get(operation)
      const counts = { nodes: (before?.nodes ?? 0) + 1, elements: (before?.elements ?? 0) + own.elements }
      const isWorse = own.worst !== undefined && own.ratio > (before?.ratio ?? 0)
      const head = { backend: this.#backend, operation, ratio: 0 }
      const worst = isWorse ? { ratio: own.ratio, node: name, layer, stage, step, worst: own.worst } : {}
      this.#rows.set(operation, { ...head, ...before, ...worst, ...counts })
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
