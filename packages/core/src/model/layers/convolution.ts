/**
 * Convolutions of one and of two spatial axes, y[o, p] = c[o] + sum over channels and the window of x w[o], with kernels
 * [outputs, channels / groups, ...window] as PyTorch has them. `filters` is the number of outputs, `groups` cuts channels
 * and outputs into runs that see nothing of each other.
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { kernelAndBias, type KerasLayer } from '../../export/keras.js'
import type { Window } from '../../ir/ops/windows.js'
import { described } from '../../registry/described.js'
import type { Spec, SpecSchemas } from '../../registry/settings.js'
import { type BuildContext, type BuiltLayer, layer } from './layer.js'
import {
  type Axes,
  kerasPadding,
  kerasZeros,
  lengths,
  paddings,
  spatialInput,
  torchLengths,
  torchWindow,
  windowOver,
  type WindowSettings,
  UNEVEN,
} from './spatial.js'

const count = z.int().check(z.gte(1), z.lte(100_000))

/** The settings of all layers with windows. */
export const windowFields = {
  size: described(lengths, 'Length of the window, or [height, width].'),
  stride: described(z._default(lengths, 1), 'Step of the window, or one for each axis.'),
  padding: described(
    z._default(paddings, 'valid'),
    'Zeros around: valid (none), same (ceil(size / stride) places come out), a number, [height, width] or [[before, after], ...].',
  ),
  dilation: described(z._default(lengths, 1), 'Distance of the places of a window.'),
}

interface Settings extends WindowSettings {
  readonly bias: boolean
  readonly weights?: Spec | undefined
  readonly biases?: Spec | undefined
}

/** Keras has no window that moves and is dilated both, and moves those of channels by themselves alike along both axes. */
function hasKeras({ strides, dilations }: Window, isApart: boolean): boolean {
  const isOnlyOne = strides.every((one) => one === 1) || dilations.every((one) => one === 1)
  return isOnlyOne && (!isApart || strides.every((one) => one === strides[0]))
}

/** A layer by its settings, the number of its outputs and of its groups by that of the channels. */
function convolution(
  axes: Axes,
  context: BuildContext,
  settings: Settings,
  outputsOf: (channels: number) => readonly [outputs: number, groups: number],
): BuiltLayer {
  const { channels, sizes, moved, call, laid } = spatialInput(context, axes)
  const [outputs, groups] = outputsOf(channels)
  if (channels % groups !== 0 || outputs % groups !== 0) {
    const got = `${channels} channels and ${outputs} filters`
    throw new InputError('core', `model layer "${context.name}": expected multiples of ${groups} groups, got ${got}`)
  }
  const { window, output, ...moving } = windowOver(context, sizes, settings)
  const attributes = { ...moving, groups }
  const places = window.reduce((product, one) => product * one, 1)
  const fans = { fanIn: (channels / groups) * places, fanOut: outputs * places }
  const weight = context.parameter(
    'weight',
    [outputs, channels / groups, ...window],
    fans,
    settings.weights ?? 'weights',
  )
  const offset = context.parameter('bias', [outputs], fans, settings.biases ?? 'biases')
  const words = torchWindow(moving)
  const isDepthwise = axes === 2 && groups === channels && groups > 1
  const keras = (): KerasLayer => {
    const padding = kerasPadding({ window, ...moving }, sizes)
    const { strides, dilations } = moving
    const outputsThere = isDepthwise ? { depth_multiplier: outputs / channels } : { filters: outputs }
    const kernel = isDepthwise
      ? { split: [channels, outputs / channels, ...window], axes: [2, 3, 0, 1] }
      : { axes: [...window.map((_, i) => i + 2), 1, 0] }
    const own = kernelAndBias(context.name, { ...kernel, source: weight.name }, settings.bias ? offset.name : undefined)
    return {
      className: isDepthwise ? 'DepthwiseConv2D' : `Conv${axes}D`,
      config: {
        ...outputsThere,
        kernel_size: window,
        strides,
        padding: padding ?? 'valid',
        dilation_rate: dilations,
        use_bias: settings.bias,
        ...(groups > 1 && !isDepthwise && { groups }),
      },
      channels: laid,
      weights: own.map((one) => ({
        ...one,
        name: isDepthwise ? one.name.replace('/kernel', '/depthwise_kernel') : one.name,
      })),
      ...(padding === undefined && { before: [kerasZeros(moving.padding)] }),
      isKeras3Only: (groups > 1 && !isDepthwise) || (padding === undefined && axes === 1),
    }
  }
  const more = `${groups === 1 ? '' : `, groups=${groups}`}${settings.bias ? '' : ', bias=False'}`
  return {
    outputShape: [outputs, ...output],
    channelsFirst: true,
    parameters: settings.bias ? [weight, offset] : [weight],
    isDepth: true,
    emit: ({ b, x, parameter }) => {
      const product = b.convolve(moved(b, x), parameter(weight.name), attributes)
      if (!settings.bias) return product
      return b.add(product, b.reshape(parameter(offset.name), [outputs, ...sizes.map(() => 1)]))
    },
    ...(hasKeras(moving, isDepthwise) && { keras }),
    ...(words === undefined
      ? { torchLacks: UNEVEN }
      : {
          torch: () => ({
            module: `Conv${axes}d(${channels}, ${outputs}, ${torchLengths(window)}, ${words}${more})`,
            ...call,
          }),
        }),
  }
}

/** The settings of a kernel and its bias. */
export const kernelFields = ({ initializer }: SpecSchemas) => ({
  bias: z._default(z.boolean(), true),
  weights: z.optional(initializer),
  biases: z.optional(initializer),
})

const convolutionOver = (axes: Axes) =>
  layer({
    settings: (schemas) => ({
      filters: count,
      ...windowFields,
      groups: z._default(count, 1),
      ...kernelFields(schemas),
    }),
    build: ({ filters, groups, ...rest }, context) => convolution(axes, context, rest, () => [filters, groups]),
  })

/** `{ "type": "conv1d", "filters": 8, "size": 3 }` over [length] or [length, channels]. */
export const conv1d = convolutionOver(1)

/** `{ "type": "conv2d", "filters": 6, "size": 5, "padding": "same" }` over [height, width] or [height, width, channels]. */
export const conv2d = convolutionOver(2)

/** `{ "type": "depthwiseConv2d", "size": 3 }`: each channel by itself, `multiplier` outputs from each. */
export const depthwiseConv2d = layer({
  settings: (schemas) => ({ multiplier: z._default(count, 1), ...windowFields, ...kernelFields(schemas) }),
  build: ({ multiplier, ...rest }, context) =>
    convolution(2, context, rest, (channels) => [channels * multiplier, channels]),
})
