/**
 * Adam for sparse gradients as torch.optim.SparseAdam: moments and parameter change only where the gradient has an entry.
 * Tensors are dense here, and an entry is a gradient that is not exactly 0 (PyTorch may also store explicit zeros, whose
 * moments it decays). Where there is one:
 *
 *   m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  p <- p - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)
 *
 * t counts all steps, those without an entry too, and epsilon stands where Keras's Adam has it.
 */
import { movingAverage } from '../../ir/moving-average.js'
import { momentSettings } from './adam-step.js'
import { named, optimizer } from './optimizer.js'
import { plus, square } from './terms.js'

/** `{ "type": "sparseAdam" }` */
export const sparseAdam = optimizer({
  runs: 'program',
  settings: momentSettings({ epsilon: 1e-8 }),
  state: () => ({ m: 0, v: 0 }),
  scalars: ({ learningRate, beta1, beta2 }, t) => ({
    stepSize: (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t),
  }),
  update: ({ b, settings: { beta1, beta2, epsilon }, parameter, gradient, state, scalars }) => {
    const absent = b.equal(gradient, b.zerosLike(gradient))
    const [oldM, oldV] = [named(state, 'm'), named(state, 'v')]
    const m = movingAverage(b, oldM, gradient, beta1)
    const v = movingAverage(b, oldV, square(b, gradient), beta2)
    const direction = b.div(m, plus(b, b.sqrt(v), epsilon))
    const moved = b.sub(parameter, b.mul(direction, named(scalars, 'stepSize')))
    return {
      parameter: b.select(absent, parameter, moved),
      state: { m: b.select(absent, oldM, m), v: b.select(absent, oldV, v) },
    }
  },
})
