/**
 * A sample drawn with characters: two pixels in each, one above the other, as half blocks or as shades of ASCII; with
 * colours in shades of grey.
 */
import type { ShownInput } from '../documents/predict-document.js'
import { layoutOf } from '@isograd/core/data'
import { sequence, type TerminalStyle } from '../text/terminal-style.js'

/** From dark to bright, about evenly in ink. */
const RAMP = ' .:-=+*#%@'
const HALVES = [' ', '▄', '▀', '█'] as const
/** Brightness from which a half block is drawn. */
const THRESHOLD = 0.35
/** The 24 greys of the 256-colour palette. */
const FIRST_GREY = 232
const GREYS = 24

/** Brightness of each pixel from 0 to 1; the mean of the planes where there are colours. */
function brightness(bytes: ArrayLike<number>, channels: number, area: number): number[] {
  return Array.from({ length: area }, (_, i) => {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += bytes[c * area + i] ?? 0
    return sum / (255 * channels)
  })
}

function grey(value: number): number {
  return FIRST_GREY + Math.round(value * (GREYS - 1))
}

function cell(style: TerminalStyle, upper: number, lower: number): string {
  if (!style.unicode) return RAMP[Math.round(((upper + lower) / 2) * (RAMP.length - 1))] ?? ' '
  if (style.color) return `${sequence(style, `\u001b[38;5;${grey(upper)};48;5;${grey(lower)}m`)}▀`
  return HALVES[(upper >= THRESHOLD ? 2 : 0) + (lower >= THRESHOLD ? 1 : 0)] ?? ' '
}

/** Lines of a drawing, all `width` characters wide; none for a shape that is no picture. */
export interface Drawing {
  readonly width: number
  readonly lines: readonly string[]
}

/** Draws an input that is a picture: bytes in rows and columns. */
export function drawing(style: TerminalStyle, { field, values: bytes }: ShownInput): Drawing {
  const layout = layoutOf(field.shape)
  if (layout === undefined || field.dtype !== 'uint8' || layout.width > style.width) return { width: 0, lines: [] }
  const { width, height, channels } = layout
  const values = brightness(bytes, channels, width * height)
  const at = (y: number, x: number): number => (y < height ? (values[y * width + x] ?? 0) : 0)
  const end = style.unicode && style.color ? sequence(style, '\u001b[0m') : ''
  const line = (y: number): string =>
    `${Array.from({ length: width }, (_, x) => cell(style, at(y, x), at(y + 1, x))).join('')}${end}`
  return { width, lines: Array.from({ length: Math.ceil(height / 2) }, (_, i) => line(2 * i)) }
}
