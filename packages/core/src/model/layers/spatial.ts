/**
 * Layers over the spatial axes of a sample: where its channels lie, and how windows move. Inside of a program channels come
 * first, [batch, channels, ...spatial], as in PyTorch and ONNX; samples that have them last, or none, are moved once.
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import type { KerasChannels, KerasFields } from '../../export/keras.js'
import type { Builder, Value } from '../../ir/builder.js'
import { requireFilled } from '../../ir/ops/pooling.js'
import { windowedSizes, type Window } from '../../ir/ops/windows.js'
import { BATCH, formatShape } from '../../ir/program.js'
import type { BuildContext } from './layer.js'

/** Number of spatial axes. */
export type Axes = 1 | 2

const length = z.int().check(z.gte(1), z.lte(10_000))
const pair = z.tuple([length, length])
const none = z.int().check(z.gte(0), z.lte(10_000))

/** A length for all spatial axes, or one for each. */
export const lengths = z.union([length, pair])

/** Padding: by a rule, the same everywhere, for each axis, or before and after each axis. */
export const paddings = z.union([
  z.enum(['valid', 'same']),
  none,
  z.tuple([none, none]),
  z.array(z.tuple([none, none])).check(z.minLength(1), z.maxLength(2)),
])

/** Output type of `lengths`. */
export type Lengths = z.output<typeof lengths>

/** Output type of `paddings`. */
export type Paddings = z.output<typeof paddings>

function refuse({ name, inputShape }: BuildContext, expected: string): never {
  throw new InputError('core', `model layer "${name}": expected ${expected}, got ${formatShape(inputShape)}`)
}

/** A sample with its channels first. */
export interface SpatialInput {
  readonly channels: number
  readonly sizes: readonly number[]
  /** The batch so laid out. */
  readonly moved: (b: Builder, x: Value) => Value
  /** The call of a module of PyTorch, where its input must be moved. */
  readonly call: { readonly call?: (module: string, xs: readonly string[]) => string }
  /** Where channels lie in it, for Keras. */
  readonly laid: KerasChannels
}

/** The input of a layer with so many spatial axes. @throws InputError where it has others. */
export function spatialInput(context: BuildContext, axes: Axes): SpatialInput {
  const { inputShape, channelsFirst } = context
  if (inputShape.length === axes) {
    const moved = (b: Builder, x: Value): Value => b.reshape(x, [BATCH, 1, ...inputShape])
    return {
      channels: 1,
      sizes: inputShape,
      moved,
      call: { call: (module, [x]) => `${module}(${x}.unsqueeze(1))` },
      laid: { from: 'none' },
    }
  }
  const order = [0, axes + 1, ...Array.from({ length: axes }, (_, i) => i + 1)]
  const [channels, ...sizes] = channelsFirst ? inputShape : [...inputShape.slice(-1), ...inputShape.slice(0, -1)]
  if (inputShape.length !== axes + 1 || channels === undefined) {
    const wanted = axes === 1 ? '[length] or [length, channels]' : '[height, width] or [height, width, channels]'
    return refuse(context, `a sample ${wanted}`)
  }
  if (channelsFirst) return { channels, sizes, moved: (_, x) => x, call: {}, laid: { from: 'first' } }
  return {
    channels,
    sizes,
    moved: (b, x) => b.transpose(x, order),
    call: { call: (module, [x]) => `${module}(${x}.movedim(-1, 1))` },
    laid: { from: 'last' },
  }
}

/** The number of spatial axes of any spatial input. @throws InputError for a flat one. */
export function axesOf(context: BuildContext): Axes {
  const { inputShape, channelsFirst } = context
  const count = inputShape.length === 2 && !channelsFirst ? 2 : inputShape.length - 1
  return count === 1 || count === 2 ? count : refuse(context, 'a sample with one or two spatial axes')
}

/** One length for each axis. @throws InputError where there are more than axes. */
export function each(context: BuildContext, given: Lengths, axes: Axes): number[] {
  if (typeof given === 'number') return Array.from({ length: axes }, () => given)
  if (given.length === axes) return given
  return refuse(context, `one length for one spatial axis instead of [${given.join(', ')}]`)
}

function sameAround(size: number, window: number, stride: number, dilation: number): [number, number] {
  const whole = Math.max(0, (Math.ceil(size / stride) - 1) * stride + dilation * (window - 1) + 1 - size)
  return [Math.floor(whole / 2), Math.ceil(whole / 2)]
}

/** Padding of each axis; `same` gives ceil(size / stride), the odd place behind, as TensorFlow does. */
function padded(
  context: BuildContext,
  given: Paddings,
  sizes: readonly number[],
  window: readonly number[],
  { strides, dilations }: Pick<Window, 'strides' | 'dilations'>,
): (readonly [number, number])[] {
  if (given === 'valid') return sizes.map(() => [0, 0])
  if (given === 'same') {
    return sizes.map((size, i) => sameAround(size, Number(window[i]), Number(strides[i]), Number(dilations[i])))
  }
  if (typeof given === 'number') return sizes.map(() => [given, given])
  const pairs = given.map((one): readonly [number, number] => (typeof one === 'number' ? [one, one] : one))
  return pairs.length === sizes.length ? pairs : refuse(context, `padding for ${sizes.length} spatial axes`)
}

/** A window in its place over an input, and the lengths that it leaves. */
export interface PlacedWindow extends Window {
  readonly window: readonly number[]
  readonly output: readonly number[]
}

/** The settings that windows have in common. */
export interface WindowSettings {
  readonly size: Lengths
  readonly stride: Lengths
  readonly padding: Paddings
  readonly dilation: Lengths
}

/** A window over an input. @throws InputError where it fits nowhere, or is to be filled and somewhere holds padding alone. */
export function windowOver(
  context: BuildContext,
  sizes: readonly number[],
  settings: WindowSettings,
  isFilled = false,
): PlacedWindow {
  const axes: Axes = sizes.length === 1 ? 1 : 2
  const [window, strides, dilations] = [settings.size, settings.stride, settings.dilation].map((given) =>
    each(context, given, axes),
  ) as [number[], number[], number[]]
  const padding = padded(context, settings.padding, sizes, window, { strides, dilations })
  try {
    const output = windowedSizes({ strides, padding, dilations }, sizes, window)
    if (isFilled) requireFilled({ strides, padding, dilations, window }, sizes)
    return { window, strides, padding, dilations, output }
  } catch (error) {
    throw new InputError(
      'core',
      `model layer "${context.name}": ${String(error instanceof Error ? error.message : error)}`,
      {
        cause: error,
      },
    )
  }
}

function list(values: readonly number[]): string {
  return values.length === 1 ? `${values[0]}` : `(${values.join(', ')})`
}

/** Padding that modules of PyTorch lack. */
export const UNEVEN = 'padding that differs before and behind'

/** The settings of a window as PyTorch writes them; undefined where its padding differs before and behind. */
export function torchWindow({ strides, padding, dilations }: Window): string | undefined {
  if (padding.some(([before, after]) => before !== after)) return undefined
  const before = padding.map(([one]) => one)
  return `stride=${list(strides)}, padding=${list(before)}, dilation=${list(dilations)}`
}

/** The padding of a window by Keras's word for it; undefined where it has none. */
export function kerasPadding(
  { window, strides, padding, dilations }: Omit<PlacedWindow, 'output'>,
  sizes: readonly number[],
) {
  const isPadded = (by: (axis: number) => readonly [number, number]): boolean =>
    padding.every(([before, after], axis) => before === by(axis)[0] && after === by(axis)[1])
  if (isPadded(() => [0, 0])) return 'valid'
  const around = (i: number) =>
    sameAround(Number(sizes[i]), Number(window[i]), Number(strides[i]), Number(dilations[i]))
  return isPadded(around) ? 'same' : undefined
}

/** Keras's layer of zeros around. */
export function kerasZeros(padding: Window['padding']): KerasFields {
  return {
    className: `ZeroPadding${padding.length}D`,
    config: { padding: padding.length === 1 ? padding[0] : padding },
  }
}

/** Lengths as PyTorch writes them. */
export const torchLengths = list
