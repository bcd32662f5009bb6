/** Intermediate values as extra outputs: all that checks and probes at operation level need. */
import { ProgramError } from '../errors.js'
import { nearest } from '../nearest.js'
import type { Program, ProgramNode } from './program.js'

function nodeNamed(program: Program, name: string): ProgramNode {
  const node = program.nodes.find((candidate) => candidate.name === name)
  if (node !== undefined) return node
  const hint = nearest(
    name,
    program.nodes.map((candidate) => candidate.name),
  )
  throw new ProgramError('core', `tap: no node "${name}" in "${program.name}"${hint ? `; nearest: "${hint}"` : ''}`)
}

/**
 * The same program with the results of the named nodes added to `ys`, under the nodes' names. Nothing else changes.
 * @throws ProgramError for a name that no node has, or that another value already has as an output.
 */
export function tap(program: Program, nodeNames: readonly string[]): Program {
  const present = new Map(program.outputs.ys.map(({ name, value }) => [name, value]))
  const taps = [...new Set(nodeNames)]
    .map((name) => ({ name, value: nodeNamed(program, name).id }))
    .filter(({ name, value }) => {
      const there = present.get(name)
      if (there === undefined || there === value) return there === undefined
      throw new ProgramError('core', `tap: "${program.name}" has an output "${name}" that is not the node of that name`)
    })
  return { ...program, outputs: { ...program.outputs, ys: [...program.outputs.ys, ...taps] } }
}
