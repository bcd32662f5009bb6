/**
 * Findings as they are gathered: each thing once, at the first step at which it shows, with the tolerance that would
 * have let it pass at every step.
 */
import { type CheckFailure, type Finding, withSmallestTolerance } from './verdict.js'

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
