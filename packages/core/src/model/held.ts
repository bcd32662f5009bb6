/**
 * The regularizers and constraints that parameters are held by. Every kind of layer takes the four fields of `heldFields`:
 * `regularizer` and `constraint` are for its weights, which are all parameters but its biases. What an experiment says beside
 * its layers is for the weights of every layer that depth is counted by.
 */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec } from '../registry/settings.js'
import type { BuiltLayer, Parameter } from './layers/layer.js'

/** The regularizer and the constraint of weights where a layer has none of its own. */
export interface HeldDefaults {
  readonly regularizer?: Spec
  readonly constraint?: Spec
}

const fields = {
  weights: { regularizer: 'regularizer', constraint: 'constraint' },
  biases: { regularizer: 'biasRegularizer', constraint: 'biasConstraint' },
} as const

/** The four fields of a layer, from the schemas of the two tables. */
export function heldFields<S extends z.ZodMiniType<Spec>>(regularizer: S, constraint: S) {
  const [penalty, limit] = [z.exactOptional(regularizer), z.exactOptional(constraint)]
  return { regularizer: penalty, biasRegularizer: penalty, constraint: limit, biasConstraint: limit }
}

function sortOf({ role }: Parameter): keyof typeof fields {
  return role.includes('bias') ? 'biases' : 'weights'
}

/** @throws InputError for a field of a layer that has nothing it could hold. */
export function refuseIdle(spec: Spec, name: string, parameters: readonly Parameter[]): void {
  for (const [sort, own] of Object.entries(fields)) {
    const idle = Object.values(own).find((field) => spec[field] !== undefined)
    if (idle === undefined || parameters.some((parameter) => sortOf(parameter) === sort)) continue
    throw new InputError(
      'core',
      `model layer "${name}": ${idle}: expected a layer that has ${sort} of its own, it has none`,
    )
  }
}

/** A layer's parameters, each with what it is held by. @throws InputError as `refuseIdle`. */
export function heldParameters(
  spec: Spec,
  name: string,
  { parameters = [], isDepth = false }: BuiltLayer,
  defaults: HeldDefaults,
  { regularizers, constraints }: Registry,
): Parameter[] {
  refuseIdle(spec, name, parameters)
  return parameters.map((parameter) => {
    const sort = sortOf(parameter)
    const others = isDepth && sort === 'weights' ? defaults : {}
    const penalty = (spec[fields[sort].regularizer] as Spec | undefined) ?? others.regularizer
    const limit = (spec[fields[sort].constraint] as Spec | undefined) ?? others.constraint
    return {
      ...parameter,
      ...(penalty && { regularizer: { record: recordOf(regularizers, penalty, 'regularizer'), spec: penalty } }),
      ...(limit && { constraint: { record: recordOf(constraints, limit, 'constraint'), spec: limit } }),
    }
  })
}

/** Emits the penalties of all parameters added up; undefined where there are none. */
export function emitPenalty(
  b: Builder,
  parameters: readonly Parameter[],
  values: Readonly<Record<string, Value>>,
): Value | undefined {
  let sum: Value | undefined
  for (const { name, layer, regularizer } of parameters) {
    const value = values[name]
    if (regularizer === undefined || value === undefined) continue
    b.within({ stage: 'loss', layer }, () => {
      const penalty = regularizer.record.emit(b, value, regularizer.spec)
      sum = sum === undefined ? penalty : b.add(sum, penalty)
    })
  }
  return sum
}
