/**
 * The stages of a training step: the scopes that lowering puts its nodes in, and that comparison reads. To the IR they
 * are opaque text.
 */
import type { GradientStages } from '../ir/gradient.js'
import type { Passes } from '../ir/recompute.js'

/** The stages, in the order of a step. */
export const stages = ['data', 'forward', 'loss', 'activation-gradient', 'weight-gradient', 'update', 'metric'] as const

/** A stage of a training step. */
export type Stage = (typeof stages)[number]

/** True when a scope of a program is a stage of a training step. */
export function isStage(scope: string): scope is Stage {
  return stages.some((stage) => stage === scope)
}

/** The stages of a gradient's nodes. */
export const gradientStages = { inner: 'activation-gradient', wrt: 'weight-gradient' } as const satisfies GradientStages

/** Passes of a training step, by their stages. */
export const passes: Passes = {
  isForward: ({ stage }) => stage === 'forward',
  isGradient: ({ stage }) => stage === gradientStages.inner || stage === gradientStages.wrt,
}
