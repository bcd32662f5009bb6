/**
 * Finds if a body can be computed in lanes: then all that differs between iterations has one width, and every operation has an
 * instruction. What cannot is emitted one number at a time, and means the same.
 */
import type { Expression, Index, Local, RegisterType, Statement } from '../loops/loops.js'
import {
  lanesOf,
  shifts,
  vectorBinary,
  vectorCompare,
  vectorConvert,
  vectorUnary,
  type Width,
  widths,
} from './vector.js'

/** The lanes of a body. */
export interface Lanes {
  readonly width: Width
  readonly count: number
  /** The loop's variable: lanes are its iterations. */
  readonly over: Local
  /** Tells if an expression differs between lanes. */
  readonly differs: (e: Expression) => boolean
  /** Locals that differ between lanes. */
  readonly locals: ReadonlySet<Local>
}

/** The reasons that keep a body from lanes. */
class NoLanes extends Error {}

class Analysis {
  readonly locals: Set<Local>
  readonly widths = new Set<Width>()
  readonly #differs = new Map<Expression, boolean>()
  readonly #over: Local
  readonly #anyStride: boolean
  constructor(over: Local, given: readonly Local[], anyStride: boolean) {
    this.#over = over
    this.locals = new Set([over, ...given])
    this.#anyStride = anyStride
  }

  readonly differs = (e: Expression): boolean => {
    const known = this.#differs.get(e)
    if (known !== undefined) return known
    const found = this.#look(e)
    this.#differs.set(e, found)
    return found
  }

  see(body: readonly Statement[]): void {
    for (const s of body) {
      const rule = this.#statements[s.kind] as ((s: Statement) => void) | undefined
      if (rule === undefined) throw new NoLanes()
      rule(s)
    }
  }

  type(type: RegisterType): void {
    const width = widths[type]
    if (width !== undefined) this.widths.add(width)
  }

  readonly #statements: { readonly [K in Statement['kind']]?: (s: Extract<Statement, { kind: K }>) => void } = {
    for: (s) => this.see(s.body),
    let: (s) => {
      if (this.differs(s.value)) this.locals.add(s.local)
    },
    variable: (s) => {
      this.differs(s.value)
      this.type(s.value.type)
      this.locals.add(s.local)
    },
    assign: (s) => {
      this.differs(s.value)
      require(this.locals.has(s.local))
    },
    store: (s) => {
      this.differs(s.value)
      require(this.#stride(s.index) === 1)
      if (s.buffer.type === 'u8') this.widths.add(32)
      else this.type(s.buffer.type)
    },
  }

  /** Distance that an index moves between lanes. */
  #stride({ terms }: Index): number {
    require(terms.every(({ local }) => local === this.#over || !this.locals.has(local)))
    return terms.filter(({ local }) => local === this.#over).reduce((sum, { stride }) => sum + stride, 0)
  }

  readonly #expressions: {
    readonly [K in Expression['kind']]: (e: Extract<Expression, { kind: K }>) => boolean
  } = {
    constant: () => false,
    local: (e) => this.locals.has(e.local),
    load: (e) => {
      const stride = this.#stride(e.index)
      require(this.#anyStride || stride === 0 || stride === 1)
      return stride !== 0
    },
    unary: (e) => this.differs(e.x) && require(vectorUnary[e.x.type][e.op] !== undefined),
    binary: (e) => {
      const [x, y] = [this.differs(e.x), this.differs(e.y)]
      if (!x && !y) return false
      require(!shifts.has(e.op) || e.y.kind === 'constant')
      return require(vectorBinary[e.type][e.op] !== undefined)
    },
    compare: (e) => {
      const [x, y] = [this.differs(e.x), this.differs(e.y)]
      return (x || y) && require(vectorCompare[e.x.type][e.op] !== undefined)
    },
    select: (e) => [e.condition, e.x, e.y].map(this.differs).includes(true),
    convert: (e) => this.differs(e.x) && require(vectorConvert[e.x.type][e.type] !== undefined),
  }

  #look(e: Expression): boolean {
    const rule = this.#expressions[e.kind] as (e: Expression) => boolean
    const differs = rule(e)
    if (differs) this.type(e.type)
    return differs
  }
}

/** @returns true. @throws NoLanes where a condition does not hold. */
function require(holds: boolean): boolean {
  if (!holds) throw new NoLanes()
  return holds
}

function laned(over: Local, analysis: Analysis, look: () => void): Lanes | undefined {
  try {
    look()
  } catch (error) {
    if (error instanceof NoLanes) return undefined
    throw error
  }
  if (analysis.widths.size > 1) return undefined
  const width: Width = analysis.widths.has(64) ? 64 : 32
  return { width, count: lanesOf[width], over, differs: analysis.differs, locals: analysis.locals }
}

/** The lanes of a body, if it can have them. @param given locals that differ already, by their types. */
export function lanesOfBody(
  over: Local,
  body: readonly Statement[],
  given: readonly { readonly local: Local; readonly type: RegisterType }[] = [],
): Lanes | undefined {
  const analysis = new Analysis(
    over,
    given.map(({ local }) => local),
    false,
  )
  for (const { type } of given) analysis.type(type)
  return laned(over, analysis, () => analysis.see(body))
}

/** The lanes of a value that is summed, if it can have them; it is loaded with any stride. */
export function lanesOfValue(over: Local, value: Expression): Lanes | undefined {
  const analysis = new Analysis(over, [], true)
  return laned(over, analysis, () => {
    analysis.differs(value)
    analysis.type(value.type)
  })
}
