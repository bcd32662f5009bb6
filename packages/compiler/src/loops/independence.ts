/** The loops whose iterations touch no element of each other: threads may deal them out, and no bit depends on how. */
import type { Buffer, Index, Local, Product, Statement } from './loops.js'
import { eachExpression, eachStatement, partsOf } from './walk.js'

/** An element's number as a loop sees it: it moves by `stride`, iterations inside by less, those outside by more. */
interface Seen {
  readonly stride: number
  /** The least and the most that inner loops add, with the constant. */
  readonly least: number
  readonly most: number
  /** Every outer loop moves by a multiple of it; 0 where there is none. */
  readonly outer: number
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/** The strides of an index, each local once. */
function stridesOf({ terms }: Index): Map<Local, number> {
  const strides = new Map<Local, number>()
  for (const { local, stride } of terms) {
    const before = strides.get(local)
    strides.set(local, before === undefined ? stride : before + stride)
  }
  return strides
}

/** An element as the loop over `local` sees it; nothing where it cannot be told which iterations touch it. */
function seenBy(index: Index, local: Local, extents: ReadonlyMap<Local, number>): Seen | undefined {
  const strides = stridesOf(index)
  const stride = strides.get(local)
  if (stride === undefined || stride === 0) return undefined
  let [least, most, outer] = [index.constant, index.constant, 0]
  for (const [other, by] of strides) {
    const extent = extents.get(other)
    if (other === local || by === 0) continue
    if (extent === undefined) return undefined
    if (Math.abs(by) > Math.abs(stride)) outer = divisor(Math.abs(by), outer)
    else {
      least += Math.min(0, by * (extent - 1))
      most += Math.max(0, by * (extent - 1))
    }
  }
  return { stride, least, most, outer }
}

/** Tells if iterations touch elements of their own, all accesses of a memory together. */
function isApart(seen: readonly (Seen | undefined)[], extent: number): boolean {
  const [first] = seen
  if (first === undefined) return false
  let { least, most, outer } = first
  for (const one of seen) {
    if (one === undefined || one.stride !== first.stride) return false
    ;[least, most, outer] = [Math.min(least, one.least), Math.max(most, one.most), divisor(one.outer, outer)]
  }
  const [width, stride] = [most - least, Math.abs(first.stride)]
  return width < stride && (outer === 0 || stride * (extent - 1) + width < outer)
}

/** The extents of all loops in a body; that of a product over its inner dimension has a negative number. */
function extentsIn(body: readonly Statement[]): ReadonlyMap<Local, number> {
  const extents = new Map<Local, number>()
  eachStatement(body, (s) => {
    if (s.kind === 'for') extents.set(s.local, s.extent)
    if (s.kind === 'reduce') extents.set(s.over, s.extent)
    if (s.kind === 'product') extents.set(s.row, s.rows).set(s.column, s.columns).set(innerOf(s), s.inner)
  })
  return extents
}

const innerOf = ({ value }: Product): Local => -1 - value

/** Calls with each element that is read or written, of products with all terms of its sum. */
function eachAccess(body: readonly Statement[], see: (buffer: Buffer, index: Index) => void): void {
  eachStatement(body, (s) => {
    const { values = [], places = [] } = partsOf(s)
    eachExpression(values, (e) => {
      if (e.kind === 'load') see(e.buffer, e.index)
    })
    const along = s.kind === 'product' ? [s.a.columnStride, s.b.rowStride] : []
    for (const [i, { buffer, index }] of places.entries()) {
      const stride = along[i]
      const inner = s.kind === 'product' && stride !== undefined ? [{ local: innerOf(s), stride }] : []
      see(buffer, { ...index, terms: [...index.terms, ...inner] })
    }
  })
}

/** Tells if a body changes a variable that is named outside of it. */
export function changesOutside(body: readonly Statement[]): boolean {
  const own = new Set<Local>()
  let found = false
  eachStatement(body, (s) => {
    if (s.kind === 'assign') found ||= !own.has(s.local)
    else for (const local of partsOf(s).declares ?? []) own.add(local)
  })
  return found
}

/** The memory that a body writes. */
export function writtenIn(body: readonly Statement[]): ReadonlySet<Buffer> {
  const written = new Set<Buffer>()
  eachStatement(body, (s) => {
    if (s.kind === 'store') written.add(s.buffer)
  })
  return written
}

/**
 * Tells if iterations over a local write no element that another one of them reads or writes, wherever in `top` they stand.
 * @param body that of the loop over the local.
 */
export function isIndependent(top: Statement, local: Local, body: readonly Statement[]): boolean {
  if (changesOutside(body)) return false
  const extents = extentsIn([top])
  if (extents.get(local) === 1) return true
  const written = writtenIn([top])
  const seen = new Map<Buffer, (Seen | undefined)[]>([...written].map((buffer) => [buffer, []]))
  eachAccess([top], (buffer, index) => seen.get(buffer)?.push(seenBy(index, local, extents)))
  return [...seen.values()].every((all) => isApart(all, Number(extents.get(local))))
}
