/**
 * A program that needs less memory and computes more: intermediate values of the forward pass are not kept for the gradient
 * but computed again before it reads them, segment by segment, backwards (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost"). The same operations on the same values: the bits stay.
 */
import { allInputs, neededValues, type Program, type ProgramNode, type Shape, type ValueId } from './program.js'

/** The parts of a program that the passes are told by. */
export interface Passes {
  readonly isForward: (node: ProgramNode) => boolean
  readonly isGradient: (node: ProgramNode) => boolean
}

/** Elements of a value, those of one row where there is a batch. */
function elements(shape: Shape): number {
  return shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1)
}

/** Elements that are alive before each node: defined before it, and read by it or a later one. */
function alive(nodes: readonly ProgramNode[]): number[] {
  const lastRead = new Map<ValueId, number>()
  for (const [i, { inputs }] of nodes.entries()) for (const id of inputs) lastRead.set(id, i)
  const changes = Array.from({ length: nodes.length + 1 }, () => 0)
  for (const [i, { id, type }] of nodes.entries()) {
    const last = lastRead.get(id)
    if (last === undefined) continue
    changes[i + 1] = Number(changes[i + 1]) + elements(type.shape)
    changes[last + 1] = Number(changes[last + 1]) - elements(type.shape)
  }
  let sum = 0
  return changes.map((change) => (sum += change))
}

/**
 * The nodes at which segments begin: as many segments as the root of the number of layers, of about equal size, each cut
 * where the least is alive nearby.
 */
function cuts(nodes: readonly ProgramNode[]): number[] {
  const segments = Math.round(Math.sqrt(new Set(nodes.map(({ layer }) => layer)).size))
  const total = nodes.reduce((sum, { type }) => sum + elements(type.shape), 0)
  const here = alive(nodes)
  const best = new Map<number, number>()
  let sum = 0
  for (const [i, { type }] of nodes.entries()) {
    const boundary = Math.round((sum / total) * segments)
    const known = best.get(boundary)
    const isBetter = known === undefined || Number(here[i]) <= Number(here[known])
    if (boundary > 0 && boundary < segments && isBetter) best.set(boundary, i)
    sum += elements(type.shape)
  }
  return [...best.values()]
}

/** The segment of each value of the forward pass. */
function segmentsOf(nodes: readonly ProgramNode[]): Map<ValueId, number> {
  const starts = cuts(nodes)
  return new Map(nodes.map(({ id }, i) => [id, starts.filter((start) => start <= i).length]))
}

/** Values of the forward pass that stay: those of the last segment, and what anything but its own segment or a gradient reads. */
function keptValues({ nodes, outputs }: Program, { isGradient }: Passes, segments: ReadonlyMap<ValueId, number>) {
  const last = [...segments.values()].at(-1)
  const kept = new Set([...outputs.carry, ...outputs.ys].map(({ value }) => value))
  for (const [id, segment] of segments) if (segment === last) kept.add(id)
  for (const node of nodes) {
    if (isGradient(node)) continue
    for (const id of node.inputs) if (segments.get(id) !== segments.get(node.id)) kept.add(id)
  }
  return kept
}

/** Values that gradients need again: those that they read, and what these are computed from down to what is kept. */
function neededAgain({ nodes }: Program, { isGradient }: Passes, kept: ReadonlySet<ValueId>): (id: ValueId) => boolean {
  const [gradients, others] = [nodes.filter(isGradient), nodes.filter((node) => !isGradient(node))]
  const read = gradients.flatMap(({ inputs }) => inputs)
  const needed = neededValues(others, read, kept)
  return (id) => needed.has(id) && !kept.has(id)
}

/** The program, with the forward pass computed again where its gradient reads it. */
export function recomputed(program: Program, passes: Passes): Program {
  const segments = segmentsOf(program.nodes.filter(passes.isForward))
  const isNeeded = neededAgain(program, passes, keptValues(program, passes, segments))
  let nextId = [...allInputs(program), ...program.nodes].reduce((most, { id }) => Math.max(most, id), 0) + 1
  const again = new Map<ValueId, ValueId>()
  const current = (id: ValueId): ValueId => again.get(id) ?? id
  const repeat = (segment: number | undefined): ProgramNode[] =>
    program.nodes.flatMap((node) => {
      if (!segments.has(node.id) || segments.get(node.id) !== segment || !isNeeded(node.id)) return []
      const id = nextId++ as ValueId
      const repeated = { ...node, id, name: `${node.name}/again`, inputs: node.inputs.map(current) }
      again.set(node.id, id)
      return [repeated]
    })
  const nodes = program.nodes.flatMap((node) => {
    if (!passes.isGradient(node)) return [node]
    const missing = node.inputs.filter((id) => segments.has(id) && isNeeded(id) && !again.has(id))
    const before = [...new Set(missing.map((id) => segments.get(id)))].flatMap(repeat)
    return [...before, { ...node, inputs: node.inputs.map(current) }]
  })
  return { ...program, nodes }
}
