/**
 * An arm in the words that TensorFlow.js and PyTorch share, or why it cannot be said in them. What differs from the arm
 * is said visibly: a peer trains the same network or none.
 */
import type { ActivationSpec, ArmSpec, FloatDType, Layer, Model } from '@isograd/core'

/** A layer that every peer has. */
export type PeerLayer =
  | { readonly type: 'flatten' }
  | { readonly type: 'dense'; readonly inputs: number; readonly units: number; readonly bias: boolean }
  | { readonly type: 'activation'; readonly function: ActivationSpec }
  | { readonly type: 'dropout'; readonly rate: number }

/** An optimizer that every peer has. */
export type PeerOptimizer =
  | { readonly type: 'sgd'; readonly learningRate: number; readonly momentum: number }
  | {
      readonly type: 'adam'
      readonly learningRate: number
      readonly beta1: number
      readonly beta2: number
      readonly epsilon: number
    }

/** A network with its training, for peers. */
export interface PeerNetwork {
  readonly layers: readonly PeerLayer[]
  readonly optimizer: PeerOptimizer
  readonly precision: FloatDType
  readonly batchSize: number
  readonly lastBatch: 'keep' | 'drop'
  readonly seed: number
}

/** A network, or why the peers cannot have it. */
export type PeerResult =
  | { readonly ok: true; readonly network: PeerNetwork }
  | { readonly ok: false; readonly reason: string }

const defaultEpsilon = { torch: 1e-8, keras: 1e-7 } as const

function layerOf({ spec, inputShape, outputShape }: Layer): PeerLayer | string {
  switch (spec.type) {
    case 'flatten':
      return { type: 'flatten' }
    case 'dense':
      return { type: 'dense', inputs: inputShape[0] ?? 0, units: outputShape[0] ?? 0, bias: spec.bias }
    case 'activation':
      return { type: 'activation', function: spec.function ?? { type: 'linear' } }
    case 'dropout':
      return { type: 'dropout', rate: spec.rate }
    default:
      return `layer "${spec.type}"`
  }
}

function optimizerOf({ optimizer: spec }: ArmSpec): PeerOptimizer | string {
  if (spec.type === 'sgd' && spec.dampening === 0 && !spec.nesterov && spec.weightDecay === 0) {
    return { type: 'sgd', learningRate: spec.learningRate, momentum: spec.momentum }
  }
  if (spec.type === 'adam' && !spec.amsgrad && spec.weightDecay === 0) {
    const { learningRate, beta1, beta2, formulation, epsilon = defaultEpsilon[formulation] } = spec
    return { type: 'adam', learningRate, beta1, beta2, epsilon }
  }
  return spec.type === 'sgd' || spec.type === 'adam'
    ? `these settings of optimizer "${spec.type}"`
    : `optimizer "${spec.type}"`
}

/** The arm for peers; what the bench has no counterpart of is named. */
export function peerNetwork(arm: ArmSpec, model: Model): PeerResult {
  const layers: PeerLayer[] = []
  const optimizer = optimizerOf(arm)
  const missing = [
    ...(typeof optimizer === 'string' ? [optimizer] : []),
    ...(arm.clipping === undefined ? [] : ['gradient clipping']),
  ]
  for (const layer of model.layers) {
    const known = layerOf(layer)
    if (typeof known === 'string') missing.push(known)
    else layers.push(known)
  }
  if (typeof optimizer === 'string' || missing.length > 0) {
    return { ok: false, reason: `no counterpart of ${[...new Set(missing)].join(', ')}` }
  }
  const { precision, batchSize, lastBatch, seed } = arm
  return { ok: true, network: { layers, optimizer, precision, batchSize, lastBatch, seed } }
}
