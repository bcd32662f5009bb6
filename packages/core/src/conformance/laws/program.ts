/** Programs that laws are tried with: named tensors in, on the reference backend, at one point or at many. */
import { internalError } from '../../errors.js'
import { Builder, type Value } from '../../ir/builder.js'
import { gradient } from '../../ir/gradient.js'
import { BATCH, concreteShape, formatType, type Program, type Shape, valueTypes } from '../../ir/program.js'
import { verify } from '../../ir/verify.js'
import { referenceBackend } from '../../reference/backend.js'
import { allocate, type DType, elementCount, type FloatDType, type Tensor, type TensorMap } from '../../tensor.js'
import { type Evaluate, slopesOf, wrongSlope } from './finite-differences.js'
import { firstBreach } from './law.js'

/** A tensor that a program is given. */
export interface Given {
  /** `BATCH` stands for the rows. */
  readonly shape: Shape
  readonly data: ArrayLike<number>
  /** The training precision unless told. */
  readonly dtype?: DType
  /** True when gradients with respect to it are held against differences. */
  readonly isVariable?: boolean
}

/** The tensors by name. */
export type Givens = Readonly<Record<string, Given>>

/** Values by name. */
export type Values = Readonly<Record<string, Value>>

/** Emits something of the tensors. */
export type Emit<T> = (b: Builder, values: Values) => T

/** A tensor's value by name. */
export function valueOf(values: Values, name: string): Value {
  const value = values[name]
  if (value === undefined) throw internalError(`a law gave no "${name}"`)
  return value
}

/** The sum of an output, weighted so that no slopes cancel in it. */
export function weightedSum(b: Builder, output: Value, values: Values): Value {
  return b.reduceSum(b.mul(output, valueOf(values, 'weights')))
}

function build(givens: Givens, precision: FloatDType, emit: Emit<Values>): Program {
  const b = new Builder('law')
  const inputs = Object.entries(givens).map(([name, { shape, dtype = precision }]) => [
    name,
    b.xs(name, { dtype, shape }),
  ])
  return verify(b.finish({ carry: {}, ys: emit(b, Object.fromEntries(inputs) as Values) }))
}

/** Rows of the batch that the tensors are of; 0 where none is of a batch. */
function rowsOf(givens: Givens): number {
  const batched = Object.values(givens).find(({ shape }) => shape.includes(BATCH))
  return batched === undefined ? 0 : batched.data.length / elementCount(concreteShape(batched.shape, 1))
}

/** Scans a program, each step with other values of one of its tensors. */
async function scan(program: Program, givens: Givens, name = '', points: readonly ArrayLike<number>[] = [[]]) {
  const xs = program.inputs.xs.map(({ name: own, type }): [string, Tensor] => {
    const shape = concreteShape(type.shape, rowsOf(givens))
    const data = allocate(type.dtype, points.length * elementCount(shape))
    for (const [i, point] of points.entries()) {
      data.set(own === name ? point : (givens[own]?.data ?? []), i * elementCount(shape))
    }
    return [own, { dtype: type.dtype, shape: [points.length, ...shape], data } as Tensor]
  })
  const executable = await referenceBackend().compile(program, {})
  return (await executable.scan({}, Object.fromEntries(xs))).ys
}

/** The values that a program gives, once. */
export async function evaluated(givens: Givens, precision: FloatDType, emit: Emit<Values>): Promise<TensorMap> {
  return scan(build(givens, precision, emit), givens)
}

/** The gradients of a scalar with respect to the variables, by name, in float64. */
export async function gradientsOf(givens: Givens, emit: Emit<Value>): Promise<TensorMap> {
  const variables = Object.keys(givens).filter((name) => givens[name]?.isVariable === true)
  return evaluated(givens, 'float64', (b, values) => {
    const wrt = variables.flatMap((name) => values[name] ?? [])
    const slopes = gradient(b, emit(b, values), wrt)
    return Object.fromEntries(variables.flatMap((name, i) => (slopes[i] === undefined ? [] : [[name, slopes[i]]])))
  })
}

/**
 * Holds the gradients of a scalar against finite differences of the scalar itself, and gives the first that is wrong.
 * @param instead the function that is to be differenced, in the place of the program, for one variable.
 */
export async function gradientBreach(
  givens: Givens,
  emit: Emit<Value>,
  instead?: Evaluate,
): Promise<string | undefined> {
  const gradients = await gradientsOf(givens, emit)
  const program = build(givens, 'float64', (b, values) => ({ scalar: emit(b, values) }))
  const breaches = Object.entries(gradients).map(async ([name, { data }]) => {
    const evaluate: Evaluate = async (points) => (await scan(program, givens, name, points))['scalar']?.data ?? []
    const x = Float64Array.from(givens[name]?.data ?? [])
    return wrongSlope(name, data, await slopesOf(x, instead ?? evaluate))
  })
  return firstBreach(await Promise.all(breaches))
}

/** The fault of emitting in float32: no sound program, or a value of another type than wanted. */
export function float32Breach(givens: Givens, shape: Shape, emit: Emit<Value>): string | undefined {
  const program = build(givens, 'float32', (b, values) => ({ value: emit(b, values) }))
  const [output] = program.outputs.ys
  const type = output && valueTypes(program).get(output.value)
  const [expected, got] = [formatType({ dtype: 'float32', shape }), type && formatType(type)]
  return expected === got ? undefined : `expected ${expected} of a float32 model, got ${got}`
}
