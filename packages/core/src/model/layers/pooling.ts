/** Pooling over windows and over whole planes: the largest, and the mean. Channels stay apart. */
import * as z from 'zod/mini'
import type { KerasChannels } from '../../export/keras.js'
import { BATCH } from '../../ir/program.js'
import { described } from '../../registry/described.js'
import { type BuildContext, layer } from './layer.js'
import {
  axesOf,
  kerasPadding,
  kerasZeros,
  lengths,
  type PlacedWindow,
  paddings,
  spatialInput,
  torchLengths,
  torchWindow,
  windowOver,
  UNEVEN,
} from './spatial.js'

const fields = {
  size: described(z._default(lengths, 2), 'Length of the window, or [height, width].'),
  stride: described(z.optional(lengths), 'Step of the window; its length unless given.'),
  padding: z._default(paddings, 'valid'),
}

const apart = z._default(lengths, 1)

/** The settings of a pool as PyTorch writes them; undefined where it pads otherwise, or by more than half a window. */
function torchPool(placed: Omit<PlacedWindow, 'output'>): string | undefined {
  const isWithin = placed.padding.every(([before], i) => 2 * before <= Number(placed.window[i]))
  return isWithin ? torchWindow(placed) : undefined
}

/** A pool over windows in Keras. */
function kerasPool(
  name: string,
  { window, strides }: Omit<PlacedWindow, 'output'>,
  padding: 'valid' | 'same' | undefined,
  channels: KerasChannels,
) {
  const config = { pool_size: window, strides, padding }
  return { className: `${name}${window.length}D`, config, channels, weights: [] }
}

/** `{ "type": "maxPool", "size": 2 }`; of equal numbers the first in row-major order gets the gradient. */
export const maxPool = layer({
  settings: { ...fields, dilation: apart },
  build: ({ stride, ...settings }, context) => {
    const { channels, sizes, moved, call, laid } = spatialInput(context, axesOf(context))
    const { output, ...attributes } = windowOver(context, sizes, { ...settings, stride: stride ?? settings.size }, true)
    const words = torchPool(attributes)
    const padding = kerasPadding(attributes, sizes)
    return {
      outputShape: [channels, ...output],
      channelsFirst: true,
      emit: ({ b, x }) => b.maxPool(moved(b, x), attributes),
      ...(padding !== undefined &&
        attributes.dilations.every((one) => one === 1) && {
          keras: () => kerasPool('MaxPooling', attributes, padding, laid),
        }),
      ...(words === undefined
        ? { torchLacks: `${UNEVEN}, or is more than half a window` }
        : {
            torch: () => ({
              module: `MaxPool${sizes.length}d(${torchLengths(attributes.window)}, ${words})`,
              ...call,
            }),
          }),
    }
  },
})

/** The number of places that lie within the samples, for each window. */
function countsOf({ window, output, strides, padding, dilations }: PlacedWindow, sizes: readonly number[]): number[][] {
  return sizes.map((size, i) => {
    const [[before] = [0], stride, dilation] = [padding[i], Number(strides[i]), Number(dilations[i])]
    return Array.from(
      { length: Number(output[i]) },
      (_, o) =>
        Array.from({ length: Number(window[i]) }, (__, k) => o * stride + k * dilation - before).filter(
          (place) => place >= 0 && place < size,
        ).length,
    )
  })
}

/** `{ "type": "averagePool", "size": 2 }`; `countPadding` says whether padding counts as zeros, as it does in PyTorch. */
export const averagePool = layer({
  settings: {
    ...fields,
    countPadding: described(
      z._default(z.boolean(), true),
      'True where padding counts as zeros; false for the mean of what is there.',
    ),
  },
  build: ({ stride, countPadding, ...settings }, context) => {
    const { channels, sizes, moved, call, laid } = spatialInput(context, axesOf(context))
    const placed = windowOver(
      context,
      sizes,
      { ...settings, stride: stride ?? settings.size, dilation: 1 },
      !countPadding,
    )
    const { output, ...attributes } = placed
    const places = attributes.window.reduce((product, length) => product * length, 1)
    const counts = countPadding ? [] : countsOf(placed, sizes)
    const words = torchPool(attributes)?.replace(/, dilation=.*$/, '')
    const padding = kerasPadding(attributes, sizes)
    const zeros =
      countPadding && padding !== 'valid'
        ? { before: [kerasZeros(attributes.padding)], isKeras3Only: sizes.length === 1 }
        : undefined
    return {
      outputShape: [channels, ...output],
      channelsFirst: true,
      emit: ({ b, x }) => {
        const sum = b.sumPool(moved(b, x), attributes)
        const { dtype } = x.type
        if (countPadding) return b.mul(sum, b.constant(1 / places, dtype))
        const along = counts.map((list, axis) => {
          const parts = list.map((count) => b.filled(count, dtype, [1]))
          return b.reshape(
            b.concat(parts, 0),
            counts.map((other, i) => (i === axis ? other.length : 1)),
          )
        })
        return b.div(
          sum,
          along.reduce((product, one) => b.mul(product, one)),
        )
      },
      ...((zeros !== undefined || padding !== undefined) && {
        keras: () => ({ ...kerasPool('AveragePooling', attributes, zeros ? 'valid' : padding, laid), ...zeros }),
      }),
      ...(words === undefined
        ? { torchLacks: `${UNEVEN}, or is more than half a window` }
        : {
            torch: () => ({
              module: `AvgPool${sizes.length}d(${torchLengths(attributes.window)}, ${words}, count_include_pad=${countPadding ? 'True' : 'False'})`,
              ...call,
            }),
          }),
    }
  },
})

function whole(context: BuildContext) {
  const spatial = spatialInput(context, axesOf(context))
  return { ...spatial, axes: spatial.sizes.map((_, i) => i + 2), count: spatial.sizes.reduce((a, b) => a * b, 1) }
}

/** `{ "type": "globalAveragePool" }`: the mean of each channel, flat. */
export const globalAveragePool = layer({
  build: (_, context) => {
    const { channels, moved, axes, count, laid } = whole(context)
    return {
      outputShape: [channels],
      keras: () => ({ className: `GlobalAveragePooling${axes.length}D`, config: {}, channels: laid, weights: [] }),
      emit: ({ b, x }) => b.mul(b.reduceSum(moved(b, x), axes), b.constant(1 / count, x.type.dtype)),
      torch: () => ({ expression: ([x]) => `${x}.mean(dim=(${axes.join(', ')},))` }),
    }
  },
})

/** `{ "type": "globalMaxPool" }`: the largest of each channel, flat. */
export const globalMaxPool = layer({
  build: (_, context) => {
    const { channels, sizes, moved, laid } = whole(context)
    const ones = sizes.map(() => 1)
    const window = { window: sizes, strides: ones, padding: sizes.map((): [number, number] => [0, 0]), dilations: ones }
    return {
      outputShape: [channels],
      emit: ({ b, x }) => b.reshape(b.maxPool(moved(b, x), window), [BATCH, channels]),
      keras: () => ({ className: `GlobalMaxPooling${sizes.length}D`, config: {}, channels: laid, weights: [] }),
      torch: () => ({ expression: ([x]) => `nn.functional.adaptive_max_pool${sizes.length}d(${x}, 1).flatten(1)` }),
    }
  },
})
