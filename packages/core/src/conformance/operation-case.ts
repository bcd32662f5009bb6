/**
 * From a few lines to a case: named inputs with a shape and a way to fill them, and a function that emits the operation.
 * Inputs enter as `xs`, two steps of them, so that every case also shows that steps are kept apart.
 */
import { Builder, type Value } from '../ir/builder.js'
import type { OpName } from '../ir/ops/index.js'
import { BATCH, concreteShape, type Program, type Shape } from '../ir/program.js'
import { RandomStream } from '../random/stream.js'
import { allocate, type DType, elementCount, type FloatDType, type Tensor, type TensorMap } from '../tensor.js'
import { caseDTypes, type CaseTolerance, type ValueCase } from './case.js'

/** Gives the element at a flat position. */
export type Fill = (random: RandomStream, flat: number) => number

/** An input of a case: its type for one step, and its elements. Without a dtype it has the case's. */
export interface InputRecipe {
  readonly dtype?: DType
  readonly shape: Shape
  readonly fill: Fill
}

/** A case for each floating-point dtype, described without one. */
export interface OperationRecipe {
  /** The id without the dtype. */
  readonly id: string
  readonly ops: readonly OpName[]
  readonly about: string
  readonly inputs: Readonly<Record<string, InputRecipe>>
  readonly emit: (b: Builder, inputs: readonly Value[], dtype: FloatDType) => Value
  readonly tolerance: CaseTolerance
  /** Emits what the rounding is proportional to; needed when the tolerance is relative to it. */
  readonly magnitude?: (b: Builder, inputs: readonly Value[], dtype: FloatDType) => Value
  /** Steps of each scan; 2 unless told. */
  readonly steps?: number
  /** Batch sizes, one scan each; only for inputs with a batch. */
  readonly batches?: readonly number[]
}

/** Uniform between two numbers. */
export function uniform(low: number, high: number): Fill {
  return (random) => low + (high - low) * random.uniform()
}

/** A uniform integer in 0 .. bound-1. */
export function below(bound: number): Fill {
  return (random) => random.below(bound)
}

/** The given values in order, over and over. */
export function cycle(values: readonly number[]): Fill {
  return (_, flat) => values[flat % values.length] as number
}

/** A stream of its own for each case, whatever other cases exist: FNV-1a of the id. */
export function streamFor(id: string): RandomStream {
  let hash = 0x811c9dc5
  for (const letter of id) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return new RandomStream(hash >>> 0, 'sample')
}

/** A tensor filled element by element. */
export function filledTensor(random: RandomStream, dtype: DType, shape: readonly number[], fill: Fill): Tensor {
  const data = allocate(dtype, elementCount(shape))
  for (let flat = 0; flat < data.length; flat++) data[flat] = fill(random, flat)
  return { dtype, shape, data } as Tensor
}

function programOf(recipe: OperationRecipe, dtype: FloatDType, emit: OperationRecipe['emit']): Program {
  const b = new Builder(recipe.id)
  const inputs = Object.entries(recipe.inputs).map(([name, input]) =>
    b.xs(name, { dtype: input.dtype ?? dtype, shape: input.shape }),
  )
  return b.finish({ carry: {}, ys: { y: emit(b, inputs, dtype) } })
}

function xsOf(recipe: OperationRecipe, dtype: FloatDType, random: RandomStream, batch: number): TensorMap {
  const steps = recipe.steps ?? 2
  return Object.fromEntries(
    Object.entries(recipe.inputs).map(([name, { dtype: own, shape, fill }]) => [
      name,
      filledTensor(random, own ?? dtype, [steps, ...concreteShape(shape, batch)], fill),
    ]),
  )
}

function batchesOf(recipe: OperationRecipe): readonly number[] {
  const batched = Object.values(recipe.inputs).some(({ shape }) => shape.includes(BATCH))
  return batched ? (recipe.batches ?? [4, 1]) : [0]
}

/** The case for one dtype. */
function operationCase(recipe: OperationRecipe, dtype: FloatDType): ValueCase {
  const { ops, about, tolerance, magnitude } = recipe
  const id = `${recipe.id}/${dtype}`
  const build = () => {
    const random = streamFor(id)
    const scans = batchesOf(recipe).map((batch) => ({ carry: {}, xs: xsOf(recipe, dtype, random, batch) }))
    const data = { program: programOf(recipe, dtype, recipe.emit), constants: {}, scans }
    return magnitude === undefined ? data : { ...data, magnitude: programOf(recipe, dtype, magnitude) }
  }
  return { kind: 'values', id, ops, dtype, about, tolerance, build }
}

/** The cases of a recipe, one for each floating-point dtype. */
export function operationCases(recipe: OperationRecipe): ValueCase[] {
  return caseDTypes.map((dtype) => operationCase(recipe, dtype))
}
