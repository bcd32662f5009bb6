/** Activation: a function applied to every element. The functions are `model/activations/`. */
import * as z from 'zod/mini'
import { layer } from './layer.js'

/** `{ "type": "activation" }` is the experiment's `activation`, which arms may set; `function` names another. */
export const activation = layer({
  settings: ({ activation: named }) => ({ function: z.optional(named) }),
  build: (settings, { inputShape, activation: find }) => {
    const chosen = find(settings.function)
    const { keras, torch, onnx } = chosen
    return {
      outputShape: inputShape,
      activation: chosen,
      emit: ({ b, x }) => chosen.emit(b, x),
      ...(keras && { keras: () => ({ ...keras(), weights: [] }) }),
      ...(onnx && { onnx }),
      ...(torch && { torch: () => ({ module: torch() }) }),
    }
  },
})
