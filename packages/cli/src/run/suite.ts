/**
 * Judges what the runs of the suite have shown: each arm on each backend against what is published of it or against
 * its own goal, and each chain. It trains nothing; that is `suite-task.ts`.
 */
import {
  chainReproductionOf,
  type ChainReproduction,
  type Reproduction,
  reproductionOf,
  type RunRecord,
} from '@isograd/core'
import { changedSettings } from '@isograd/report'
import type { ChainRecord } from './chain.js'
import type { RunFailure } from './document.js'
import type { Environment } from './environment.js'

/** Version of the document's form. */
export const SUITE_SCHEMA = 'isograd.suite/1'

/** `learns` and `does not learn` are of arms that are held against a goal of their own, not against what is published. */
export type SuiteVerdict =
  | 'reproduced'
  | 'not reproduced'
  | 'nothing published'
  | 'not judged'
  | 'learns'
  | 'does not learn'

/** One arm on one backend, over all seeds. */
export interface SuiteArm extends Omit<Reproduction, 'verdict'> {
  readonly verdict: SuiteVerdict
  /** What was set otherwise than in the preset, so that the arm is not judged. */
  readonly changed: readonly string[]
  /** What an arm that has a goal must reach. */
  readonly goal: number | undefined
}

/** One arm of a chain on one backend. */
export interface SuiteChain extends ChainRecord {
  readonly reproduction: ChainReproduction
}

/** The document of `--json` and of `suite.json`. */
export interface SuiteDocument {
  readonly schema: typeof SUITE_SCHEMA
  readonly environment: Environment
  readonly arms: readonly SuiteArm[]
  readonly chains: readonly SuiteChain[]
  readonly failures: readonly RunFailure[]
}

function verdictOf(reproduction: Reproduction, changed: readonly string[], goal: number | undefined): SuiteVerdict {
  if (changed.length > 0) return 'not judged'
  if (goal === undefined || reproduction.published !== undefined) return reproduction.verdict
  return reproduction.testAccuracy.mean >= goal ? 'learns' : 'does not learn'
}

function judgeArm(records: readonly [RunRecord, ...RunRecord[]]): SuiteArm {
  const [first] = records
  const reproduction = reproductionOf(records)
  const changed = changedSettings(first) ?? []
  const goal = first.experiment.goal?.testAccuracy
  return { ...reproduction, verdict: verdictOf(reproduction, changed, goal), changed, goal }
}

/** Judges the records of one preset, arm by arm in the order in which they came. */
export function judgeRecords(records: readonly RunRecord[]): SuiteArm[] {
  const groups = new Map<string, RunRecord[]>()
  for (const record of records) {
    const key = JSON.stringify([record.preset, record.arm, record.backend])
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  return [...groups.values()].flatMap(([first, ...rest]) => (first === undefined ? [] : [judgeArm([first, ...rest])]))
}

/** Judges computed chains. */
export function judgeChains(chains: readonly ChainRecord[]): SuiteChain[] {
  return chains.map((chain) => ({
    ...chain,
    reproduction: chainReproductionOf(chain.preset, chain.arm, chain.units),
  }))
}
