/**
 * From a skeleton to somebody's handwriting: every point is jittered, then bent, sheared, scaled, turned and shifted,
 * and smooth curves are drawn through the result. Only + - * / are used, whose results IEEE 754 fixes to the last bit,
 * so the same numbers come out on every machine; turning by a rational point of the circle stands in for sin and cos.
 */
import type { RandomStream } from '../../../random/stream.js'
import type { Glyph, Stroke, StrokePoint } from './strokes.js'

/** A broken line in pixels: x0, y0, x1, y1, ... */
export type Polyline = readonly number[]

/** The deviation of one sample from its skeleton. Lengths in pixels; the image's centre is the origin. */
interface Distortion {
  /** Rows of the linear map, from hundredths of the digit's height to pixels. */
  readonly matrix: readonly [number, number, number, number]
  readonly shift: readonly [number, number]
  /** Quadratic bends: x moves by bend[0] y^2 + bend[1] x y, and y by bend[2] x y, in skeleton units. */
  readonly bend: readonly [number, number, number]
}

// The largest departures from the skeleton: enough that templates of pixels fail, little enough to be read.
/** Of each point, in skeleton units. */
const JITTER = 4.5
/** Of an undistorted digit, in pixels. */
const HEIGHT = 18
/** Of width and height, independently, relative. */
const SCALE_SPREAD = 0.22
/** Tangent of half the angle by which a digit is turned: up to 17 degrees. */
const HALF_TURN_TANGENT = 0.15
const SHEAR = 0.38
/** Of the middle of the digit, in pixels. */
const SHIFT = 2
/** Curvature of the lines that a straight skeleton becomes, in inverse skeleton units. */
const BEND = 0.0035
const SEGMENTS_PER_SPAN = 6

/** Uniform on [-bound, bound). */
function symmetric(stream: RandomStream, bound: number): number {
  return (stream.word() / 0x80000000 - 1) * bound
}

/** The rotation whose half angle has tangent `t`: cosine (1 - t^2) / (1 + t^2), sine 2 t / (1 + t^2). */
function rotation(t: number): { cosine: number; sine: number } {
  const square = t * t
  return { cosine: (1 - square) / (1 + square), sine: (2 * t) / (1 + square) }
}

function drawDistortion(stream: RandomStream): Distortion {
  const unit = HEIGHT / 100
  const scaleX = unit * (1 + symmetric(stream, SCALE_SPREAD))
  const scaleY = unit * (1 + symmetric(stream, SCALE_SPREAD))
  const shear = symmetric(stream, SHEAR)
  const { cosine, sine } = rotation(symmetric(stream, HALF_TURN_TANGENT))
  return {
    matrix: [
      cosine * scaleX,
      -cosine * shear * scaleY - sine * scaleY,
      sine * scaleX,
      -sine * shear * scaleY + cosine * scaleY,
    ],
    shift: [symmetric(stream, SHIFT), symmetric(stream, SHIFT)],
    bend: [symmetric(stream, BEND), symmetric(stream, BEND), symmetric(stream, BEND)],
  }
}

/** A point of the page: pixels from the image's centre, and whether the curve has a corner there. */
interface PagePoint {
  readonly x: number
  readonly y: number
  readonly corner: boolean
}

function place(point: StrokePoint, distortion: Distortion, stream: RandomStream): PagePoint {
  const { matrix, shift, bend } = distortion
  const jitteredX = point.x + symmetric(stream, JITTER)
  const jitteredY = point.y + symmetric(stream, JITTER)
  const product = jitteredX * jitteredY
  const x = jitteredX + bend[0] * jitteredY * jitteredY + bend[1] * product
  const y = jitteredY + bend[2] * product
  return {
    x: matrix[0] * x + matrix[1] * y + shift[0],
    y: matrix[2] * x + matrix[3] * y + shift[1],
    corner: point.corner,
  }
}

/** Tangent of the Catmull-Rom spline at point `i`; zero at a corner, where the pen stops. */
function tangent(points: readonly PagePoint[], i: number): { x: number; y: number } {
  if (points[i]?.corner === true) return { x: 0, y: 0 }
  const before = points[Math.max(i - 1, 0)] as PagePoint
  const after = points[Math.min(i + 1, points.length - 1)] as PagePoint
  return { x: (after.x - before.x) / 2, y: (after.y - before.y) / 2 }
}

/** Appends the points of one cubic Hermite span, without its first. */
function appendSpan(points: readonly PagePoint[], i: number, line: number[]): void {
  const from = points[i] as PagePoint
  const to = points[i + 1] as PagePoint
  const leave = tangent(points, i)
  const arrive = tangent(points, i + 1)
  for (let step = 1; step <= SEGMENTS_PER_SPAN; step++) {
    const t = step / SEGMENTS_PER_SPAN
    const u = 1 - t
    const toWeight = t * t * (3 - 2 * t)
    line.push(
      from.x + toWeight * (to.x - from.x) + t * u * (u * leave.x - t * arrive.x),
      from.y + toWeight * (to.y - from.y) + t * u * (u * leave.y - t * arrive.y),
    )
  }
}

function smoothLine(stroke: Stroke, distortion: Distortion, stream: RandomStream): Polyline {
  const points = stroke.map((point) => place(point, distortion, stream))
  const [first] = points
  const line = first === undefined ? [] : [first.x, first.y]
  for (let i = 0; i + 1 < points.length; i++) appendSpan(points, i, line)
  return line
}

/** The pen's path over the page for one sample: one broken line a stroke, in pixels from the image's centre. */
export function handwrite(glyph: Glyph, stream: RandomStream): readonly Polyline[] {
  const distortion = drawDistortion(stream)
  return glyph.map((stroke) => smoothLine(stroke, distortion, stream))
}
