/**
 * A backend under watch: what it returns is held to the contract at once, what it was lent must come back unwritten,
 * and no call may take longer than allowed. A call that never gives the thread back cannot be ended from here; the
 * command has a process of its own for that.
 */
import { OutputCheck } from '../backend/answers.js'
import type { Backend, Executable } from '../backend/contract.js'
import { owning, requireExecutable } from '../backend/held.js'
import { checkScan } from '../backend/scan.js'
import { eventLoopYielder } from '../run/yield-to-event-loop.js'
import { BackendError, isBackendFailure } from '../errors.js'
import { type BitDifference, bitDifferences } from '../numerics/bits.js'
import { type FailedCall, locateFailure } from '../backend/failing-call.js'
import { LentConstants } from './lent-constants.js'
import type { Tensor, TensorMap } from '../tensor.js'

const turn = eventLoopYielder()

/** Limits and callbacks of a watched backend. */
export interface WatchOptions {
  /** Longest time for one call; no limit when absent. */
  readonly timeoutSeconds?: number | undefined
  /** Told what the backend is about to do, and `undefined` once it has: for whoever watches from another process. */
  readonly onCall?: ((what: string | undefined) => void) | undefined
  /** Ends the work before the next call, with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Told once for each input that the backend has written to. */
  readonly onMutation: (role: 'constants' | 'carry' | 'xs', difference: Pick<BitDifference, 'name'>) => void
}

/** Runs work of backends; a failure of one is told, and the work has no result. Any other error is thrown. */
export async function unlessFailed<T>(
  work: () => Promise<T>,
  onFailure: (error: Error) => void,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isBackendFailure(error)) throw error
    onFailure(error)
    return undefined
  }
}

async function within<T>(
  backend: string,
  what: string,
  { timeoutSeconds: seconds, onCall }: WatchOptions,
  start: () => Promise<T>,
): Promise<T> {
  onCall?.(`[${backend}] ${what}`)
  try {
    return await beforeTimeout(backend, what, seconds, start())
  } finally {
    onCall?.(undefined)
  }
}

async function beforeTimeout<T>(
  backend: string,
  what: string,
  seconds: number | undefined,
  work: Promise<T>,
): Promise<T> {
  if (seconds === undefined) return work
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new BackendError(backend, `${what} did not answer within ${seconds} s`))
    }, seconds * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function copyOf(tensors: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  )
}

/** Lets a signal be heard between two calls: a backend may compute on this thread without a pause. @throws its reason */
async function breathe({ signal }: WatchOptions): Promise<void> {
  await turn()
  signal?.throwIfAborted()
}

/** The backend, each of whose calls has a limit. */
function limited(backend: Backend, options: WatchOptions): Backend {
  const { name } = backend
  return {
    ...backend,
    compile: async (program, constants) => {
      const call = <T>(what: string, start: () => Promise<T>) =>
        within(name, `${what} of "${program.name}"`, options, start)
      const answer = await call('compile', () => backend.compile(program, constants))
      const inner = requireExecutable(name, program.name, answer)
      return {
        scan: (carry, xs) => call('scan', () => inner.scan(carry, xs)),
        dispose: () => call('dispose', () => inner.dispose()),
      }
    },
  }
}

/** Does a call of a backend. @throws BackendError, with the operation at which it occurs where that can be found. */
async function located<T>(
  backend: Backend,
  call: FailedCall,
  { signal }: WatchOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await owning(backend.name, work)
  } catch (error) {
    throw await locateFailure(backend, call, error, signal)
  }
}

/** A program with its constants. */
type Compiled = Omit<FailedCall, 'given'>

/** The executable, watched. `restoreConstants` is called after each scan. */
function watchExecutable(
  backend: Backend,
  compiled: Compiled,
  inner: Executable,
  options: WatchOptions,
  restoreConstants: () => void,
): Executable {
  const { name } = backend
  const { onMutation } = options
  const { program } = compiled
  const outputs = new OutputCheck(program)
  return {
    scan: async (carry, xs) => {
      await breathe(options)
      return owning(name, async () => {
        const extent = checkScan(name, program, carry, xs)
        // What is lent are copies: a backend that writes to them must not spoil what others are given.
        const lent = { carry: copyOf(carry), xs: copyOf(xs) }
        const call = { ...compiled, given: { carry, xs } }
        const result = await located(backend, call, options, () => inner.scan(lent.carry, lent.xs)).finally(
          restoreConstants,
        )
        outputs.require(name, result, extent)
        for (const difference of bitDifferences(carry, lent.carry)) onMutation('carry', difference)
        for (const difference of bitDifferences(xs, lent.xs)) onMutation('xs', difference)
        return result
      })
    },
    dispose: () => owning(name, () => inner.dispose()),
  }
}

/** The backend, watched; it stays the caller's to dispose. Whatever goes wrong in it is thrown as a `BackendError`. */
export function watchBackend(backend: Backend, options: WatchOptions): Backend {
  const { name, info } = backend
  const inside = limited(backend, options)
  return {
    name,
    info,
    compile: async (program, constants) => {
      await breathe(options)
      const compiled = { program, constants }
      const lent = new LentConstants(constants)
      const restore = (): void => {
        for (const constant of lent.restore()) options.onMutation('constants', { name: constant })
      }
      const inner = await located(inside, compiled, options, () => inside.compile(program, constants)).finally(restore)
      return watchExecutable(inside, compiled, inner, options, restore)
    },
    dispose: () => backend.dispose(),
  }
}
