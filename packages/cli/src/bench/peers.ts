/** Optimizers and losses in the words of TensorFlow.js and PyTorch: a peer trains as the arm says or not at all. */
import { type ArmSpec, InputError, type Spec, type TrainingPlan } from '@isograd/core'
import { peerTask } from './workload.js'

/** An optimizer of both peers. */
export interface PeerOptimizer {
  /** A function of `tf.train` and its arguments. */
  readonly tfjs: readonly ['sgd' | 'momentum' | 'adam', ...settings: (number | undefined)[]]
  /** An expression of `torch.optim` on `parameters`. */
  readonly torch: string
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function isOff(value: unknown): boolean {
  return value === 0 || value === false || value === undefined
}

/** The optimizers that both have; undefined for settings that one of them does not have. */
const counterparts: Readonly<Record<string, (spec: Spec) => PeerOptimizer | undefined>> = {
  sgd: ({ learningRate, momentum, dampening, nesterov, weightDecay }) => {
    if (![dampening, nesterov, weightDecay].every(isOff)) return undefined
    const [rate, mass] = [numberOf(learningRate), numberOf(momentum)]
    return {
      tfjs: isOff(momentum) ? ['sgd', rate] : ['momentum', rate, mass],
      torch: `SGD(parameters, lr=${rate}, momentum=${mass})`,
    }
  },
  adam: ({ learningRate, beta1, beta2, epsilon: given, amsgrad, weightDecay }) => {
    if (![amsgrad, weightDecay].every(isOff)) return undefined
    const [rate, first, second, epsilon] = [learningRate, beta1, beta2, given].map(numberOf)
    const argument = epsilon === undefined ? '' : `, eps=${epsilon}`
    return {
      tfjs: ['adam', rate, first, second, epsilon],
      torch: `Adam(parameters, lr=${rate}, betas=(${first}, ${second})${argument})`,
    }
  },
}

/** The arm's optimizer for peers; an epsilon that the arm does not name is the peer's own. @throws InputError */
export function peerOptimizer({ optimizer, clipping }: ArmSpec): PeerOptimizer {
  if (clipping !== undefined) throw new InputError('isograd', 'no counterpart of gradient clipping')
  const counterpart = Object.hasOwn(counterparts, optimizer.type) ? counterparts[optimizer.type] : undefined
  const found = counterpart?.(optimizer)
  if (found !== undefined) return found
  throw new InputError('isograd', `no counterpart of optimizer ${JSON.stringify(optimizer)}`)
}

/** One function in two forms: peers have it under one name. */
const peerLosses: readonly string[] = ['softmaxCrossEntropy', 'softmaxCrossEntropyOneHot']

/** @throws InputError where task or loss are not what peers train on. */
export function requirePeerLoss(plan: TrainingPlan): void {
  const { lossName } = peerTask(plan)
  const { loss, classWeights, task } = plan.arm
  if (plan.model.parameters.some(({ regularizer, constraint }) => regularizer ?? constraint)) {
    throw new InputError('isograd', 'no counterpart of regularizers and constraints')
  }
  const isPlain = Object.keys(loss).length === 1
  if (!isPlain || !peerLosses.includes(lossName)) {
    throw new InputError('isograd', `no counterpart of the loss ${JSON.stringify(loss)}`)
  }
  if (classWeights !== undefined || task['weights'] !== undefined) {
    throw new InputError('isograd', 'no counterpart of weights in the loss')
  }
}
