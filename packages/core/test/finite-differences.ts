/**
 * Gradients of a scalar by `gradient` and by finite differences, both on the reference backend in float64. All
 * perturbed points go through one scan: each is a step.
 */
import { Builder, type Value } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { concreteShape, type Program, type Shape } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'
import { allocate, type DType, elementCount, type Tensor } from '../src/tensor.js'

/** An input at the point of differentiation; float64 unless told, and only float64 is differentiated. */
export interface Point {
  readonly dtype?: DType
  readonly shape: Shape
  readonly data: readonly number[]
}

/** Emits the scalar. */
export type Scalar = (b: Builder, inputs: readonly Value[]) => Value

const H = 2 ** -9

/** Five-point stencil: f'(x) = (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h + O(h^4). */
const stencil = [
  { at: -2 * H, weight: 1 / (12 * H) },
  { at: -H, weight: -8 / (12 * H) },
  { at: H, weight: 8 / (12 * H) },
  { at: 2 * H, weight: -1 / (12 * H) },
] as const

function isFloat({ dtype = 'float64' }: Point): boolean {
  return dtype === 'float64'
}

function buildProgram(points: readonly Point[], scalar: Scalar, differentiate: boolean): Program {
  const b = new Builder('differences')
  const inputs = points.map(({ dtype = 'float64', shape }, i) => b.xs(`x${i}`, { dtype, shape }))
  const loss = scalar(b, inputs)
  const wrt = differentiate ? inputs.filter(({ type }) => type.dtype === 'float64') : []
  const slopes = gradient(b, loss, wrt).map((slope, i) => [wrt[i]?.name ?? '', slope] as const)
  return verify(b.finish({ carry: {}, ys: { loss, ...Object.fromEntries(slopes) } }))
}

/** One step for each list of inputs. */
async function scanPoints(
  program: Program,
  points: readonly Point[],
  steps: readonly (readonly Point[])[],
  batch: number,
) {
  const stacked = points.map(({ dtype = 'float64', shape }, i): [string, Tensor] => {
    const concrete = concreteShape(shape, batch)
    const data = allocate(dtype, steps.length * elementCount(concrete))
    for (const [step, inputs] of steps.entries()) data.set(inputs[i]?.data ?? [], step * elementCount(concrete))
    return [`x${i}`, { dtype, shape: [steps.length, ...concrete], data } as Tensor]
  })
  const executable = await referenceBackend().compile(program, {})
  return (await executable.scan({}, Object.fromEntries(stacked))).ys
}

/** The points with element `k` of input `i` moved by `by`. */
function moved(points: readonly Point[], i: number, k: number, by: number): Point[] {
  return points.map((point, input) =>
    input === i ? { ...point, data: point.data.map((value, element) => (element === k ? value + by : value)) } : point,
  )
}

/** Gradients of each float64 input, one list an input, by `gradient`. */
export async function gradientsOf(points: readonly Point[], scalar: Scalar, batch = 0): Promise<number[][]> {
  const ys = await scanPoints(buildProgram(points, scalar, true), points, [points], batch)
  return points.flatMap((point, i) => (isFloat(point) ? [Array.from(ys[`x${i}`]?.data ?? [])] : []))
}

/** The same by finite differences. */
export async function differencesOf(points: readonly Point[], scalar: Scalar, batch = 0): Promise<number[][]> {
  const elements = points.flatMap((point, i) => (isFloat(point) ? point.data.map((_, k) => ({ i, k })) : []))
  const steps = elements.flatMap(({ i, k }) => stencil.map(({ at }) => moved(points, i, k, at)))
  const ys = await scanPoints(buildProgram(points, scalar, false), points, steps, batch)
  const losses = ys['loss']?.data ?? []
  const slopes = elements.map((element, at) => {
    const sum = stencil.reduce(
      (total, { weight }, j) => total + weight * (losses[at * stencil.length + j] ?? Number.NaN),
      0,
    )
    return { ...element, sum }
  })
  return points.flatMap((point, i) =>
    isFloat(point) ? [slopes.filter((one) => one.i === i).map(({ sum }) => sum)] : [],
  )
}

/** Largest difference between the two, relative to the largest slope or 1; NaN where either has NaN. */
export async function gradientError(points: readonly Point[], scalar: Scalar, batch = 0): Promise<number> {
  const exact = (await gradientsOf(points, scalar, batch)).flat()
  const approximate = (await differencesOf(points, scalar, batch)).flat()
  if (exact.length !== approximate.length) return Number.NaN
  const scale = Math.max(1, ...approximate.map(Math.abs))
  return Math.max(...exact.map((slope, i) => Math.abs(slope - (approximate[i] ?? Number.NaN)))) / scale
}
