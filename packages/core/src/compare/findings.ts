/**
 * Findings as they are gathered: each thing once, at the first step at which it shows, with the tolerance that would
 * have let it pass at every step.
 */
import { BackendError } from '../errors.js'
import { LocatedError } from '../backend/failing-call.js'
import { type CheckFailure, type CheckMode, type Finding, type FindingKind, withSmallestTolerance } from './verdict.js'

/** The place of a finding, for its fields and its sentence. */
export interface Place {
  readonly mode: CheckMode
  readonly backend: string
  readonly arm: string
  readonly step?: number
}

type Details = { readonly [K in keyof Omit<Finding, 'kind' | 'sentence'>]?: Finding[K] | undefined }

/** A finding, a fault unless `details` say otherwise. Details that are undefined or an empty text are left out. */
export function findingAt(place: Place, kind: FindingKind, sentence: string, details: Details = {}): Finding {
  const known = Object.entries(details).filter(([, value]) => value !== undefined && value !== '')
  return { severity: 'fault', kind, ...place, ...Object.fromEntries(known), sentence }
}

/** The failure of a backend, with the operation at which it occurs where that is known. */
export function failureAt(place: Place, error: Error): CheckFailure {
  const { firstStep = place.step } = error instanceof BackendError ? error : {}
  const failure = { ...place, ...(firstStep !== undefined && { step: firstStep }), message: error.message }
  if (!(error instanceof LocatedError) || 'steps' in error.place) return failure
  const { op: operation, name: node, layer, stage } = error.place.node
  return { ...failure, operation, node, ...(layer && { layer }), ...(stage && { stage }) }
}

/** Numbers as sentences have them: 1.23e-4, 0.5, infinity. */
export function short(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'infinitely'
  const size = Math.abs(value)
  if (!Number.isFinite(value) || value === 0) return String(value)
  return size >= 0.01 && size < 10_000 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

function keyOf(finding: Finding): string {
  const { mode, kind, backend, arm, node, tensor, operation, layer, stage, toleranceName } = finding
  return JSON.stringify([mode, kind, backend, arm, node, tensor, operation, layer, stage, toleranceName])
}

/** A list without repetitions, in the order of finding. */
export class Findings {
  readonly #byKey = new Map<string, { readonly first: Finding; readonly worst: Finding }>()
  readonly failures: CheckFailure[] = []

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = keyOf(finding)
      const { first = finding, worst = finding } = this.#byKey.get(key) ?? {}
      const isWorse = finding.measured !== undefined && !(finding.measured <= (worst.measured ?? 0))
      this.#byKey.set(key, { first, worst: isWorse ? finding : worst })
    }
  }

  get all(): Finding[] {
    return [...this.#byKey.values()].map(({ first, worst }) => withSmallestTolerance(first, worst))
  }
}
