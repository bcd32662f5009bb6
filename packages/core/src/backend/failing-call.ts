/**
 * The place at which a backend fails. For the first operation the program is cut after ever fewer nodes, by halving, and each
 * beginning of it is compiled and run for one step. Where one step is computed, it is the least number of steps at once.
 */
import { BackendError } from '../errors.js'
import type { Program, ProgramNode } from '../ir/program.js'
import { rows, type TensorMap } from '../tensor.js'
import type { Backend } from './contract.js'

/** The call that failed. */
export interface FailedCall {
  readonly program: Program
  readonly constants: TensorMap
  /** Undefined where `compile` failed. */
  readonly given?: { readonly carry: TensorMap; readonly xs: TensorMap }
}

/** The first node at which a backend fails, or the least number of steps at once. */
export type FailurePlace = { readonly node: ProgramNode } | { readonly steps: number }

function placeText(place: FailurePlace): string {
  if ('steps' in place) return `it computes one step, and fails from ${place.steps} steps at once on`
  const { op, name, layer, stage } = place.node
  const where = [layer && `layer ${layer}`, stage && `stage ${stage}`].filter((part) => part !== '').join(', ')
  return `first at ${op} "${name}"${where && ` (${where})`}`
}

/** A failure of a backend with its place. */
export class LocatedError extends BackendError {
  readonly place: FailurePlace

  constructor(cause: BackendError, place: FailurePlace) {
    super(cause.source, `${cause.message.replace(`[${cause.source}] `, '')}; ${placeText(place)}`, { cause })
    this.place = place
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

function firstSteps(xs: TensorMap, count: number): TensorMap {
  return Object.fromEntries(Object.entries(xs).map(([name, stacked]) => [name, rows(stacked, 0, count)]))
}

/** Milliseconds for all attempts: a backend may take long to fail. */
const LONGEST_SEARCH = 30_000

/** Times that a place must fail anew, and what comes before it must not. */
const CONFIRMED = 3

/** True where a backend fails at a program, in so many steps at once. */
async function fails(backend: Backend, { program, constants, given }: FailedCall, steps = 1): Promise<boolean> {
  try {
    const executable = await backend.compile(program, constants)
    if (given !== undefined) await executable.scan(given.carry, firstSteps(given.xs, steps))
    await executable.dispose()
    return false
  } catch {
    return true
  }
}

/** The answer of an attempt; undefined where it does not come until the search has to end. */
async function answer(attempt: Promise<boolean>, end: Promise<undefined>): Promise<boolean | undefined> {
  return Promise.race([attempt, end])
}

/** The least size that fails, by halving; undefined where `most` does not, `none` does, or either not always. */
async function leastFailing(
  [none, most]: readonly [number, number],
  failsWith: (size: number) => Promise<boolean>,
  end: Promise<undefined>,
): Promise<number | undefined> {
  let [right, wrong] = [none, most]
  const parts = async (): Promise<boolean> =>
    (await answer(failsWith(wrong), end)) === true && (await answer(failsWith(right), end)) === false
  if (!(await parts())) return undefined
  while (wrong - right > 1) {
    const middle = Math.floor((right + wrong) / 2)
    // oxlint-disable-next-line no-await-in-loop -- each attempt halves what is left
    const isWrong = await answer(failsWith(middle), end)
    if (isWrong === undefined) return undefined
    if (isWrong) wrong = middle
    else right = middle
  }
  // What fails by itself after a while, whatever is computed then, has no such place.
  for (let i = 0; i < CONFIRMED; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: what failed before may show in the next
    if (!(await parts())) return undefined
  }
  return wrong
}

/** The first node at which a backend fails; undefined where the failure does not come again, or is not that of a node. */
async function firstFailingNode(backend: Backend, call: FailedCall, end: Promise<undefined>) {
  const { program } = call
  const failsWith = (count: number): Promise<boolean> => fails(backend, { ...call, program: beginning(program, count) })
  const count = await leastFailing([0, program.nodes.length], failsWith, end)
  return count === undefined ? undefined : program.nodes[count - 1]
}

/** The least number of steps at once at which a backend fails that computes one. */
function leastFailingScan(backend: Backend, call: FailedCall, end: Promise<undefined>): Promise<number | undefined> {
  const [steps = 1] = Object.values(call.given?.xs ?? {}).map(({ shape }) => shape[0])
  return leastFailing([1, steps], (count) => fails(backend, call, count), end)
}

async function placeOf(backend: Backend, call: FailedCall, end: Promise<undefined>): Promise<FailurePlace | undefined> {
  const node = await firstFailingNode(backend, call, end)
  if (node !== undefined) return { node }
  const steps = await leastFailingScan(backend, call, end)
  return steps === undefined ? undefined : { steps }
}

/** Failures whose place was sought: a backend may be watched by several. */
const sought = new WeakSet<Error>()

/**
 * The failure, with its place where there is one; an answer that breaks the contract has none.
 * @param signal ends the search: what an interruption does to a backend is no failure of it.
 */
export async function locateFailure(
  backend: Backend,
  call: FailedCall,
  error: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof BackendError) || error.name !== 'BackendError' || sought.has(error)) return error
  if (signal?.aborted === true) return error
  let [timer, stop]: [ReturnType<typeof setTimeout> | undefined, () => void] = [undefined, () => {}]
  const end = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    timer = setTimeout(stop, LONGEST_SEARCH)
    signal?.addEventListener('abort', stop)
  })
  const place = await placeOf(backend, call, end)
  clearTimeout(timer)
  signal?.removeEventListener('abort', stop)
  const located = place === undefined ? error : new LocatedError(error, place)
  sought.add(located)
  return located
}
