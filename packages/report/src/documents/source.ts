/** What a page is made from: the documents that runs have left, wherever they were read from. */
import type { RunRecord } from '@isograd/core'
import type { ChainRecord } from '../../run/chain.js'
import type { RunFailure } from '../../run/document.js'
import type { CheckSource } from './check-source.js'
import type { Environment } from '../../run/environment.js'

/** One document. */
export interface Source {
  /** What to call it: a file or a directory. */
  readonly name: string
  /** Absent for a lone record. */
  readonly environment?: Environment
  readonly runs: readonly RunRecord[]
  readonly failures: readonly RunFailure[]
  readonly checks: readonly CheckSource[]
  readonly chains: readonly Pick<ChainRecord, 'preset' | 'arm' | 'backend' | 'precision' | 'units'>[]
}
