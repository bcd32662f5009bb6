/**
 * A chain of scalar units, computed by the same IR and the same gradient as every network:
 *
 *   z_i = w_i a_(i-1),  a_i = f(z_i),  L = a_n
 *
 * It tells two things apart that are often told as one: the product of the activations' derivatives alone, and the
 * true gradients dL/dw_i = a_(i-1) f'(z_i) prod_(j>i) w_j f'(z_j), in which the weights stand too.
 */
import type { Backend } from '../backend/contract.js'
import { Builder, type Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import type { Program } from '../ir/program.js'
import type { ChainSpec } from '../spec/chain.js'
import { tensor, type TensorMap } from '../tensor.js'
import { applyActivation } from './activations/index.js'
import { gradientStages } from './stages.js'

/** What is known of one unit. */
export interface ChainUnit {
  readonly weight: number
  readonly preActivation: number
  readonly activation: number
  /** f'(z_i) */
  readonly derivative: number
  /** f'(z_i) f'(z_(i+1)) ... f'(z_n): what is left if the weights are left out. */
  readonly derivativeProduct: number
  /** dL/dw_i */
  readonly gradient: number
}

/** A computed chain. */
export interface ChainResult {
  readonly units: readonly ChainUnit[]
}

function emitUnits(b: Builder, spec: ChainSpec): { z: Value; a: Value; w: Value }[] {
  const type = { dtype: spec.precision, shape: [] } as const
  let previous = b.xs('x', type)
  return spec.weights.map((_, i) => {
    const w = b.carry(`w${i + 1}`, type)
    return b.within({ stage: 'forward', layer: `unit${i + 1}` }, () => {
      const z = b.mul(w, previous)
      const a = applyActivation(b, z, spec.activation)
      previous = a
      return { z, a, w }
    })
  })
}

/** One step: the chain forward, every local derivative, and dL/dw of every weight. */
export function lowerChain(spec: ChainSpec): Program {
  const b = new Builder(`${spec.name}/chain`, 'forward')
  const units = emitUnits(b, spec)
  const output = units.at(-1)?.a
  const gradients =
    output === undefined
      ? []
      : gradient(
          b,
          output,
          units.map(({ w }) => w),
          gradientStages,
        )
  const ys: Record<string, Value> = {}
  for (const [i, { z, a }] of units.entries()) {
    const [derivative] = gradient(b, a, [z], gradientStages)
    const ofWeight = gradients[i]
    ys[`z${i + 1}`] = z
    ys[`a${i + 1}`] = a
    if (derivative !== undefined) ys[`derivative${i + 1}`] = derivative
    if (ofWeight !== undefined) ys[`gradient${i + 1}`] = ofWeight
  }
  return b.finish({ carry: Object.fromEntries(units.map(({ w }, i) => [`w${i + 1}`, w])), ys })
}

function read(ys: TensorMap, name: string): number {
  return ys[name]?.data[0] ?? Number.NaN
}

/** Computes a chain on a backend. */
export async function runChain(backend: Backend, spec: ChainSpec): Promise<ChainResult> {
  const executable = await backend.compile(lowerChain(spec), {})
  try {
    const weights = spec.weights.map((weight, i): [string, TensorMap[string]] => [
      `w${i + 1}`,
      tensor(spec.precision, [], [weight]),
    ])
    const { ys } = await executable.scan(Object.fromEntries(weights), { x: tensor(spec.precision, [1], [spec.input]) })
    const derivatives = spec.weights.map((_, i) => read(ys, `derivative${i + 1}`))
    return {
      units: spec.weights.map((weight, i) => ({
        weight,
        preActivation: read(ys, `z${i + 1}`),
        activation: read(ys, `a${i + 1}`),
        derivative: derivatives[i] ?? Number.NaN,
        derivativeProduct: derivatives.slice(i).reduceRight((product, derivative) => product * derivative, 1),
        gradient: read(ys, `gradient${i + 1}`),
      })),
    }
  } finally {
    await executable.dispose()
  }
}
