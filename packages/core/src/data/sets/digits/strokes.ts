/**
 * The skeletons of the built-in digits: for each class, the ways in which people write it, as strokes of a pen.
 * Data only; `distortion.ts` bends them into handwriting and `raster.ts` inks them.
 */
import { internalError } from '../../../errors.js'

/** A point of a stroke: x to the right, y downwards, in hundredths of the digit's height; the origin is its middle. */
export interface StrokePoint {
  readonly x: number
  readonly y: number
  /** True when the pen changes direction sharply here; a smooth curve goes through all other points. */
  readonly corner: boolean
}

/** A stroke, from where the pen is set down to where it is lifted. */
export type Stroke = readonly StrokePoint[]

/** One way of writing a digit, about 100 high and 55 wide. */
export type Glyph = readonly Stroke[]

/** The ways of writing each class, at the index of its label. A stroke lists its points; `!` marks a corner. */
const skeletons: readonly (readonly (readonly string[])[])[] = [
  [
    ['8,-48 -14,-42 -27,-18 -27,14 -15,42 6,49 24,30 28,-4 20,-36 4,-49'],
    ['14,-44 -6,-48 -19,-28 -22,8 -12,42 6,46 19,22 20,-14 10,-42 -6,-46'],
  ],
  [['0,-50 0,0 0,50'], ['-17,-28 2,-50! 0,0 0,50'], ['-16,-32 1,-50! 0,0 0,49', '-19,50 19,49']],
  [
    ['-24,-28 -8,-48 16,-44 22,-22 6,6 -14,32 -26,48! 28,46'],
    ['-22,-32 -4,-50 18,-40 16,-14 -4,22 -20,44 -28,36 -16,28 4,42 28,46'],
  ],
  [['-22,-38 0,-50 20,-38 15,-15 -5,-4! 20,8 24,30 4,49 -24,38'], ['-22,-48 22,-48! -3,-10! 21,2 24,30 2,50 -24,38']],
  [
    ['-18,-46 -23,-16 -22,6! 28,4', '15,-42 13,0 11,50'],
    ['10,-50 -10,-18 -29,16! 30,14', '10,-50 11,0 10,50'],
  ],
  [
    ['24,-48 -17,-48! -21,-7! 4,-14 24,8 20,36 -2,50 -26,40'],
    ['-15,-46 -19,-7! 6,-13 24,10 15,42 -8,50 -26,38', '-15,-46 26,-49'],
  ],
  [
    ['16,-50 -10,-24 -24,12 -16,42 6,50 24,34 20,10 0,4 -19,20'],
    ['2,-50 -16,-10 -21,26 -6,48 16,44 22,22 6,8 -14,18 -20,30'],
  ],
  [['-26,-46 26,-46! 6,0 -6,50'], ['-26,-46 26,-47! 7,0 -4,50', '-15,3 22,0'], ['-26,-32 -24,-47! 25,-45! 2,6 -4,50']],
  [
    ['18,-38 0,-50 -18,-34 -6,-10 16,10 22,34 0,50 -20,34 -14,10 8,-10 20,-30'],
    ['2,-5 -16,-18 -14,-42 4,-50 18,-36 15,-13 2,-5', '2,-5 -20,12 -18,42 2,50 22,38 20,10 2,-5'],
  ],
  [
    ['18,-34 2,-50 -20,-36 -18,-12 2,-4 18,-22 20,-42! 18,0 12,50'],
    ['20,-32 4,-49 -18,-38 -20,-14 0,-4 18,-18 22,-38! 22,6 8,40 -18,46'],
  ],
]

const POINT = /^(-?\d+),(-?\d+)(!?)$/

function parsePoint(text: string): StrokePoint {
  const [, x, y, mark] = POINT.exec(text) ?? []
  if (x === undefined || y === undefined) throw internalError(`digit skeletons: "${text}" is no point`)
  return { x: Number(x), y: Number(y), corner: mark === '!' }
}

/** The ways of writing each class, at the index of its label. */
export const digitGlyphs: readonly (readonly Glyph[])[] = skeletons.map((glyphs) =>
  glyphs.map((strokes) => strokes.map((stroke) => stroke.split(' ').map(parsePoint))),
)
