/**
 * Fields that an experiment had before it could have a task, as documents and records of the first version still have
 * them, in the words of today.
 */
import { isObject } from './merge-patch.js'

/**
 * `testScale: raw`: the test set as bytes are stored, and beside it as the training set is decoded. A patch that sets it back
 * removes those tables again.
 */
function renameTestScale(data: unknown, isPatch: boolean): unknown {
  if (!isObject(data) || !('testScale' in data)) return data
  const { testScale, ...rest } = data
  if (testScale === 'unit' || (isPatch && testScale === null)) return isPatch ? { ...rest, tables: null } : rest
  if (testScale !== 'raw') return data
  const tables = { test: { encodings: { image: { kind: 'numbers' } } }, unit: { of: 'test' } }
  return { ...rest, tables }
}

function renameProbes(probes: unknown): unknown {
  if (!isObject(probes) || !('trainAccuracy' in probes)) return probes
  const { trainAccuracy: trainMetric, ...rest } = probes
  return { ...rest, trainMetric }
}

function renameGoal(goal: unknown): unknown {
  return isObject(goal) && 'testAccuracy' in goal ? { atLeast: goal['testAccuracy'] } : goal
}

/** A document, or a patch on one, with every earlier field renamed. */
export function renameEarlierFields<T>(document: T, isPatch = false): T {
  if (!isObject(document)) return document
  const renamed: Record<string, unknown> = { ...document }
  if ('data' in renamed) renamed['data'] = renameTestScale(renamed['data'], isPatch)
  if ('probes' in renamed) renamed['probes'] = renameProbes(renamed['probes'])
  // A document that says a task is of today's form: an accuracy is no bound on what judges another task.
  if ('goal' in renamed && !('task' in renamed)) renamed['goal'] = renameGoal(renamed['goal'])
  if (isObject(renamed['arms'])) {
    const arms = Object.entries(renamed['arms']).map(([name, patch]) => [name, renameEarlierFields(patch, true)])
    renamed['arms'] = Object.fromEntries(arms)
  }
  return renamed as T
}
