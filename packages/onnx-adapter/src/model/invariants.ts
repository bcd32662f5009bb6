/** Nodes that no step changes: they are computed once a scan, and not in every turn of the loop. */
import type { Program, ProgramInput, ValueId } from '@isograd/core/ir'

/**
 * Nodes that depend on constants of the program, on carry that is handed on as it is (`unchanged`) and on lengths alone:
 * that of a batch is the same in all steps. Scalar constants are not among them: they are stored, not computed.
 */
export function invariantsOf(program: Program, unchanged: readonly ProgramInput[]): ReadonlySet<ValueId> {
  const same = new Set([...program.inputs.constants, ...unchanged].map(({ id }) => id))
  const found = new Set<ValueId>()
  for (const { id, op, inputs } of program.nodes) {
    if (op !== 'size' && !inputs.every((input) => same.has(input))) continue
    same.add(id)
    if (op !== 'constant') found.add(id)
  }
  return found
}
