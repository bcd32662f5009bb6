/**
 * Makes a sample that a model takes from a picture: grey where the model knows no colours, in its size, as bytes. Every
 * change that this needs is noted.
 */
import { InputError, tensor } from '@isograd/core'
import type { TensorOf } from '@isograd/core/backend'
import type { Picture } from './png.js'

/** The layout of the samples of a data set: [height, width], or planes of colour before that. */
export interface SampleLayout {
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
}

/** One sample, [1, ...sampleShape], and the changes of the picture. */
export interface PictureSample {
  readonly sample: TensorOf<'uint8'>
  readonly notes: readonly string[]
}

/** The layout of a sample's shape; undefined for shapes that are no pictures. */
export function layoutOf(sampleShape: readonly number[]): SampleLayout | undefined {
  const [first = 0, second = 0, third] = sampleShape
  if (sampleShape.length === 2) return { channels: 1, height: first, width: second }
  const isPlanar = sampleShape.length === 3 && third !== undefined && (first === 1 || first === 3)
  return isPlanar ? { channels: first, height: second, width: third } : undefined
}

/** The brightness of ITU-R BT.601, as most libraries turn colours into grey. */
function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** The plane of one channel, or of the brightness where there is but one. */
function planeOf({ pixels }: Picture, channels: 1 | 3, channel: number): Float32Array {
  return Float32Array.from({ length: pixels.length / 3 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(3 * i, 3 * i + 3)
    if (channels === 1) return luma(red, green, blue)
    return channel === 0 ? red : channel === 1 ? green : blue
  })
}

/** Shares of the source cells that one target cell covers, along one axis. */
function shares(from: number, to: number, at: number): { readonly index: number; readonly share: number }[] {
  const [start, stop] = [(at * from) / to, ((at + 1) * from) / to]
  const found: { index: number; share: number }[] = []
  for (let index = Math.floor(start); index < Math.min(from, Math.ceil(stop)); index++) {
    const share = (Math.min(stop, index + 1) - Math.max(start, index)) / (stop - start)
    if (share > 0) found.push({ index, share })
  }
  return found
}

/** Each pixel of the result is the mean of the area it covers: no detail is skipped, and no edge is overshot. */
function resize(plane: Float32Array, from: Picture, to: SampleLayout): Float32Array {
  const columns = Array.from({ length: to.width }, (_, x) => shares(from.width, to.width, x))
  const rows = Array.from({ length: to.height }, (_, y) => shares(from.height, to.height, y))
  const mean = (y: number, x: number): number =>
    (rows[y] ?? []).reduce(
      (sum, row) =>
        sum +
        row.share *
          (columns[x] ?? []).reduce(
            (inner, column) => inner + column.share * (plane[row.index * from.width + column.index] ?? 0),
            0,
          ),
      0,
    )
  return Float32Array.from({ length: to.width * to.height }, (_, i) => mean(Math.floor(i / to.width), i % to.width))
}

/** The mean brightness of the picture's border: the ground of a drawing. */
function border(plane: Float32Array, { width, height }: SampleLayout): number {
  const edge = plane.filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return x === 0 || y === 0 || x === width - 1 || y === height - 1
  })
  return edge.reduce((sum, value) => sum + value, 0) / edge.length
}

function notesOn(picture: Picture, layout: SampleLayout, ground: number, invert: boolean): string[] {
  const { width, height, grey } = picture
  const sizes = `${width} x ${height}, scaled to ${layout.width} x ${layout.height}`
  const isStretched = width * layout.height !== height * layout.width
  return [
    ...(layout.channels === 1 && !grey ? ['it has colours, and was turned into grey'] : []),
    ...(width === layout.width && height === layout.height
      ? []
      : [`it is ${sizes}${isStretched ? ', which changes its proportions' : ''}`]),
    ...(invert ? ['its brightness was inverted'] : []),
    ...(ground > 0.5 && layout.channels === 1
      ? ['its ground is bright; MNIST and the digits are bright on dark: should it be inverted (--invert)?']
      : []),
  ]
}

/**
 * A picture as a sample of the shape that a model takes; `invert` turns dark into bright.
 * @throws InputError when the model does not take pictures.
 */
export function pictureSample(picture: Picture, sampleShape: readonly number[], invert: boolean): PictureSample {
  const layout = layoutOf(sampleShape)
  if (layout === undefined) {
    const expected = '[height, width] or [channels, height, width]'
    throw new InputError('isograd', `--image: the model takes [${sampleShape.join(',')}], not pictures ${expected}`)
  }
  const planes = Array.from({ length: layout.channels }, (_, channel) => {
    const plane = resize(planeOf(picture, layout.channels, channel), picture, layout)
    return invert ? plane.map((value) => 1 - value) : plane
  })
  const bytes = planes.flatMap((plane) => Array.from(plane, (value) => Math.round(255 * value)))
  const ground = border(planes[0] ?? new Float32Array(), layout)
  return { sample: tensor('uint8', [1, ...sampleShape], bytes), notes: notesOn(picture, layout, ground, invert) }
}
