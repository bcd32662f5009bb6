/** Findings as they are gathered: each thing once, at the first step at which it shows. */
import { type CheckFailure, type Finding, withSmallestTolerance } from './verdict.js'

function keyOf(finding: Finding): string {
  const { mode, kind, backend, arm, node, tensor, operation, layer, stage } = finding
  return JSON.stringify([mode, kind, backend, arm, node, tensor, operation, layer, stage])
}

/** A list without repetitions, in the order of finding. */
export class Findings {
  readonly #byKey = new Map<string, Finding>()
  readonly failures: CheckFailure[] = []

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = keyOf(finding)
      if (!this.#byKey.has(key)) this.#byKey.set(key, withSmallestTolerance(finding))
    }
  }

  get all(): Finding[] {
    return [...this.#byKey.values()]
  }
}
