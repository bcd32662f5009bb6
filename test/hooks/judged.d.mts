import type { TrainingPlan } from '@isograd/core'
import type { TraceCheckResult } from '@isograd/core/compare'
import type { Wanted } from './faults.mjs'

export const document: unknown
export function planOf(
  network: string,
  options?: { readonly seed?: number; readonly limit?: number },
): Promise<TrainingPlan>
export function judged(bytes: Uint8Array): Promise<TraceCheckResult>
export function misnamed(wanted: Wanted, result: TraceCheckResult): string | undefined
