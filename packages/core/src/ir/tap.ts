/** Intermediate values as extra outputs: all that checks and probes at operation level need. */
import { ProgramError } from '../errors.js'
import { nearest } from '../nearest.js'
import type { Program } from './program.js'

/**
 * The same program with the results of the named nodes added to `ys`, under the nodes' names. Nothing else changes.
 * @throws ProgramError for a name that no node has.
 */
export function tap(program: Program, nodeNames: readonly string[]): Program {
  const present = new Set(program.outputs.ys.map(({ name }) => name))
  const taps = [...new Set(nodeNames)]
    .filter((name) => !present.has(name))
    .map((name) => {
      const node = program.nodes.find((candidate) => candidate.name === name)
      if (node !== undefined) return { name, value: node.id }
      const hint = nearest(
        name,
        program.nodes.map((candidate) => candidate.name),
      )
      throw new ProgramError('core', `tap: no node "${name}" in "${program.name}"${hint ? `; nearest: "${hint}"` : ''}`)
    })
  return { ...program, outputs: { ...program.outputs, ys: [...program.outputs.ys, ...taps] } }
}
