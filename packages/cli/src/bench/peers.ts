/** Optimizers in the words of TensorFlow.js and PyTorch: a peer trains as the arm says or not at all. */
import { type ArmSpec, InputError, type OptimizerSpec } from '@isograd/core'

/** An optimizer of both peers. */
export interface PeerOptimizer {
  /** A function of `tf.train` and its arguments. */
  readonly tfjs: readonly ['sgd' | 'momentum' | 'adam', ...settings: (number | undefined)[]]
  /** An expression of `torch.optim` on `parameters`. */
  readonly torch: string
}

type Counterparts = {
  readonly [K in OptimizerSpec['type']]?: (spec: Extract<OptimizerSpec, { type: K }>) => PeerOptimizer | undefined
}

function epsilonArgument(epsilon: number | undefined): string {
  return epsilon === undefined ? '' : `, eps=${epsilon}`
}

/** The optimizers that both have; undefined for settings that one of them does not have. */
const counterparts: Counterparts = {
  sgd: ({ learningRate, momentum, dampening, nesterov, weightDecay }) =>
    dampening !== 0 || nesterov || weightDecay !== 0
      ? undefined
      : {
          tfjs: momentum === 0 ? ['sgd', learningRate] : ['momentum', learningRate, momentum],
          torch: `SGD(parameters, lr=${learningRate}, momentum=${momentum})`,
        },
  adam: ({ learningRate, beta1, beta2, epsilon, amsgrad, weightDecay }) =>
    amsgrad || weightDecay !== 0
      ? undefined
      : {
          tfjs: ['adam', learningRate, beta1, beta2, epsilon],
          torch: `Adam(parameters, lr=${learningRate}, betas=(${beta1}, ${beta2})${epsilonArgument(epsilon)})`,
        },
}

/** The arm's optimizer for peers; an epsilon that the arm does not name is the peer's own. @throws InputError */
export function peerOptimizer({ optimizer, clipping }: ArmSpec): PeerOptimizer {
  if (clipping !== undefined) throw new InputError('isograd', 'no counterpart of gradient clipping')
  const counterpart = counterparts[optimizer.type] as ((spec: OptimizerSpec) => PeerOptimizer | undefined) | undefined
  const found = counterpart?.(optimizer)
  if (found !== undefined) return found
  throw new InputError('isograd', `no counterpart of optimizer ${JSON.stringify(optimizer)}`)
}
