/**
 * Transposed convolution: the gradient of a convolution as a layer, which makes a plane larger. Along each axis
 * (n - 1) stride - before - after + dilation (size - 1) + 1 + outputPadding places come out of n. Kernels are
 * [channels, filters / groups, ...window], as in torch.nn.ConvTranspose2d.
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { kernelAndBias } from '../../export/keras.js'
import { described } from '../../registry/described.js'
import { kernelFields } from './convolution.js'
import { type BuildContext, layer } from './layer.js'
import { each, lengths, spatialInput, torchLengths, torchWindow } from './spatial.js'

const count = z.int().check(z.gte(1), z.lte(100_000))
const none = z.int().check(z.gte(0), z.lte(10_000))
const places = z.union([none, z.tuple([none, none])])

function refuse({ name }: BuildContext, what: string): never {
  throw new InputError('core', `model layer "${name}": expected ${what}`)
}

/** `{ "type": "convTranspose2d", "filters": 3, "size": 2, "stride": 2 }` */
export const convTranspose2d = layer({
  settings: (schemas) => ({
    filters: count,
    size: lengths,
    stride: z._default(lengths, 1),
    padding: described(z._default(places, 0), 'Places that are cut off before and behind.'),
    outputPadding: described(z._default(places, 0), 'Places more behind, fewer than the stride.'),
    dilation: z._default(lengths, 1),
    groups: z._default(count, 1),
    ...kernelFields(schemas),
  }),
  build: ({ filters, groups, bias, ...settings }, context) => {
    const { channels, sizes, moved, call, laid } = spatialInput(context, 2)
    const { size: whole, stride, dilation, padding, outputPadding } = settings
    const [window, strides, dilations, around, more] = [whole, stride, dilation, padding, outputPadding].map((given) =>
      each(context, given, 2),
    ) as [number[], number[], number[], number[], number[]]
    if (channels % groups !== 0 || filters % groups !== 0) {
      refuse(context, `multiples of ${groups} groups, got ${channels} channels and ${filters} filters`)
    }
    if (strides.some((one, i) => Number(more[i]) >= one))
      refuse(context, `"outputPadding" below the stride, got ${torchLengths(more)}`)
    const size = sizes.map((length, i) => {
      const reach = Number(dilations[i]) * (Number(window[i]) - 1) + 1
      return (length - 1) * Number(strides[i]) - 2 * Number(around[i]) + reach + Number(more[i])
    })
    if (size.some((length) => length < 1)) refuse(context, `a plane that is left, got [${size.join(', ')}]`)
    const held = window.reduce((product, one) => product * one, 1)
    const fans = { fanIn: (filters / groups) * held, fanOut: channels * held }
    const shape = [channels, filters / groups, ...window]
    const weight = context.parameter('weight', shape, fans, settings.weights ?? 'weights')
    const offset = context.parameter('bias', [filters], fans, settings.biases ?? 'biases')
    const cut = around.map((one): [number, number] => [one, one])
    const attributes = { strides, padding: cut, dilations, groups }
    const words = `, output_padding=${typeof outputPadding === 'number' ? outputPadding : torchLengths(outputPadding)}, groups=${groups}${bias ? '' : ', bias=False'}`
    return {
      outputShape: [filters, ...size],
      channelsFirst: true,
      parameters: bias ? [weight, offset] : [weight],
      isDepth: true,
      emit: ({ b, x, parameter }) => {
        const product = b.convolveData(moved(b, x), parameter(weight.name), size, attributes)
        return bias ? b.add(product, b.reshape(parameter(offset.name), [filters, 1, 1])) : product
      },
      // Keras gives at least `stride` places for each; what is over is cut off.
      ...(groups === 1 &&
        dilations.every((one) => one === 1) &&
        around.every((one, i) => Number(more[i]) <= one) && {
          keras: () => {
            const over = sizes.map((_, i) => Math.max(Number(strides[i]) - Number(window[i]), 0))
            const cropping = around.map((one, i) => [one, Number(over[i]) + one - Number(more[i])])
            return {
              className: 'Conv2DTranspose',
              config: { filters, kernel_size: window, strides, padding: 'valid', use_bias: bias },
              channels: laid,
              weights: kernelAndBias(
                context.name,
                { source: weight.name, axes: [2, 3, 1, 0] },
                bias ? offset.name : undefined,
              ),
              ...(cropping.flat().some((one) => one > 0) && {
                after: [{ className: 'Cropping2D', config: { cropping } }],
              }),
            }
          },
        }),
      torch: () => ({
        module: `ConvTranspose2d(${channels}, ${filters}, ${torchLengths(window)}, ${torchWindow(attributes)}${words})`,
        ...call,
      }),
    }
  },
})
