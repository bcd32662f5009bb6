/**
 * Ink on paper: broken lines to 28 x 28 grey values. The darkness of a pixel depends on its distance to the nearest
 * point of the pen's path, so strokes have round ends and soft edges. Only + - * / and sqrt, exact in IEEE 754.
 */
import type { RandomStream } from '../../../random/stream.js'
import type { Polyline } from './distortion.js'

/** Height and width of an image, in pixels. */
export const digitSide = 28

const PIXELS = digitSide * digitSide
const CENTRE = (digitSide - 1) / 2
const FAR = 1e9

/** A pen. Lengths in pixels. */
interface Pen {
  /** Distance from the path at which the ink is half as dark as on it. */
  readonly radius: number
  /** Width of the soft edge. */
  readonly edge: number
  /** Grey value of full ink, at most 255. */
  readonly darkness: number
}

const RADIUS = { least: 0.65, spread: 1.0 }
const EDGE = { least: 0.8, spread: 0.9 }
const DARKNESS = { least: 200, spread: 55 }
/** Part of the ink that the roughness of the paper may take away. */
const GRAIN = 0.35
/** Of 256 pixels of paper, how many have a speck, and how dark it may be. */
const SPECKS = { outOf256: 2, darkness: 120 }

function drawPen(stream: RandomStream): Pen {
  return {
    radius: RADIUS.least + RADIUS.spread * stream.uniform(),
    edge: EDGE.least + EDGE.spread * stream.uniform(),
    darkness: DARKNESS.least + DARKNESS.spread * stream.uniform(),
  }
}

/** First pixel whose centre may be within `reach` above `low`, inside the image. */
function firstPixel(low: number, reach: number): number {
  return Math.max(0, Math.ceil(low - reach))
}

/** Last pixel whose centre may be within `reach` below `high`, inside the image. */
function lastPixel(high: number, reach: number): number {
  return Math.min(digitSide - 1, Math.floor(high + reach))
}

/** Squared distances of the pixels from the pen's path: one buffer for all images, which are drawn one after the other. */
const squares = new Float64Array(PIXELS)

/** Lowers `squares` to the squared distance from the segment (ax, ay)-(bx, by) where that is nearer. Pixel coordinates. */
function markSegment(ax: number, ay: number, bx: number, by: number, reach: number): void {
  const dx = bx - ax
  const dy = by - ay
  const lengthSquare = dx * dx + dy * dy
  const scale = lengthSquare > 0 ? 1 / lengthSquare : 0
  const left = firstPixel(Math.min(ax, bx), reach)
  const right = lastPixel(Math.max(ax, bx), reach)
  const bottom = lastPixel(Math.max(ay, by), reach)
  for (let row = firstPixel(Math.min(ay, by), reach); row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const px = column - ax
      const py = row - ay
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * scale))
      const ex = px - along * dx
      const ey = py - along * dy
      const square = ex * ex + ey * ey
      const at = row * digitSide + column
      if (square < (squares[at] as number)) squares[at] = square
    }
  }
}

function markLines(lines: readonly Polyline[], reach: number): void {
  for (const line of lines) {
    for (let i = 0; i + 3 < line.length; i += 2) {
      markSegment(
        (line[i] as number) + CENTRE,
        (line[i + 1] as number) + CENTRE,
        (line[i + 2] as number) + CENTRE,
        (line[i + 3] as number) + CENTRE,
        reach,
      )
    }
  }
}

/** Grey of one pixel: `noise` is a byte that roughens the ink, or makes a speck on bare paper. */
function grey(square: number, reach: number, pen: Pen, noise: number): number {
  if (square < reach * reach) {
    const coverage = Math.min(1, (reach - Math.sqrt(square)) / pen.edge)
    return Math.round(pen.darkness * coverage * (1 - (GRAIN * noise) / 256))
  }
  return noise < SPECKS.outOf256 ? Math.round((SPECKS.darkness * (noise + 1)) / SPECKS.outOf256) : 0
}

/** Draws the pen and the paper's roughness from `stream` and inks the lines into the 784 bytes of `image`. */
export function ink(lines: readonly Polyline[], stream: RandomStream, image: Uint8Array): void {
  const pen = drawPen(stream)
  const reach = pen.radius + pen.edge / 2
  squares.fill(FAR)
  markLines(lines, reach)
  for (let start = 0; start < PIXELS; start += 4) {
    const word = stream.word()
    for (let lane = 0; lane < 4; lane++) {
      const noise = (word >>> (8 * lane)) & 0xff
      image[start + lane] = grey(squares[start + lane] as number, reach, pen, noise)
    }
  }
}
