/** A task and a model on each other: the shapes and the layout that the model is given, and the outputs that it must have. */
import { seenShape } from '../data/field.js'
import { FieldError, InputError } from '../errors.js'
import type { ModelSpec } from '../model/build.js'
import { INPUT } from '../model/graph.js'
import { buildModel, type Model } from '../model/model.js'
import type { Registry } from '../registry/registry.js'
import { elementCount } from '../tensor.js'
import { FIRST_HEAD, type Head, type Task } from './task.js'

/** Shapes of what a model may be given of a sample: all fields, in a row where there are several, and each by its name. */
function inputShapesOf({ inputs }: Task): Readonly<Record<string, readonly number[]>> {
  const [first] = inputs
  const total = inputs.reduce((sum, { field }) => sum + elementCount(seenShape(field)), 0)
  return {
    ...Object.fromEntries(inputs.map(({ name, field }) => [name, seenShape(field)])),
    [INPUT]: first !== undefined && inputs.length === 1 ? seenShape(first.field) : [total],
  }
}

/**
 * The model of an arm for its task. Where it does not say how channels lie in samples, the fields that it is given do.
 * @throws InputError as `buildModel`.
 */
export function modelFor(arm: ModelSpec, task: Task, registry: Registry): Model {
  const given = task.inputs.some(({ field }) => field.channels === 'first') ? 'first' : 'last'
  const model = { ...arm.model, channels: arm.model.channels ?? given }
  return buildModel({ ...arm, model }, inputShapesOf(task), registry)
}

/** The target, with as many categories as the model tells apart, where data leave that open. */
function widened({ target, width, ...head }: Head, [count, ...more]: readonly number[]): Head {
  const encoding = target?.field.encoding
  const isOpen = encoding?.kind === 'category' && encoding.isLeast === true && more.length === 0
  if (target === undefined || !isOpen || count === undefined || count <= encoding.count)
    return { target, width, ...head }
  return { ...head, width: count, target: { ...target, field: { ...target.field, encoding: { ...encoding, count } } } }
}

/**
 * The task as a model solves it.
 * @param outputShapes one for each head. @throws InputError when the model does not give what the task asks for.
 */
export function fitOutput(task: Task, outputShapes: readonly (readonly number[])[]): Task {
  const heads = task.heads.map((head, i) => widened(head, outputShapes[i] ?? []))
  for (const [i, head] of heads.entries()) checkOutput(task.kind, head, outputShapes[i] ?? [])
  return { ...task, heads, head: heads[0] ?? task.head }
}

function checkOutput(kind: string, head: Head, outputShape: readonly number[]): void {
  const { name, width, targetType } = head
  if (width === undefined || (outputShape.length === 1 && outputShape[0] === width)) return
  const each = targetType === 'category' ? ', one for each category' : ''
  const got = `got [${outputShape.join(',')}]`
  if (name !== FIRST_HEAD)
    throw new FieldError(`heads.${name}`, `expected a layer of [${width}] outputs${each}, ${got}`)
  throw new InputError('core', `model: expected [${width}] outputs${each}, for the task "${kind}", ${got}`)
}
