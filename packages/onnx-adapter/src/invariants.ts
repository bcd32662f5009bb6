/** Finds what no step changes: it is computed once a scan, and not in every turn of the loop. */
import {
  BATCH,
  type NodeOf,
  type OpName,
  type Program,
  type ProgramInput,
  type ValueId,
  valueTypes,
} from '@isograd/core'

/**
 * Nodes that depend on constants of the program, on carry that is handed on as it is (`standing`) and on the size of the
 * batch alone. Scalar constants are not among them: they are stored, not computed.
 */
export function invariantsOf(program: Program, standing: readonly ProgramInput[]): ReadonlySet<ValueId> {
  const types = valueTypes(program)
  const same = new Set([...program.inputs.constants, ...standing].map(({ id }) => id))
  const found = new Set<ValueId>()
  const isBatchSize = ({ op, inputs: [x], attributes }: NodeOf<OpName>): boolean =>
    op === 'size' && x !== undefined && types.get(x)?.shape[(attributes as { axis: number }).axis] === BATCH
  for (const node of program.nodes) {
    const { id, op, inputs } = node
    const isStored = op === 'constant' || (op === 'size' && !isBatchSize(node))
    if (!isStored && !isBatchSize(node) && !inputs.every((input) => same.has(input))) continue
    same.add(id)
    if (!isStored) found.add(id)
  }
  return found
}
