/**
 * The first operation of a program at which a backend fails: the program is cut after ever fewer nodes, by halving, and
 * each beginning of it is compiled and run for one step.
 */
import type { Backend } from '../backend/contract.js'
import { BackendError } from '../errors.js'
import type { Program, ProgramNode } from '../ir/program.js'
import { rows, type TensorMap } from '../tensor.js'

/** The call that failed. */
export interface FailedCall {
  readonly program: Program
  readonly constants: TensorMap
  /** Undefined where `compile` failed. */
  readonly given?: { readonly carry: TensorMap; readonly xs: TensorMap }
}

/** A failure of a backend with the first node at which it occurs. */
export class LocatedError extends BackendError {
  readonly node: ProgramNode

  constructor(cause: BackendError, node: ProgramNode) {
    const { op, name, layer, stage } = node
    const place = [layer && `layer ${layer}`, stage && `stage ${stage}`].filter((part) => part !== '').join(', ')
    const message = cause.message.replace(`[${cause.source}] `, '')
    super(cause.source, `${message}; first at ${op} "${name}"${place && ` (${place})`}`, { cause })
    this.node = node
  }
}

/** The first `count` nodes of a program. Whatever none of them reads is an output, so that nothing can be left out. */
function beginning(program: Program, count: number): Program {
  const nodes = program.nodes.slice(0, count)
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  const { gradients: _, ...rest } = program
  return {
    ...rest,
    name: `${program.name}, the first ${count} nodes`,
    nodes,
    outputs: {
      carry: program.inputs.carry.map(({ name, id }) => ({ name, value: id })),
      ys: nodes.filter(({ id }) => !read.has(id)).map(({ name, id }) => ({ name, value: id })),
    },
  }
}

function firstStep(xs: TensorMap): TensorMap {
  return Object.fromEntries(Object.entries(xs).map(([name, stacked]) => [name, rows(stacked, 0, 1)]))
}

/** Milliseconds for all attempts: a backend may take long to fail. */
const LONGEST_SEARCH = 30_000

/** Times that a node must fail anew, and what comes before it must not. */
const CONFIRMED = 3

/** True where a backend fails at a program. */
async function fails(backend: Backend, { program, constants, given }: FailedCall): Promise<boolean> {
  try {
    const executable = await backend.compile(program, constants)
    if (given !== undefined) await executable.scan(given.carry, firstStep(given.xs))
    await executable.dispose()
    return false
  } catch {
    return true
  }
}

/** The node; undefined where the failure does not come again, or is not that of a node. */
export async function firstFailingNode(backend: Backend, call: FailedCall): Promise<ProgramNode | undefined> {
  const { program } = call
  const until = performance.now() + LONGEST_SEARCH
  const failsWith = (count: number): Promise<boolean> => fails(backend, { ...call, program: beginning(program, count) })
  let [right, wrong] = [0, program.nodes.length]
  if (!(await failsWith(wrong)) || (await failsWith(right))) return undefined
  while (wrong - right > 1) {
    if (performance.now() > until) return undefined
    const middle = Math.floor((right + wrong) / 2)
    // oxlint-disable-next-line no-await-in-loop -- each attempt halves what is left
    if (await failsWith(middle)) wrong = middle
    else right = middle
  }
  // What fails by itself after a while, whatever is computed then, is the failure of no node.
  for (let i = 0; i < CONFIRMED; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: what failed before may show in the next
    if (performance.now() > until || !(await failsWith(wrong)) || (await failsWith(right))) return undefined
  }
  return program.nodes[wrong - 1]
}

/** The failure, with its place where there is one. */
export async function locateFailure(backend: Backend, call: FailedCall, error: unknown): Promise<unknown> {
  if (!(error instanceof BackendError) || error.name !== 'BackendError' || error instanceof LocatedError) return error
  const node = await firstFailingNode(backend, call)
  return node === undefined ? error : new LocatedError(error, node)
}
