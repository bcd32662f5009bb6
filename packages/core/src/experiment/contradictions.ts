/** Problems of an arm that no single field shows: settings that contradict each other, or what the task asks for. */
import { averagingOf } from '../optimize/averaging.js'
import { optimizerOf, type OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec, type Table } from '../registry/settings.js'
import type { TargetType } from '../task/target.js'
import { FIRST_HEAD, headMetricKey } from '../task/task.js'
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

/** A loss and metrics that do not suit the target of their task, and metrics that would stand under one key in records. */
function judgingProblems(
  { task, loss, metrics }: Pick<ArmSpec, 'task' | 'loss' | 'metrics'>,
  registry: Registry,
  place: Problem['path'],
  head: string,
): Problem[] {
  const { targetType } = recordOf(registry.tasks, task, 'task')
  const listed = metrics.map((spec, i) => ({ path: [...place, 'metrics', i], spec }))
  const keys = metrics.map((spec) => headMetricKey(head, spec))
  return [
    ...unsuited(registry.losses, [{ path: [...place, 'loss'], spec: loss }], targetType, task.type),
    ...unsuited(registry.metrics, listed, targetType, task.type),
    ...listed.flatMap(({ path }, i) => {
      const key = keys[i] ?? ''
      return keys.indexOf(key) === i ? [] : [{ path, expected: 'every metric once', got: `"${key}" again` }]
    }),
  ]
}

/** Heads whose tasks say what all heads share, or that are named as the first one is. */
function headProblems({ heads = {}, classWeights }: ArmSpec, registry: Registry): Problem[] {
  return Object.entries(heads).flatMap(([name, head]) => {
    const path = ['heads', name]
    const shared = ['inputs', 'weights'].filter((field) => head.task[field] !== undefined)
    return [
      ...judgingProblems(head, registry, path, name),
      ...shared.map((field) => ({
        path: [...path, 'task', field],
        expected: `no such field: "${field}" of the experiment's own task is for all heads`,
        got: JSON.stringify(head.task[field]),
      })),
      ...(name === FIRST_HEAD ? [{ path, expected: 'another name: the first head has it', got: `"${name}"` }] : []),
      ...(classWeights === undefined
        ? []
        : [{ path: ['classWeights'], expected: 'no such field beside "heads"', got: JSON.stringify(classWeights) }]),
    ]
  })
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
  const { clipping, heads = {}, metrics, optimizer, judgedBy } = arm
  const keys = [
    ...metrics.map((spec) => headMetricKey(FIRST_HEAD, spec)),
    ...Object.entries(heads).flatMap(([name, head]) => head.metrics.map((spec) => headMetricKey(name, spec))),
  ]
  const isExact = optimizerOf(registry.optimizers, optimizer).runs === 'host'
  return [
    ...judgingProblems(arm, registry, [], FIRST_HEAD),
    ...headProblems(arm, registry),
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
