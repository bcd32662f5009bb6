/** A product as C: loops over tiles, and after each tile what becomes of its elements. */
import type { Local, Product, RegisterType } from '../loops/loops.js'
import { indexText, lanesIn, pointer, type Scope, strideOf, typeText, variable } from './expressions.js'
import { vectorType } from './machine.js'
import { isDealtByRows } from '../loops/shares.js'
import { indented, type Output, sharesOf, withLanes, withLocal, withLoop } from './output.js'
import { columnBlocks, type Columns, tileFunction, tileRows } from './tiles.js'
import { buffersIn, eachElement, eachValue, freeIn, isWide } from '../loops/walk.js'

/** The scope of a product's body. */
function bodyScope(p: Product, scope: Scope, out: Output): Scope {
  const inside = withLanes(withLoop(scope, p.row), p.column, p.type === 'f64' || isWide(p.body), out.machine)
  return withLocal(inside, p.value, true)
}

/** Locals of the kernel that the body reads: parameters of its function. */
function captured(p: Product): [Local, RegisterType][] {
  const own = new Set([p.row, p.column, p.value])
  return [...freeIn(p.body)].filter(([local]) => !own.has(local))
}

/**
 * True where a body takes elements by their number alone, row by row: then those of several rows fill vectors which a row by
 * itself would leave part empty.
 */
function isFlat({ row, column, columns, body }: Product): boolean {
  let isSo = body.every(({ kind }) => kind === 'let' || kind === 'store')
  eachValue(body, (e) => {
    if (e.kind === 'local' && (e.local === row || e.local === column)) isSo = false
  })
  eachElement(body, ({ index }) => {
    const [down, across] = [strideOf(index, row), strideOf(index, column)]
    if (down !== across * columns) isSo = false
  })
  return isSo
}

/** The function for the elements of a tile; its last vector may count `some` lanes. */
function elementsFunction(name: string, p: Product, inside: Scope, out: Output): string {
  const { count } = lanesIn(inside)
  const T = vectorType(p.type, lanesIn(inside))
  const [row, column, value] = [p.row, p.column, p.value].map((local) => variable(local, inside))
  const some = p.columns % count
  const parameters = captured(p).map(
    ([local, type]) =>
      `const ${inside.loops.has(local) ? 'long' : typeText(type, inside, false)} ${variable(local, inside)}`,
  )
  const last =
    some === 0
      ? []
      : [
          'if (isLast) {',
          ...indented([
            `const long ${column} = ${p.columns - some};`,
            `const ${T} ${value} = *t++;`,
            ...out.write(p.body, { ...inside, some }, out),
          ]),
          '}',
        ]
  return [
    `CODE void ${name}(${['ENV', ...parameters].join(', ')}, const long row, const long rows, const long column, const long end, const int isLast, const ${T} *t) {`,
    ...indented([
      ...out.pointers(buffersIn(p.body)),
      `for (long ${row} = row; ${row} < row + rows; ${row}++) {`,
      ...indented([
        `for (long ${column} = column; ${column} < end; ${column} += ${count}) {`,
        ...indented([`const ${T} ${value} = *t++;`, ...out.write(p.body, inside, out)]),
        '}',
        ...last,
      ]),
      '}',
    ]),
    '}',
  ].join('\n')
}

/** The name of the elements' function, which goes before the kernel. */
function ownFunction(p: Product, inside: Scope, out: Output): string {
  const name = `${out.kernel}_elements${out.own.length === 0 ? '' : out.own.length + 1}`
  out.own.push(elementsFunction(name, p, inside, out))
  return name
}

/** Tiles one below the other. */
const tilesBelow = (p: Product, { vectors }: Columns, { machine }: Output): number =>
  Math.ceil(p.rows / tileRows(p.rows, vectors, machine))

/**
 * The product of a block of columns: all rows, tile by tile. Where it is dealt out but not by rows, tiles `from` to `to` of
 * the whole product are this thread's, counted down the columns.
 * @param before tiles of the blocks before.
 * @param elements the function for the elements of a tile; where there is none a tile's are taken as one row.
 */
function blockLines(
  p: Product,
  columns: Columns & { readonly before: number },
  elements: string | undefined,
  inside: Scope,
  out: Output,
): string[] {
  const { first, blocks, vectors, before } = columns
  const lanes = lanesIn(inside)
  const T = vectorType(p.type, lanes)
  const most = tileRows(p.rows, vectors, out.machine)
  const wide = vectors * lanes.count
  const whole = p.columns - (p.columns % lanes.count)
  const passed = captured(p).map(([local]) => variable(local, inside))
  const tile = (rows: number): string[] => {
    const apart = elements === undefined ? p.columns : wide
    const name = `tile_${T}_${rows}x${apart === wide ? vectors : `${apart}e`}`
    out.functions.set(name, tileFunction(name, p.type, T, { rows, vectors }, apart))
    const from = `a + i * ${p.a.rowStride}, ${p.a.rowStride}, ${p.a.columnStride}, b + j, ${p.b.rowStride}, ${p.inner}`
    const sums = `${name}(${from}, (${p.type} *)t);`
    const given = ['GIVEN', ...passed, 'i'].join(', ')
    if (elements !== undefined) {
      const end = `j + ${wide} < ${whole} ? j + ${wide} : ${whole}`
      return [sums, `${elements}(${given}, ${rows}, j, ${end}, j + ${wide} > ${whole}, t);`]
    }
    const oneRow = { ...p, columns: rows * p.columns }
    const some = oneRow.columns % lanes.count
    const own = ownFunction(oneRow, inside, out)
    return [sums, `${own}(${given}, 1, 0, ${oneRow.columns - some}, ${some > 0 ? 1 : 0}, t);`]
  }
  const [full, rest] = [p.rows - (p.rows % most), p.rows % most]
  const isDealt = out.dealt.has(p)
  const below = tilesBelow(p, columns, out)
  const number = `${before} + (j - ${first * lanes.count}) / ${wide} * ${below}`
  const [fromTile, toTile] = isDealtByRows(p)
    ? sharesOf(below)
    : ['from', 'to'].map((tiles) => `within(${tiles} - (${number}), ${below})`)
  const own = [`const long top = ${fromTile} * ${most}, end = ${toTile} * ${most};`, 'if (top >= end) continue;']
  const [top, end] = isDealt ? ['top', `at_most(end, ${full})`] : ['0', String(full)]
  return [
    `for (long j = ${first * lanes.count}; j < ${(first + blocks * vectors) * lanes.count}; j += ${wide}) {`,
    ...indented([
      ...(isDealt ? own : []),
      `${T} t[${most * vectors}];`,
      `for (long i = ${top}; i < ${end}; i += ${most}) {`,
      ...indented(tile(most)),
      '}',
      ...(rest > 0
        ? [isDealt ? `if (end > ${full}) {` : '{', `  const long i = ${full};`, ...indented(tile(rest)), '}']
        : []),
    ]),
    '}',
  ]
}

/** The tiles of a thread, among those of all blocks. */
function ownTiles(p: Product, blocks: readonly Columns[], out: Output): string[] {
  if (!out.dealt.has(p) || isDealtByRows(p)) return []
  const tiles = blocks.reduce((sum, block) => sum + block.blocks * tilesBelow(p, block, out), 0)
  const [from, to] = sharesOf(tiles)
  return [`const long from = ${from}, to = ${to};`]
}

/** Blocks with the tiles that are before each. */
function counted(p: Product, blocks: readonly Columns[], out: Output) {
  let tiles = 0
  return blocks.map((block) => {
    const before = tiles
    tiles += block.blocks * tilesBelow(p, block, out)
    return { ...block, before }
  })
}

/** The lines of a product; its functions go before the kernel. */
export function writeProduct(p: Product, scope: Scope, out: Output): string[] {
  const inside = bodyScope(p, scope, out)
  const vectors = Math.ceil(p.columns / lanesIn(inside).count)
  const blocks = columnBlocks(vectors, out.machine)
  const isOneRow = blocks.length * Number(blocks[0]?.blocks) === 1 && p.columns % lanesIn(inside).count > 0 && isFlat(p)
  const elements = isOneRow ? undefined : ownFunction(p, inside, out)
  const place = ({ buffer, start }: Product['a']): string => `${pointer(buffer)} + ${indexText(start, scope)}`
  return [
    `{ /* ${p.rows} x ${p.inner} by ${p.inner} x ${p.columns} */`,
    ...indented([
      `const ${p.type} *const a = ${place(p.a)}, *const b = ${place(p.b)};`,
      ...ownTiles(p, blocks, out),
      ...counted(p, blocks, out).flatMap((block) => blockLines(p, block, elements, inside, out)),
    ]),
    '}',
  ]
}
