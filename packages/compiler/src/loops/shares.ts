/**
 * The share of each thread in a program. A loop whose iterations are independent is dealt out, as far as it is worth it; what is
 * small is thread 0's; what names locals for later is done by each thread. Threads wait for each other only where one would
 * read or overwrite what another one writes. No sum is ever divided, so that bits are the same for any number of threads.
 */
import { type Buffer, bytesOf, type Kernel, type LoopProgram, type Product, type Statement } from './loops.js'
import { changesOutside, isIndependent, writtenIn } from './independence.js'
import type { MemoryPlan } from '../memory/plan.js'
import { buffersIn, eachExpression, partsOf } from './walk.js'

/** A statement whose iterations are dealt out: a loop, or the tiles of a product. */
export type Dealt = Extract<Statement, { kind: 'for' }> | Product

/** A statement at the top of a kernel. */
export interface Part {
  readonly statement: Statement
  /** `first`: thread 0. `all`: each thread for itself. Else the loop, at the top or inside, that is dealt out. */
  readonly by: 'first' | 'all' | Dealt
  /** True where all threads have to be here before any goes on. */
  readonly waits: boolean
}

type Share = Omit<Part, 'waits'>

/** Tells if threads get rows of a product, so that each reads a part of A, which is the larger one; else a part of B. */
export const isDealtByRows = ({ rows, columns }: Product): boolean => rows >= columns

/** A kernel as threads compute it. */
export interface SharedKernel {
  readonly parts: readonly Part[]
  /** False where all of it is thread 0's. */
  readonly isShared: boolean
  /** True where all threads have to be here before any begins it. */
  readonly waits: boolean
}

/** Work, in products with their sums: less is not worth the meeting of threads, which takes about a microsecond. */
export const LEAST_WORK = 2 ** 17

/** Costs of an operation beside a product and its sum, where it is done for many lanes at once and where it is not. */
const [IN_LANES, ALONE] = [2, 16]

function costOf(s: Statement, each: number): number {
  let parts = 1
  eachExpression(partsOf(s).values ?? [], () => parts++)
  return parts * each
}

/** The work of a statement: see `LEAST_WORK`. */
function workOf(s: Statement, each = ALONE): number {
  const inside = (body: readonly Statement[], by: number): number => body.reduce((sum, one) => sum + workOf(one, by), 0)
  if (s.kind === 'for') return s.extent * inside(s.body, s.vector ? IN_LANES : each)
  if (s.kind === 'product') return s.rows * s.columns * (s.inner + inside(s.body, IN_LANES))
  return s.kind === 'reduce' ? s.extent * costOf(s, IN_LANES) : costOf(s, each)
}

const isLoop = (s: Statement): s is Dealt => s.kind === 'for' || s.kind === 'product'

/** The outermost loop of a nest that can be dealt out. */
function dealtIn(top: Statement, s: Statement = top): Dealt | undefined {
  if (!isLoop(s)) return undefined
  const locals = s.kind === 'for' ? [s.local] : [s.row, s.column]
  const extent = s.kind === 'for' ? s.extent : s.rows * s.columns
  if (extent > 1 && locals.every((local) => isIndependent(top, local, s.body))) return s
  const inner = s.body.filter(isLoop)
  return s.kind === 'for' && inner.length === 1 && inner[0] !== undefined ? dealtIn(top, inner[0]) : undefined
}

const namesLocals = ({ kind }: Statement): boolean => kind !== 'for' && kind !== 'product' && kind !== 'store'

function byOf(s: Statement, least: number): Part['by'] | undefined {
  if (namesLocals(s) || changesOutside([s])) return writtenIn([s]).size === 0 ? 'all' : undefined
  const dealt = workOf(s) < least ? undefined : dealtIn(s)
  return dealt ?? 'first'
}

type Range = readonly [first: number, end: number]

/** A set of integers: where its ranges begin and end, in turn, rising. */
class Ranges {
  readonly #ends: number[] = []

  add([first, end]: Range): void {
    const [from, to] = [this.#below(first), this.#below(end + 1)]
    this.#ends.splice(from, to - from, ...(from % 2 === 0 ? [first] : []), ...(to % 2 === 0 ? [end] : []))
  }

  overlap([first, end]: Range): boolean {
    const from = this.#below(first + 1)
    return from % 2 === 1 || this.#below(end) > from
  }

  /** The number of beginnings and ends below a number. */
  #below(most: number): number {
    let [from, to] = [0, this.#ends.length]
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if (Number(this.#ends[middle]) < most) from = middle + 1
      else to = middle
    }
    return from
  }
}

const untouched = () => ({ written: new Ranges(), all: new Ranges() })

/** The memory that is read or written since threads met last: by thread 0 alone, and by all. */
class Touched {
  readonly #plan: Pick<MemoryPlan, 'offsets'>
  #first = untouched()
  #others = untouched()
  constructor(plan: Pick<MemoryPlan, 'offsets'>) {
    this.#plan = plan
  }

  /** @returns if threads have to meet before some parts. */
  add(parts: readonly Share[]): boolean {
    const waits = parts.some((part) => this.#meets(part))
    if (waits) this.restart(parts)
    else parts.forEach((part) => this.#note(part))
    return waits
  }

  /** Forgets what was touched before threads met, and begins with some parts. */
  restart(parts: readonly Share[]): void {
    ;[this.#first, this.#others] = [untouched(), untouched()]
    parts.forEach((part) => this.#note(part))
  }

  #note({ statement, by }: Share): void {
    const { written, all } = touchedBy(statement)
    const before = by === 'first' ? this.#first : this.#others
    for (const buffer of written) before.written.add(this.#range(buffer))
    for (const buffer of all) before.all.add(this.#range(buffer))
  }

  #meets({ statement, by }: Share): boolean {
    const { written, all } = touchedBy(statement)
    const overlap = (buffers: Iterable<Buffer>, ranges: Ranges): boolean =>
      [...buffers].some((buffer) => ranges.overlap(this.#range(buffer)))
    const before = by === 'first' ? [this.#others] : [this.#first, this.#others]
    return before.some((one) => overlap(written, one.all) || overlap(all, one.written))
  }

  /** The bytes of a buffer in the arena; of each tensor beside it a negative number of its own. */
  #range({ id, name, length, type, space, index }: Buffer): Range {
    if (space !== 'arena') return besideArena(3 * index + spaces.indexOf(space))
    const offset = this.#plan.offsets.get(id)
    if (offset === undefined) throw new Error(`the plan has no place for ${name}`)
    return [offset, offset + length * bytesOf[type]]
  }
}

const spaces = ['constant', 'x', 'y']
const besideArena = (number: number): Range => [-1 - number, -number]

interface TouchedBy {
  readonly written: ReadonlySet<Buffer>
  readonly all: readonly Buffer[]
}

const known = new WeakMap<Statement, TouchedBy>()

function touchedBy(s: Statement): TouchedBy {
  const found = known.get(s) ?? { written: writtenIn([s]), all: buffersIn([s]) }
  known.set(s, found)
  return found
}

/** The parts of a kernel, with where threads meet within it. */
function partsIn({ body }: Kernel, plan: Pick<MemoryPlan, 'offsets'>, least: number): Part[] {
  const by = body.map((s) => byOf(s, least))
  const isShared = by.every((one) => one !== undefined) && by.some((one) => typeof one === 'object')
  const touched = new Touched(plan)
  return body.map((statement, i) => {
    const part = { statement, by: isShared ? (by[i] ?? 'first') : 'first' } as const
    return { ...part, waits: touched.add([part]) }
  })
}

/** The kernels of a program as threads compute them; kernels that are alike have like parts. @param least work that is dealt out. */
export function sharesOf(
  { kernels }: LoopProgram,
  plan: Pick<MemoryPlan, 'offsets'>,
  least = LEAST_WORK,
): SharedKernel[] {
  const touched = new Touched(plan)
  return kernels.map((kernel) => {
    const parts = partsIn(kernel, plan, least)
    const meetings = parts.flatMap((part, i) => (part.waits ? [i] : []))
    const waits = touched.add(parts.slice(0, meetings[0]))
    if (meetings.length > 0) touched.restart(parts.slice(meetings.at(-1)))
    return { parts, waits, isShared: parts.some(({ by }) => by !== 'first') }
  })
}
