/**
 * Pictures as numbers from 0 to 1, and the samples that are made of them: a plane of brightness, or planes of colour.
 * Transparency is composed on a ground, as every viewer does it: alpha colour + (1 - alpha) ground ("over" of Porter and Duff,
 * "Compositing digital images", 1984). Sizes change by means over areas.
 */

/** The numbers of a file: [height, width, channels] of grey, grey and alpha, colours, or colours and alpha, from 0 to 1. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly values: Float32Array
}

/** Red, green and blue, from 0 to 1. */
export type Colour = readonly [number, number, number]

/** The ground of paper, and of every viewer. */
export const WHITE: Colour = [1, 1, 1]

/** A picture without transparency; `values` is [height, width, 3]. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** True where every place is a shade of grey. */
  readonly grey: boolean
  readonly values: Float32Array
}

/** The layout of samples: [height, width], or planes of colour before that. */
export interface SampleLayout {
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
}

/** A raster on a ground. */
export function composed({ width, height, channels, values }: Raster, ground: Colour): Picture {
  // Where a place has three numbers or more, its colour takes their room: pictures are what takes most memory here.
  const out = channels < 3 ? new Float32Array(3 * width * height) : values.subarray(0, 3 * width * height)
  let grey = true
  for (let i = 0; i < width * height; i++) {
    const alpha = channels % 2 === 0 ? (values[i * channels + channels - 1] as number) : 1
    for (let c = 0; c < 3; c++) {
      const colour = values[i * channels + (channels < 3 ? 0 : c)] as number
      out[3 * i + c] = alpha * colour + (1 - alpha) * (ground[c] as number)
      if (out[3 * i + c] !== out[3 * i]) grey = false
    }
  }
  return { width, height, grey, values: out }
}

/** The layout of a sample's shape; undefined for shapes that are no pictures. */
export function layoutOf(shape: readonly number[]): SampleLayout | undefined {
  const [first = 0, second = 0, third] = shape
  if (shape.length === 2) return { channels: 1, height: first, width: second }
  const isPlanar = shape.length === 3 && third !== undefined && (first === 1 || first === 3)
  return isPlanar ? { channels: first, height: second, width: third } : undefined
}

/** The brightness of ITU-R BT.601, as most libraries turn colours into grey. */
function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** The plane of one channel, or of the brightness where there is but one. */
function planeOf({ values }: Picture, channels: 1 | 3, channel: number): Float32Array {
  const plane = new Float32Array(values.length / 3)
  for (let i = 0; i < plane.length; i++) {
    const [red, green, blue] = [values[3 * i], values[3 * i + 1], values[3 * i + 2]] as [number, number, number]
    plane[i] = channels === 1 ? luma(red, green, blue) : (values[3 * i + channel] as number)
  }
  return plane
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

/** Each place of the result is the mean of the area it covers: no detail is skipped, and no edge is overshot. */
function resize(plane: Float32Array, from: Picture, to: SampleLayout): Float32Array {
  if (from.width === to.width && from.height === to.height) return plane
  const columns = Array.from({ length: to.width }, (_, x) => shares(from.width, to.width, x))
  const rows = Array.from({ length: to.height }, (_, y) => shares(from.height, to.height, y))
  const mean = (y: number, x: number): number =>
    (rows[y] ?? []).reduce(
      (sum, row) =>
        sum +
        row.share *
          (columns[x] ?? []).reduce(
            (inner, column) => inner + column.share * (plane[row.index * from.width + column.index] as number),
            0,
          ),
      0,
    )
  return new Float32Array(to.width * to.height).map((_, i) => mean(Math.floor(i / to.width), i % to.width))
}

/** The planes of a picture in the layout of samples. */
export function planesOf(picture: Picture, layout: SampleLayout): Float32Array[] {
  return Array.from({ length: layout.channels }, (_, channel) =>
    resize(planeOf(picture, layout.channels, channel), picture, layout),
  )
}

/** Planes as bytes, one after the other. */
export function planeBytes(planes: readonly Float32Array[], into: Uint8Array): void {
  let at = 0
  for (const plane of planes) for (const value of plane) into[at++] = Math.round(255 * value)
}
