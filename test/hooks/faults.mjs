/**
 * Faults that hooks/train_torch.py and hooks/train_jax.py can put into a network of hooks/proof.yaml, and what the check of the
 * trace must say of each: the step in which it shows first, the quantity that is out there, and the cause that is named.
 */
export const faults = {
  decay: { network: 'adamw', step: 0, kind: 'update', cause: '"optimizer.weightDecay" 0.01' },
  'decay-in-gradient': { network: 'adamw', step: 0, kind: 'state', cause: 'optimizer adam' },
  'gelu-tanh': { network: 'adamw', step: 0, cause: '"activation" geluTanh', layer: 'activation1' },
  beta2: { network: 'adam', step: 0, kind: 'state', cause: '"optimizer.beta2" 0.99' },
  rate: { network: 'adam', step: 0, kind: 'update', cause: '"optimizer.learningRate" 0.001' },
  'epsilon-inside': { network: 'adam', step: 0, kind: 'update', cause: 'epsilon inside the root' },
  'no-correction': { network: 'adam', step: 0, kind: 'update', cause: 'an update without bias correction' },
  nesterov: { network: 'momentum', step: 0, kind: 'update', cause: '"optimizer.nesterov" true' },
  momentum: { network: 'momentum', step: 1, kind: 'state', cause: '"optimizer.momentum" 0.8' },
  dampening: { network: 'momentum', step: 1, kind: 'state', cause: '"optimizer.dampening" 0.1' },
  order: { network: 'adam', step: 0, kind: 'loss', cause: 'the batch of step 1', stage: 'data' },
  sum: { network: 'adam', step: 0, kind: 'loss', cause: 'a factor of 32 (the batch size)' },
  'frozen-bias': { network: 'adam', step: 0, kind: 'gradient', cause: 'a factor of 0', layer: 'dense2' },
  // Of a loop that keeps its states by itself, as in JAX, these are left out as well.
  'forgotten-bias': { network: 'adam', step: 0, cause: 'no update' },
  stale: { network: 'adam', step: 1, kind: 'gradient', cause: 'added to that of the step before' },
  'leaky-relu': { network: 'adam', step: 0, kind: 'loss', cause: '"activation" leakyRelu', layer: 'activation1' },
  'label-smoothing': { network: 'adam', step: 0, kind: 'loss', cause: '"loss.labelSmoothing" 0.1' },
  'two-softmaxes': { network: 'adam', step: 0, kind: 'loss', cause: 'softmax behind the last layer', stage: 'forward' },
  undivided: { network: 'conv', step: 0, kind: 'loss', cause: '"image" as x gives', stage: 'data' },
  // As with gelu-tanh the loss is hardly moved by it: it is out in some seeds, and the gradients in all.
  divided: { network: 'conv', step: 0, cause: '"image" as x / 256 gives', stage: 'data' },
  normalised: {
    network: 'conv',
    step: 0,
    kind: 'loss',
    cause: '"image" as (x / 255 - 0.1307) / 0.3081 gives',
    stage: 'data',
  },
  centred: { network: 'momentum', step: 0, kind: 'loss', cause: '"x" as (x - 0.5) / 0.5 gives', stage: 'data' },
  classes: { network: 'conv', step: 0, kind: 'loss', cause: '"label" numbered', stage: 'data' },
  transposed: { network: 'conv', step: 0, kind: 'loss', cause: 'read in the order 1, 0 of its axes', stage: 'data' },
  sgd: { network: 'adam', step: 0, kind: 'update', cause: 'optimizer sgd' },
  clipped: { network: 'adam', step: 0, kind: 'state', cause: 'clipping by norm with "clipping.maxNorm" 0.1' },
  schedule: { network: 'adam', step: 1, kind: 'update', cause: '"optimizer.learningRate" 0.0015' },
}
