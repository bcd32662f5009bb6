/**
 * A backend under watch: what it returns is held to the contract at once, what it was lent must come back unwritten,
 * and no call may take longer than allowed. A call that never gives the thread back cannot be ended from here; the
 * command has a process of its own for that.
 */
import type { Backend, Executable, ScanResult } from '../backend/contract.js'
import { checkScan, type ScanExtent } from '../backend/scan.js'
import { BackendError, isBackendFailure } from '../errors.js'
import { concreteShape, formatType, type Program, type ProgramOutput, valueTypes } from '../ir/program.js'
import { type BitDifference, bitDifferences, checksum } from '../numerics/bits.js'
import { typeText } from '../numerics/tensor-comparison.js'
import { elementCount, sameShape, type Tensor, type TensorMap } from '../tensor.js'
import { thrownText } from '../text/visible.js'

/** Limits and callbacks of a watched backend. */
export interface WatchOptions {
  /** Longest time for one call; no limit when absent. */
  readonly timeoutSeconds?: number | undefined
  /** Told what the backend is about to do, and `undefined` once it has: for whoever watches from another process. */
  readonly onCall?: ((what: string | undefined) => void) | undefined
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

/** @throws BackendError when an output is missing, superfluous, or of another dtype, shape or number of steps. */
function checkOutputs(backend: string, program: Program, { carry, ys }: ScanResult, extent: ScanExtent): void {
  const types = valueTypes(program)
  const check = (role: string, { name, value }: ProgramOutput, got: Tensor | undefined, lead: readonly number[]) => {
    const type = types.get(value)
    if (type === undefined) return
    const shape = [...lead, ...concreteShape(type.shape, extent.batch)]
    const fits = got !== undefined && got.dtype === type.dtype && sameShape(got.shape, shape)
    if (fits && got.data.length === elementCount(shape)) return
    const expected = formatType({ dtype: type.dtype, shape })
    throw new BackendError(
      backend,
      `scan of "${program.name}": ${role} "${name}": expected ${expected}, got ${typeText(got)}`,
    )
  }
  for (const output of program.outputs.carry) check('carry', output, carry[output.name], [])
  for (const output of program.outputs.ys) check('ys', output, ys[output.name], [extent.steps])
}

/** Constants may be as large as a data set: they are shared, not copied, and told by their checksums. */
class WatchedConstants {
  readonly #constants: TensorMap
  readonly #checksums: Map<string, number>

  constructor(constants: TensorMap) {
    this.#constants = constants
    this.#checksums = new Map(Object.entries(constants).map(([name, tensor]) => [name, checksum(tensor)]))
  }

  /** Names of those that have changed since the last call. */
  changed(): string[] {
    const found = Object.entries(this.#constants).filter(([name, tensor]) => {
      const [before, now] = [this.#checksums.get(name), checksum(tensor)]
      this.#checksums.set(name, now)
      return before !== now
    })
    return found.map(([name]) => name)
  }
}

/** Every error as a `BackendError` of this backend, so that it is clear whose it is. Typed errors pass as they are. */
function owned(backend: string, error: unknown): Error {
  if (error instanceof Error && error.name === 'UnsupportedOpError') return error
  if (error instanceof BackendError && error.source === backend) return error
  const message = thrownText(error)
  return new BackendError(backend, message.replace(`[${backend}] `, ''), { cause: error })
}

async function owning<T>(backend: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw owned(backend, error)
  }
}

/** The executable, watched. */
function watchExecutable(
  backend: string,
  program: Program,
  inner: Executable,
  constants: WatchedConstants,
  options: WatchOptions,
): Executable {
  const { onMutation } = options
  const call = <T>(what: string, start: () => Promise<T>) =>
    within(backend, `${what} of "${program.name}"`, options, start)
  return {
    scan: (carry, xs) =>
      owning(backend, async () => {
        const extent = checkScan(backend, program, carry, xs)
        // What is lent are copies: a backend that writes to them must not spoil what others are given.
        const lent = { carry: copyOf(carry), xs: copyOf(xs) }
        const result = await call('scan', () => inner.scan(lent.carry, lent.xs))
        checkOutputs(backend, program, result, extent)
        for (const difference of bitDifferences(carry, lent.carry)) onMutation('carry', difference)
        for (const difference of bitDifferences(xs, lent.xs)) onMutation('xs', difference)
        for (const constant of constants.changed()) onMutation('constants', { name: constant })
        return result
      }),
    dispose: () => owning(backend, () => call('dispose', () => inner.dispose())),
  }
}

/** The backend, watched; it stays the caller's to dispose. Whatever goes wrong in it is thrown as a `BackendError`. */
export function watchBackend(backend: Backend, options: WatchOptions): Backend {
  const { name, info } = backend
  return {
    name,
    info,
    compile: (program, constants) =>
      owning(name, async () => {
        const watched = new WatchedConstants(constants)
        const what = `compile of "${program.name}"`
        const inner = await within(name, what, options, () => backend.compile(program, constants))
        return watchExecutable(name, program, inner, watched, options)
      }),
    dispose: () => backend.dispose(),
  }
}
