/** Runs an optimizer's program over given gradients on the reference backend. */
import * as z from 'zod/mini'
import { Builder, type Value } from '../src/ir/builder.js'
import { constantRates, optimizerOf, type ProgramOptimizer } from '../src/optimize/optimizers/optimizer.js'
import { referenceBackend } from '../src/reference/backend.js'
import { builtins } from '../src/registry/builtins.js'
import { type Spec, tableSchema } from '../src/registry/settings.js'
import { type FloatDType, tensor, type TensorMap } from '../src/tensor.js'

/** The 3 x 4 weight that the tests update, and the number of steps. */
export const shape = [3, 4]
export const size = 12
export const steps = 20

/** What each element starts from. */
export const start = [0.5, -0.3, 1.2, -2, 0.01, 0, 3, -0.7, 0.25, -1e-3, 8, 0.9]

/** How large each element's gradients are; the sixth never has one. */
const scales = [1, 0.1, 10, 1e-3, 2, 0, 1e-9, 50, 0.5, 1, 1e-2, 5]

/** Element `i` of the gradient of step t = 1, 2, ...: signs change, and now and then it is exactly 0. */
export function gradientAt(t: number, i: number): number {
  if ((t + i) % 5 === 0 || t === 7) return 0
  return (scales[i] ?? 0) * (Math.sin(0.9 * t * (1 + (i % 3)) + i) + (i === 8 ? 1.5 : 0))
}

/** Schema of an optimizer in an experiment; none has settings of another table. */
export const optimizerSchema = tableSchema(builtins.optimizers, {
  layer: z.never(),
  activation: z.never(),
  initializer: z.never(),
})

/** Complete settings from those that differ from the defaults. */
export function specOf(settings: Readonly<Record<string, unknown>>): Spec {
  return optimizerSchema.parse(settings)
}

function programOptimizer(spec: Spec): ProgramOptimizer {
  const optimizer = optimizerOf(builtins.optimizers, spec)
  if (optimizer.runs === 'program') return optimizer
  throw new Error(`optimizer "${spec.type}" runs on the host`)
}

function inputs(names: readonly string[], declare: (name: string) => Value): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, declare(name)]))
}

function program(spec: Spec, dtype: FloatDType) {
  const optimizer = programOptimizer(spec)
  const b = new Builder('update')
  const parameter = b.carry('parameter', { dtype, shape })
  const gradient = b.xs('gradient', { dtype, shape })
  const state = inputs(Object.keys(optimizer.state(spec, { shape })), (name) => b.carry(name, { dtype, shape }))
  const scalars = inputs(Object.keys(optimizer.scalars(spec, 1)), (name) => b.xs(name, { dtype, shape: [] }))
  const rate = constantRates(b, optimizer, spec, dtype)
  const after = optimizer.update({ b, settings: spec, parameter, gradient, state, scalars, rate })
  return b.finish({ carry: { parameter: after.parameter, ...after.state }, ys: { parameters: after.parameter } })
}

function numbered(count: number, value: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => value(i))
}

/** What twenty steps leave. */
export interface OptimizerRun {
  /** The parameter after each step, [step][element]. */
  readonly parameters: readonly (readonly number[])[]
  /** The last parameter and state, by name. */
  readonly carry: TensorMap
}

/** A parameter and its state, by name. */
export type Numbers = Readonly<Record<string, readonly number[]>>

/** Where twenty steps begin. */
export function initial(spec: Spec): Numbers {
  const states = Object.entries(programOptimizer(spec).state(spec, { shape }))
  return { parameter: start, ...Object.fromEntries(states.map(([name, value]) => [name, numbered(size, () => value)])) }
}

/** Steps `first`, `first + 1`, ..., counted from 1, in one scan. */
export async function runSteps(
  spec: Spec,
  dtype: FloatDType,
  { from, first, count }: { readonly from: Numbers; readonly first: number; readonly count: number },
  gradient: (t: number, i: number) => number,
): Promise<OptimizerRun> {
  const optimizer = programOptimizer(spec)
  const executable = await referenceBackend().compile(program(spec, dtype), {})
  const before = Object.entries(from).map(([name, values]) => [name, tensor(dtype, shape, values)])
  const scalars = Object.keys(optimizer.scalars(spec, 1)).map((name) => [
    name,
    tensor(
      dtype,
      [count],
      numbered(count, (step) => optimizer.scalars(spec, first + step)[name] ?? Number.NaN),
    ),
  ])
  const gradients = numbered(count * size, (k) => gradient(first + Math.floor(k / size), k % size))
  const { carry, ys } = await executable.scan(Object.fromEntries(before) as TensorMap, {
    gradient: tensor(dtype, [count, ...shape], gradients),
    ...Object.fromEntries(scalars),
  })
  const all = Array.from(ys['parameters']?.data ?? [])
  return { parameters: numbered(count, (step) => step).map((step) => all.slice(step * size, (step + 1) * size)), carry }
}

/** Twenty steps from the beginning. */
export function runOptimizer(
  spec: Spec,
  dtype: FloatDType,
  gradient: (t: number, i: number) => number = gradientAt,
): Promise<OptimizerRun> {
  return runSteps(spec, dtype, { from: initial(spec), first: 1, count: steps }, gradient)
}

/** An update rule for one element, with its state inside: from p and g of step t = 1, 2, ... to the new p. */
export type Rule = () => (p: number, g: number, t: number) => number

/** The same twenty steps, element by element in plain float64, by a rule. */
export function runRule(rule: Rule, gradient: (t: number, i: number) => number = gradientAt): number[][] {
  const parameters = Array.from({ length: steps }, () => numbered(size, () => Number.NaN))
  for (let i = 0; i < size; i++) {
    const update = rule()
    let p = start[i] ?? Number.NaN
    for (let t = 1; t <= steps; t++) {
      p = update(p, gradient(t, i), t)
      const after = parameters[t - 1]
      if (after !== undefined) after[i] = p
    }
  }
  return parameters
}

/** Lines for the numbers that differ by more than `tolerance`, relative to the larger of 1 and the number. */
export function differences(
  got: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  tolerance: number,
): string[] {
  return expected.flatMap((row, step) =>
    row.flatMap((value, i) => {
      const found = got[step]?.[i] ?? Number.NaN
      const near = Math.abs(found - value) <= tolerance * Math.max(1, Math.abs(value))
      return near ? [] : [`step ${step + 1}, element ${i}: expected ${value}, got ${found}`]
    }),
  )
}
