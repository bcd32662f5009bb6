/** Flatten: a sample's axes become one. */
import { BATCH } from '../../ir/program.js'
import { elementCount } from '../../tensor.js'
import { layer } from './layer.js'

/** `{ "type": "flatten" }` */
export const flatten = layer({
  build: (_, { inputShape }) => ({
    outputShape: [elementCount(inputShape)],
    emit: ({ b, x }) => b.reshape(x, [BATCH, elementCount(inputShape)]),
    keras: () => ({ className: 'Flatten', config: {}, weights: [] }),
    onnx: (x, { emit }) => emit('Flatten', [x], { axis: 1 }),
    torch: () => ({ module: 'Flatten()' }),
  }),
})
