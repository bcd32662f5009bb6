/** Plans with one thing otherwise, for those who ask what a program did in the place of what an experiment says. */
import type { ArmSpec } from '../../experiment/arm.js'
import { parseArmSpec } from '../../experiment/experiment.js'
import type { Layer } from '../../model/layers/layer.js'
import { TrainingPlan } from '../../plan/plan.js'
import type { Registry } from '../../registry/registry.js'
import { sameShape } from '../../tensor.js'

/**
 * The plan with another arm or other records; undefined where its tensors are not those of the trace.
 * @param mayLack true where it may have fewer.
 */
export function otherPlan(
  plan: TrainingPlan,
  changes: Partial<ArmSpec>,
  { registry = plan.registry, mayLack = false }: { readonly registry?: Registry; readonly mayLack?: boolean } = {},
): TrainingPlan | undefined {
  const { armName, arm, dataset, weights } = plan
  try {
    const other = new TrainingPlan({ armName, arm: { ...arm, ...changes }, dataset, registry, weights })
    const [own, theirs] = [plan.stepCarry, Object.entries(other.stepCarry)]
    const areThere = theirs.every(([name, { shape }]) => own[name] !== undefined && sameShape(own[name].shape, shape))
    const isWhole = mayLack || theirs.length === Object.keys(own).length
    return areThere && isWhole ? other : undefined
  } catch {
    // Not every number fits its setting.
    return undefined
  }
}

/** The plan of an arm with other settings, which are checked and have their defaults. */
export function withParsed(plan: TrainingPlan, changes: Readonly<Record<string, unknown>>): TrainingPlan | undefined {
  try {
    return otherPlan(plan, parseArmSpec({ ...plan.arm, ...changes }, plan.registry, 'trace'))
  } catch {
    return undefined
  }
}

/** The arms whose optimizer is another, with those of the settings that it has as well. */
export function otherOptimizers({ arm, registry }: TrainingPlan): ArmSpec[] {
  const { type, ...settings } = arm.optimizer
  return Object.entries(registry.optimizers).flatMap(([other, record]) => {
    const known = new Set(typeof record.settings === 'object' ? Object.keys(record.settings) : [])
    const kept = Object.fromEntries(Object.entries(settings).filter(([name]) => known.has(name)))
    if (other === type || record.runs !== 'program') return []
    try {
      return [parseArmSpec({ ...arm, optimizer: { type: other, ...kept } }, registry, 'trace')]
    } catch {
      return []
    }
  })
}

/** Layers, and those inside them. */
export function allLayers(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer) => [layer, ...allLayers(layer.children)])
}
