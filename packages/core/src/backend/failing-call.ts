/**
 * The place at which a backend fails. For the first operation the program is cut after ever fewer nodes, by halving, and each
 * beginning of it is compiled and run for one step. Where one step is computed, it is the least number of steps at once.
 */
import { BackendError } from '../errors.js'
import type { Program, ProgramNode } from '../ir/program.js'
import { rows, type TensorMap } from '../tensor.js'
import type { Backend } from './contract.js'
import { extentOf } from './scan.js'

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
  if ('steps' in place) return `it computes one step, and fails where ${place.steps} or more are computed in one call`
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

/** The call of some of the steps; that of `compile` has none. */
function withSteps({ given, ...call }: FailedCall, from: number, to: number): FailedCall {
  if (given === undefined) return call
  const xs = Object.entries(given.xs).map(([name, stacked]) => [name, rows(stacked, from, to)])
  return { ...call, given: { carry: given.carry, xs: Object.fromEntries(xs) as TensorMap } }
}

/** Milliseconds for all searches in a backend: it may take long to fail, and fail at every trial of a sweep. */
const LONGEST_SEARCH = 20_000

/** Milliseconds that were spent by name of the backend. */
const spent = new Map<string, number>()

/** True while there is time to search, and nobody has interrupted. */
type MayGoOn = () => boolean

/** Times that a place must fail anew, and what comes before it must not. */
const CONFIRMED = 3

/** True where a backend fails at a program, in the steps that it is given. */
async function fails(backend: Backend, { program, constants, given }: FailedCall): Promise<boolean> {
  try {
    const executable = await backend.compile(program, constants)
    try {
      if (given !== undefined) await executable.scan(given.carry, given.xs)
    } finally {
      await executable.dispose()
    }
    return false
  } catch {
    return true
  }
}

/**
 * The least size that fails, by halving; undefined where `most` does not, `none` does, either not always, or time is over. An
 * attempt is waited for, as no call may begin before the last one has settled.
 */
async function leastFailing(
  [none, most]: readonly [number, number],
  failsWith: (size: number) => Promise<boolean>,
  mayGoOn: MayGoOn,
): Promise<number | undefined> {
  let [right, wrong] = [none, most]
  const parts = async (): Promise<boolean> =>
    mayGoOn() && (await failsWith(wrong)) && mayGoOn() && !(await failsWith(right))
  if (most <= none || !(await parts())) return undefined
  while (wrong - right > 1) {
    if (!mayGoOn()) return undefined
    const middle = Math.floor((right + wrong) / 2)
    // oxlint-disable-next-line no-await-in-loop -- each attempt halves what is left
    if (await failsWith(middle)) wrong = middle
    else right = middle
  }
  // What fails by itself after a while, whatever is computed then, has no such place.
  for (let i = 0; i < CONFIRMED; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: what failed before may show in the next
    if (!(await parts())) return undefined
  }
  return wrong
}

/** The first node at which a backend fails in one step; undefined where that does not fail, or not at a node. */
async function firstFailingNode(
  backend: Backend,
  call: FailedCall,
  mayGoOn: MayGoOn,
): Promise<FailurePlace | undefined> {
  const { program } = call
  const failsWith = (count: number): Promise<boolean> => fails(backend, { ...call, program: beginning(program, count) })
  const count = await leastFailing([0, program.nodes.length], failsWith, mayGoOn)
  const node = count === undefined ? undefined : program.nodes[count - 1]
  return node && { node }
}

/** In the first step, in the one by which it fails, or in the number of them. */
async function placeOf(backend: Backend, call: FailedCall, mayGoOn: MayGoOn): Promise<FailurePlace | undefined> {
  const inFirst = await firstFailingNode(backend, withSteps(call, 0, 1), mayGoOn)
  if (inFirst !== undefined || call.given === undefined) return inFirst
  const most = extentOf(call.program, call.given.xs).steps
  const steps = await leastFailing([1, most], (count) => fails(backend, withSteps(call, 0, count)), mayGoOn)
  if (steps === undefined) return undefined
  const last = withSteps(call, steps - 1, steps)
  return (await fails(backend, last)) ? firstFailingNode(backend, last, mayGoOn) : { steps }
}

/** Failures whose place was sought: a backend may be watched by several. */
const sought = new WeakSet<Error>()

/** True for a call that hung: it would hang again. */
const isLate = ({ message }: Error): boolean => message.includes('did not answer within')

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
  sought.add(error)
  if (isLate(error) || signal?.aborted === true) return error
  const [before = 0, began] = [spent.get(backend.name), performance.now()]
  const mayGoOn = (): boolean => signal?.aborted !== true && before + performance.now() - began < LONGEST_SEARCH
  const search = placeOf(backend, call, mayGoOn)
  const place = await (signal === undefined ? search : Promise.race([search, abortOf(signal)]))
  spent.set(backend.name, before + performance.now() - began)
  if (place === undefined) return error
  const located = new LocatedError(error, place)
  sought.add(located)
  return located
}

/** Settles when a signal fires: then no more calls are to come. */
function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
