/**
 * The calls of a backend in a measuring process, told to the process that started it: only that one can end a backend which
 * never answers, whatever it is doing.
 */
import type { Backend, Executable } from '@isograd/core/backend'

/** A call that begins, in words, or the number of one that is over. */
export type CallNotice =
  | { readonly call: number; readonly backend: string; readonly what: string; readonly isLife: boolean }
  | { readonly over: number }

/** Tells of a call around its work. `isLife`: of coming up and of ending, which have a limit in any case. */
export type TellCall = <T>(backend: string, what: string, work: () => Promise<T>, isLife?: boolean) => Promise<T>

/** The calls that are under way. */
class Calls {
  readonly #open = new Map<number, Extract<CallNotice, { call: number }>>()
  readonly #tell: (notice: CallNotice) => void
  #count = 0

  constructor(tell: (notice: CallNotice) => void) {
    this.#tell = tell
  }

  /** The call that began last of those that are not over. */
  get last(): Extract<CallNotice, { call: number }> | undefined {
    return [...this.#open.values()].at(-1)
  }

  readonly around: TellCall = async (backend, what, work, isLife = false) => {
    const notice = { call: this.#count++, backend, what, isLife }
    this.#open.set(notice.call, notice)
    this.#tell(notice)
    try {
      return await work()
    } finally {
      this.#open.delete(notice.call)
      this.#tell({ over: notice.call })
    }
  }
}

/** Those of this process, where it is a measuring one. */
export const calls = new Calls((notice) => void process.send?.(notice))

/** The same backend, of whose calls is told. */
export function told(backend: Backend, around: TellCall): Backend {
  const { name } = backend
  const toldExecutable = (program: string, executable: Executable): Executable => ({
    scan: (carry, xs) => around(name, `scan of "${program}"`, () => executable.scan(carry, xs)),
    dispose: () => around(name, `dispose of "${program}"`, () => executable.dispose()),
  })
  return {
    ...backend,
    compile: async (program, constants) => {
      const work = (): Promise<Executable> => backend.compile(program, constants)
      return toldExecutable(program.name, await around(name, `compile of "${program.name}"`, work))
    },
    dispose: () => around(name, 'dispose', () => backend.dispose(), true),
  }
}
