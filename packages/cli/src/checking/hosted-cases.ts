/**
 * Conformance cases of a backend in a process of its own: each is run over there, where nothing stands between it and the
 * backend, and what it does to its process is told as the failure of that case; the next has a process that is new.
 */
import { BackendError } from '@isograd/core'
import { untestedNotes } from '@isograd/core/backend'
import type { CaseResult, ConformanceCase, Origin } from '@isograd/core/conformance'
import type { LoadedBackend, UnusableBackend } from '../backends/load.js'
import { RemoteBackend } from '../backends/remote-backend.js'
import { messageOf } from '../errors/failure.js'

/** Seconds that a case may take, unless told: a case is a small program. */
const CASE_SECONDS = 60

/** Cases without an answer that are given the whole time allowed, before the limit is lowered. */
const IN_FULL = 3

/** Seconds that a case is given at least, however fast the backend answered before. */
const LEAST_SECONDS = 0.02

/** Seconds for the process itself to tell of a case that did not answer, before it is ended. */
const FROZEN_SECONDS = 5

/** Settings of hosted cases. */
export interface HostOptions {
  readonly cases: readonly ConformanceCase[]
  /** Where a program that shows a failure finds the backend. */
  readonly originOf: (loaded: LoadedBackend) => Origin
  /** Longest time for a call, and for the backend to come up. */
  readonly timeoutSeconds?: number | undefined
  /** Takes what the backend prints. */
  readonly note: (text: string) => void
  /** Ends the case under way when it fires. */
  readonly signal?: AbortSignal
}

/** The cases of a backend, with it. */
export interface HostedCases {
  readonly loaded: LoadedBackend
  readonly cases: readonly ConformanceCase[]
  /** A result with the program that shows its failure, where one was made. */
  readonly withReproduction: (result: CaseResult) => CaseResult
}

/** An error of a class that the report tells without its name. */
function failed(name: 'CaseFailure' | 'NotApplicable', message: string): Error {
  return Object.assign(new Error(message), { name })
}

/** The limit of each case: a backend that was waited for in vain is given four times what its slowest answer took. */
class Limit {
  readonly #given: number
  #late = 0
  #slowest = 0

  constructor(given: number) {
    this.#given = given
  }

  get seconds(): number {
    if (this.#late < IN_FULL) return this.#given
    return Math.min(this.#given, Math.max(LEAST_SECONDS, 4 * this.#slowest))
  }

  took(seconds: number): void {
    if (seconds >= this.seconds) this.#late++
    else this.#slowest = Math.max(this.#slowest, seconds)
  }
}

/** Processes that are started in the place of lost ones; after that the other cases are not run. */
const MOST_STARTS = 10

/** Runs cases over there, one at a time. */
class CaseRunner {
  readonly #remote: RemoteBackend
  readonly #limit: Limit
  readonly #origin: Origin
  readonly reproductions = new Map<string, string>()
  #starts = 0

  constructor(remote: RemoteBackend, seconds: number, origin: Origin) {
    this.#remote = remote
    this.#origin = origin
    this.#limit = new Limit(seconds)
  }

  /** @throws what the report tells of as a failed case, or as one that says nothing of the backend. */
  async run(id: string): Promise<void> {
    if (!this.#remote.alive && ++this.#starts > MOST_STARTS) {
      throw failed('CaseFailure', `not run: the backend was lost ${MOST_STARTS} times in cases before it`)
    }
    const connection = await this.#remote.connection()
    const { seconds } = this.#limit
    const began = performance.now()
    const call = { what: `case ${id}`, seconds: seconds + FROZEN_SECONDS, told: seconds }
    try {
      const { status, detail, reproduction } = await connection.ask('case', { id, seconds, origin: this.#origin }, call)
      if (reproduction !== undefined) this.reproductions.set(id, reproduction)
      if (status === 'unsupported') throw failed('NotApplicable', detail)
      if (status === 'failed') throw failed('CaseFailure', detail)
    } finally {
      this.#limit.took((performance.now() - began) / 1000)
    }
  }
}

/** The last case: the backend is given back, and nothing went wrong outside of any call. */
function strayCase(strays: readonly BackendError[], dispose: () => Promise<void>): ConformanceCase {
  return {
    id: 'contract/stray-errors',
    dtype: 'float32',
    ops: [],
    about: 'the backend can be disposed of, no promise is rejected unheard, and nothing is thrown outside of a call',
    kind: 'behaviour',
    check: async () => {
      await dispose().catch((error: unknown) => {
        throw failed('CaseFailure', messageOf(error))
      })
      const [first, ...others] = strays
      if (first === undefined) return
      const more = others.length === 0 ? '' : ` (and ${others.length} more)`
      throw failed('CaseFailure', `${first.message}${more}`)
    },
  }
}

async function hostCases(asked: string, options: HostOptions): Promise<HostedCases | UnusableBackend> {
  const strays: BackendError[] = []
  const onStray = (error: BackendError): void => {
    if (strays.push(error) === 1) options.note(error.message)
  }
  const { remote, loaded } = await RemoteBackend.load(asked, { ...options, options: {}, kind: 'process', onStray })
  if (!loaded.ok) return loaded
  for (const text of untestedNotes(loaded.backend.name, loaded.backend.info)) options.note(text)
  const runner = new CaseRunner(remote, options.timeoutSeconds ?? CASE_SECONDS, options.originOf(loaded))
  const cases = options.cases.map(({ id, dtype, ops, about }) => {
    const check = (): Promise<void> => runner.run(id)
    return { id, dtype, ops, about, kind: 'behaviour' as const, check }
  })
  const abandon = (reason: Error): void => void remote.end(reason)
  const withReproduction = (result: CaseResult): CaseResult => {
    const reproduction = result.status === 'failed' ? runner.reproductions.get(result.id) : undefined
    return reproduction === undefined ? result : { ...result, reproduction }
  }
  return {
    loaded: { ...loaded, abandon },
    cases: [...cases, strayCase(strays, () => loaded.backend.dispose())],
    withReproduction,
  }
}

/**
 * Starts a backend in a process of its own, for work with its cases, and ends it afterwards.
 * @throws InputError as `loadBackend`; BackendError where it cannot be used at all.
 */
export async function withCases<T>(
  asked: string,
  options: HostOptions,
  work: (hosted: HostedCases) => Promise<T>,
): Promise<T> {
  const hosted = await hostCases(asked, options)
  if ('reason' in hosted) {
    const { reason, cure } = hosted
    throw new BackendError('isograd', `${asked} cannot be used: ${reason}\n  ${cure}`)
  }
  const { backend } = hosted.loaded
  const abandon = (): void => hosted.loaded.abandon?.(new BackendError(backend.name, 'interrupted'))
  options.signal?.addEventListener('abort', abandon)
  try {
    return await work(hosted)
  } finally {
    options.signal?.removeEventListener('abort', abandon)
    await backend.dispose()
  }
}
