/** The measures of one step of one backend, as reports show them. */
import type { CheckedStep } from '../operations/node-check.js'
import type { FindingStage } from '../verdict.js'
import type { Quantity } from './quantities.js'

/** The largest relative error of a stage against float64, and where. */
export interface StageSummary {
  readonly stage: FindingStage
  /** The largest relative error. */
  readonly error: number
  readonly node: string
  readonly layer: string
}

/** One step of one backend, measured. */
export interface StepSummary {
  readonly backend: string
  readonly step: number
  /** Rows of its batch. */
  readonly batch: number
  readonly quantities: readonly Quantity[]
  /** Empty when the backend cannot be observed. */
  readonly stages: readonly StageSummary[]
}

/** The worst of each stage, in the order in which a step comes to them. */
export function stagesOf({ nodes }: CheckedStep): StageSummary[] {
  const stages = new Map<FindingStage, StageSummary>()
  for (const { node, whole: error } of nodes) {
    const before = stages.get(node.stage)
    if (before !== undefined && !(error > before.error)) continue
    stages.set(node.stage, { stage: node.stage, error, node: node.name, layer: node.layer })
  }
  return [...stages.values()]
}
