/**
 * Products of matrices by tiles: some rows of A times some vectors of B's columns, their sums in registers over the whole
 * inner dimension. Which tiles is a matter of speed alone: each element is the same sum in the same order.
 */
import type { Machine } from './machine.js'

/** Rows and vectors of a tile. */
export interface Tile {
  readonly rows: number
  readonly vectors: number
}

/** Most rows of a tile by its vectors, by measurement: many sums hide the latency of the additions, few loads feed them. */
const mostRows: Readonly<Record<Machine['registers'], readonly number[]>> = {
  32: [16, 12, 8],
  16: [8, 6],
}

/** Vectors that begin at `first`, in blocks of so many. */
export interface Columns {
  readonly first: number
  readonly blocks: number
  readonly vectors: number
}

/** Columns in blocks: as wide as registers allow, without a narrow one at the end. */
export function columnBlocks(vectors: number, { registers }: Machine): readonly Columns[] {
  const widest = mostRows[registers].length
  const count = Math.ceil(vectors / widest)
  const wide = vectors - count * (widest - 1)
  if (count === 1) return [{ first: 0, blocks: 1, vectors }]
  const narrow = count - Math.max(wide, 0)
  const blocks = [
    { first: 0, blocks: count - narrow, vectors: widest },
    { first: (count - narrow) * widest, blocks: narrow, vectors: widest - 1 },
  ]
  return blocks.filter((one) => one.blocks > 0)
}

/** Rows of the tiles for so many rows, all alike but the last. */
export function tileRows(rows: number, vectors: number, { registers }: Machine): number {
  const most = Number(mostRows[registers][vectors - 1])
  return Math.ceil(rows / Math.ceil(rows / most))
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Of three rows each the first has a pointer: their addresses are its, and those one or two strides on. */
const element = (r: number): string => `a${r - (r % 3)}[${['0', 'ar', '2 * ar'][r % 3]}]`

/**
 * The function of a tile: `ar` and `ac` lie between rows and columns of A, `br` between rows of B; `t` takes the sums.
 * @param apart elements from one row of `t` to the next; vectors are stored in order, so that one may reach into the next row.
 */
export function tileFunction(name: string, type: string, V: string, { rows, vectors }: Tile, apart: number): string {
  const columns = range(vectors)
  const sums = (line: (r: number, q: number) => string): string[] =>
    range(rows).map((r) => columns.map((q) => line(r, q)).join(' '))
  const bases = range(Math.ceil(rows / 3)).map((p) => 3 * p)
  const lanes = Number(V.split('x')[1])
  const row = (r: number, write: (sum: string, b: string) => string): string =>
    `{ const ${V} x = splat_${V}(${element(r)}); ${columns.map((q) => write(`c${r}_${q}`, `b${q}`)).join(' ')} }`
  const load = `const ${V} ${columns.map((q) => `b${q} = load_${V}(b + ${q * lanes})`).join(', ')};`
  return [
    `CODE void ${name}(const ${type} *a0, const long ar, const long ac, const ${type} *b, const long br, const long n, ${type} *t) {`,
    ...(bases.length > 1
      ? [
          `  const ${type} ${bases
            .slice(1)
            .map((r) => `*a${r} = a0 + ${r} * ar`)
            .join(', ')};`,
        ]
      : []),
    `  ${V} ${sums((r, q) => `c${r}_${q}`)
      .map((line) => line.replaceAll(' ', ', '))
      .join(', ')};`,
    `  { ${load}`,
    ...range(rows).map((r) => `    ${row(r, (sum, b) => `${sum} = x * ${b};`)}`),
    '  }',
    '  for (long k = 1; k < n; k++) {',
    `    ${bases.map((r) => `a${r} += ac;`).join(' ')} b += br;`,
    `    ${load}`,
    ...range(rows).map((r) => `    ${row(r, (sum, b) => `ADD_${type}(${sum}, x, ${b});`)}`),
    '  }',
    ...sums((r, q) => `store_${V}(t + ${r * apart + q * lanes}, c${r}_${q});`).map((line) => `  ${line}`),
    '}',
  ].join('\n')
}
