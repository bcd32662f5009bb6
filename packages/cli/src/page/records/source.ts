/** What a page is made from: the documents that runs have left, wherever they were read from. */
import type { ChainUnit, RunRecord } from '@isograd/core'
import type { RunFailure } from '../../documents/runs-document.js'
import type { CheckSource } from './check-source.js'
import type { Environment } from '../../documents/environment.js'

/** A chain of scalar units that was computed once. */
export interface ChainRecord {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly precision: RunRecord['precision']
  readonly units: readonly ChainUnit[]
}

/** One document. */
export interface Source {
  /** What to call it: a file or a directory. */
  readonly name: string
  /** Absent for a lone record. */
  readonly environment?: Environment
  readonly runs: readonly RunRecord[]
  readonly failures: readonly RunFailure[]
  readonly checks: readonly CheckSource[]
  readonly chains: readonly ChainRecord[]
}
