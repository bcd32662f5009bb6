/** Problems of an arm that no single field shows: settings that contradict each other, or what the task asks for. */
import { averagingOf } from '../optimize/averaging.js'
import { optimizerOf, type OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec, type Table } from '../registry/settings.js'
import type { TargetType } from '../task/target.js'
import { metricKey } from '../task/task.js'
import type { ArmSpec, DataSpec } from './arm.js'
import type { Problem } from './problems.js'
import { updateProblems } from './update-problems.js'

/** Losses or metrics that do not suit the task's target. */
function unsuited(
  table: Table<{ readonly suits: readonly TargetType[] }>,
  specs: readonly { readonly path: Problem['path']; readonly spec: Spec }[],
  type: TargetType,
  task: string,
): Problem[] {
  const suitable = Object.keys(table).filter((name) => table[name]?.suits.includes(type))
  const odd = specs.filter(({ spec }) => !suitable.includes(spec.type))
  const expected = `one that suits the task "${task}" (${suitable.join(', ') || 'there is none'})`
  return odd.map(({ path, spec }) => ({ path, expected, got: `"${spec.type}"` }))
}

/** Metrics that would stand under one key in records. */
function repeatedMetrics(keys: readonly string[]): Problem[] {
  return keys.flatMap((key, i) =>
    keys.indexOf(key) === i ? [] : [{ path: ['metrics', i], expected: 'every metric once', got: `"${key}" again` }],
  )
}

/** Evaluation tables by the name of one that training is made of. */
function takenTables(tables: DataSpec['tables'] = {}): Problem[] {
  const taken = ['train', 'validation'].filter((name) => Object.hasOwn(tables, name))
  const expected = 'another name: training has a table of this one'
  return taken.map((name) => ({ path: ['data', 'tables', name], expected, got: `"${name}"` }))
}

/** Data of the user's own without a path, or fields of theirs beside a data set that has none. */
function misplacedData({ data }: ArmSpec, registry: Registry): Problem[] {
  const record = Object.hasOwn(registry.data, data.dataset) ? registry.data[data.dataset] : undefined
  if (record?.from === 'files') {
    return data.path === undefined ? [{ path: ['data'], expected: '"path" or "dataset"', got: 'neither' }] : []
  }
  const expected = `no such field: the data set "${data.dataset}" is no file of your own`
  return (['path', 'format', 'fields', 'split', 'target'] as const).flatMap((field) =>
    data[field] === undefined ? [] : [{ path: ['data', field], expected, got: JSON.stringify(data[field]) }],
  )
}

/** A goal that every run reaches, or none. */
function idleGoals({ goal }: ArmSpec): Problem[] {
  if (goal === undefined) return []
  const { atLeast, atMost } = goal
  if (atLeast === undefined && atMost === undefined) {
    return [{ path: ['goal'], expected: '"atLeast" or "atMost"', got: 'neither' }]
  }
  if (atLeast === undefined || atMost === undefined || atLeast <= atMost) return []
  return [{ path: ['goal', 'atLeast'], expected: `at most "atMost", ${atMost}`, got: String(atLeast) }]
}

/** An average that the optimizer cannot have. */
function misplacedAverage({ averaging, optimizer }: ArmSpec, record: OptimizerRecord): Problem[] {
  if (averaging === undefined) return []
  const got = `"${averaging.type}"`
  if (record.runs === 'host') {
    const expected = `no such field: the optimizer "${optimizer.type}" updates on the host`
    return [{ path: ['averaging'], expected, got }]
  }
  if (averagingOf(averaging).share !== undefined || record.average !== undefined) return []
  const expected = `another type: the optimizer "${optimizer.type}" keeps no average`
  return [{ path: ['averaging', 'type'], expected, got }]
}

/** A rule for weights where there are none. */
function idleMean({ classWeights, weightedMean, task }: ArmSpec): Problem[] {
  if (weightedMean === undefined || classWeights !== undefined || task['weights'] !== undefined) return []
  const expected = 'no such field without "classWeights" or "weights" of the task'
  return [{ path: ['weightedMean'], expected, got: `"${weightedMean}"` }]
}

/** Problems that no single field shows: settings that contradict each other. */
export function contradictions(arm: ArmSpec, registry: Registry): Problem[] {
  const { clipping, loss, metrics, optimizer, judgedBy, task } = arm
  const { targetType } = recordOf(registry.tasks, task, 'task')
  const keys = metrics.map(metricKey)
  const isExact = optimizerOf(registry.optimizers, optimizer).runs === 'host'
  return [
    ...unsuited(registry.losses, [{ path: ['loss'], spec: loss }], targetType, task.type),
    ...unsuited(
      registry.metrics,
      metrics.map((spec, i) => ({ path: ['metrics', i], spec })),
      targetType,
      task.type,
    ),
    ...repeatedMetrics(keys),
    ...takenTables(arm.data.tables),
    ...misplacedData(arm, registry),
    ...idleGoals(arm),
    ...misplacedAverage(arm, optimizerOf(registry.optimizers, optimizer)),
    ...idleMean(arm),
    ...updateProblems(arm, registry),
    ...(judgedBy === undefined || keys.includes(judgedBy)
      ? []
      : [{ path: ['judgedBy'], expected: keys.map((key) => `"${key}"`).join(' or '), got: `"${judgedBy}"` }]),
    ...(clipping !== undefined && isExact
      ? [
          {
            path: ['clipping'],
            expected: `no such field: the optimizer "${optimizer.type}" searches along exact gradients`,
            got: `"${clipping.type}"`,
          },
        ]
      : []),
  ]
}
