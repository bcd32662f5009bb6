/** Operations that move or repeat elements. */
import { inputAt, type LoweringsOf } from './lowering.js'

/** The shape family. */
export const shapeLowerings: LoweringsOf<'reshape' | 'broadcastTo' | 'transpose' | 'concat' | 'slice'> = {
  reshape: (call) => inputAt(call, 0).reshape([...call.shape]),
  broadcastTo: (call) => call.jax.numpy.broadcastTo(inputAt(call, 0), [...call.shape]),
  transpose: (call) => inputAt(call, 0).transpose([...call.attributes.permutation]),
  concat: (call) => call.jax.numpy.concatenate([...call.inputs], call.attributes.axis),
  slice: (call) => {
    const { axis, start, stop } = call.attributes
    return inputAt(call, 0).slice(...call.shape.map((_, i): [] | [number, number] => (i === axis ? [start, stop] : [])))
  },
}
