/** Problems of schedules, parameter groups and accumulation that no single field shows. */
import { settingsOfGroup } from '../optimize/groups.js'
import { optimizerOf, type OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import { updateNumbers } from '../plan/scalars.js'
import type { Registry } from '../registry/registry.js'
import type { Spec } from '../registry/settings.js'
import type { ArmSpec } from './arm.js'
import { hintAmong, type Problem, problemsOf } from './problems.js'
import { armSchema } from './schema.js'

/** True when the learning rate of any step but the first matters. */
function heedsRate(record: OptimizerRecord, settings: Spec): boolean {
  const rate = settings['learningRate']
  if (typeof rate !== 'number') return false
  if (record.runs === 'host') return true
  const numbers = [rate, 2 * rate].map((learningRate) => updateNumbers(record, { ...settings, learningRate }, 2, true))
  return JSON.stringify(numbers[0]) !== JSON.stringify(numbers[1])
}

function scheduleProblems({ schedule, optimizer }: ArmSpec, record: OptimizerRecord): Problem[] {
  if (schedule === undefined || heedsRate(record, optimizer)) return []
  const expected = `no such field: the optimizer "${optimizer.type}" has no learning rate that counts after its first step`
  return [{ path: ['schedule'], expected, got: `"${schedule.type}"` }]
}

/** Settings that the optimizer of an experiment does not have, or not so. */
function settingProblems({ optimizer, groups = [] }: ArmSpec, registry: Registry): Problem[] {
  const schema = armSchema(registry).arm.def.shape.optimizer
  return groups.flatMap((group, i) => {
    const own = settingsOfGroup(group)
    if ('type' in own) {
      const expected = 'no such field: groups differ in settings of one optimizer'
      return [{ path: ['groups', i, 'optimizer', 'type'], expected, got: JSON.stringify(own['type']) }]
    }
    const merged = { ...optimizer, ...own }
    const parsed = schema.safeParse(merged)
    if (parsed.success) return []
    const found = problemsOf(parsed.error, merged, hintAmong(Object.keys(optimizer)))
    const place = (path: Problem['path']): Problem['path'] =>
      path[0] === 'learningRate' && group.learningRate !== undefined ? path : ['optimizer', ...path]
    return found.map((problem) => ({ ...problem, path: ['groups', i, ...place(problem.path)] }))
  })
}

/** Settings that an optimizer which asks for gradients at places of its own choosing cannot have. */
function hostProblems({ optimizer, groups = [], accumulate = 1 }: ArmSpec, record: OptimizerRecord): Problem[] {
  if (record.runs !== 'host') return []
  const why = `the optimizer "${optimizer.type}" searches along the gradient of all parameters on one batch`
  const expected = `no such field: ${why}`
  return [
    ...(groups.length === 0 ? [] : [{ path: ['groups'], expected, got: `${groups.length} of them` }]),
    ...(accumulate === 1 ? [] : [{ path: ['accumulate'], expected, got: String(accumulate) }]),
  ]
}

/** Everything that contradicts the optimizer of an arm. */
export function updateProblems(arm: ArmSpec, registry: Registry): Problem[] {
  const record = optimizerOf(registry.optimizers, arm.optimizer)
  return [...scheduleProblems(arm, record), ...settingProblems(arm, registry), ...hostProblems(arm, record)]
}
