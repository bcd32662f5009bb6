/**
 * Laws of optimizers that are part of the training program: what is declared as state comes back with its shape, in both
 * precisions and for a vector as for a matrix; numbers stay finite, the parameter moves, and the same steps give the same bits, in one piece or in two.
 */
import { Builder, type Value } from '../../ir/builder.js'
import { formatType, type Program } from '../../ir/program.js'
import { verify } from '../../ir/verify.js'
import { bitDifferences } from '../../numerics/bits.js'
import {
  constantRates,
  named,
  type OptimizerRecord,
  type ProgramOptimizer,
  withoutRate,
} from '../../optimize/optimizers/optimizer.js'
import { referenceBackend } from '../../reference/backend.js'
import type { Spec } from '../../registry/settings.js'
import { type FloatDType, type Tensor, tensor, type TensorMap } from '../../tensor.js'
import { hostLaws } from './host-optimizers.js'
import { firstBreach, type Law, type Subject } from './law.js'
import { normals } from './points.js'
import { firstDifference, notFinite, SHAPE, SIZE, STEPS } from './updates.js'

function stateBreach(name: string, value: Value | undefined, parameter: Value): string | undefined {
  if (value === undefined) return `state "${name}" is declared by state() and does not come back from update()`
  const [expected, got] = [formatType(parameter.type), formatType(value.type)]
  return expected === got ? undefined : `state "${name}": expected ${expected}, as the parameter is, got ${got}`
}

/** An optimizer on one parameter. */
class Tried {
  readonly #record: ProgramOptimizer
  readonly #spec: Spec
  readonly #shape: readonly number[]

  constructor(record: ProgramOptimizer, spec: Spec, shape: readonly number[]) {
    this.#record = record
    this.#spec = spec
    this.#shape = shape
  }

  get #initialState(): Readonly<Record<string, number>> {
    return this.#record.state(this.#spec, { shape: this.#shape })
  }

  /** The carry before the first step. */
  get initial(): { readonly parameter: Tensor } & TensorMap {
    const states = Object.entries(this.#initialState).map(([name, value]): [string, Tensor] => [
      name,
      tensor('float64', this.#shape, new Float64Array(SIZE).fill(value)),
    ])
    return { ...Object.fromEntries(states), parameter: tensor('float64', this.#shape, normals(SIZE, 0)) }
  }

  get #scalars(): string[] {
    return Object.keys(this.#record.scalars(this.#spec, 1))
  }

  /** The update as a program, or what is wrong with what comes back. */
  #update(dtype: FloatDType, moves = false): Program | string {
    const b = new Builder('update')
    const [parameter, gradient] = [
      b.carry('parameter', { dtype, shape: this.#shape }),
      b.xs('gradient', { dtype, shape: this.#shape }),
    ]
    const declared = Object.keys(this.#initialState)
    const state = Object.fromEntries(declared.map((name) => [name, b.carry(name, { dtype, shape: this.#shape })]))
    const rates = moves ? Object.keys(this.#record.rates?.(this.#spec) ?? {}) : []
    const inputs = [...this.#scalars, ...rates].map((name) => [name, b.xs(name, { dtype, shape: [] })])
    const scalars = Object.fromEntries(inputs) as Readonly<Record<string, Value>>
    const rate = moves ? (name: string) => named(scalars, name) : constantRates(b, this.#record, this.#spec, dtype)
    const settings = moves ? withoutRate(this.#spec) : this.#spec
    const after = this.#record.update({ b, settings, parameter, gradient, state, scalars, rate })
    const breach = firstBreach([
      ...declared.map((name) => stateBreach(name, after.state[name], parameter)),
      ...Object.keys(after.state).map((name) =>
        declared.includes(name) ? undefined : `state "${name}" comes back and is not declared by state()`,
      ),
      stateBreach('parameter', after.parameter, parameter),
    ])
    return breach ?? verify(b.finish({ carry: { parameter: after.parameter, ...after.state }, ys: {} }))
  }

  /** The fault of the results of an update in this precision. @param moves true: as a schedule moves the learning rate. */
  breach(dtype: FloatDType, moves = false): string | undefined {
    const program = this.#update(dtype, moves)
    return typeof program === 'string' ? program : undefined
  }

  /** Steps `first` .. `last - 1`. */
  async run(carry: TensorMap, first: number, last: number): Promise<TensorMap> {
    const program = this.#update('float64')
    if (typeof program === 'string') throw new Error(program)
    const count = last - first
    const gradients = normals(STEPS * SIZE, 1).subarray(first * SIZE, last * SIZE)
    const scalars = this.#scalars.map((name): [string, Tensor] => {
      const values = Array.from({ length: count }, (_, i) => this.#record.scalars(this.#spec, first + i + 1)[name])
      return [name, tensor('float64', [count], values.map(Number))]
    })
    const xs = { gradient: tensor('float64', [count, ...this.#shape], gradients), ...Object.fromEntries(scalars) }
    const executable = await referenceBackend().compile(program, {})
    return (await executable.scan(carry, xs)).carry
  }
}

/** @param vector the same optimizer on a parameter that is no matrix. */
function programLaws(tried: Tried, vector: Tried): Law[] {
  const all = (): Promise<TensorMap> => tried.run(tried.initial, 0, STEPS)
  return [
    { law: 'state', check: () => tried.breach('float64') },
    { law: 'float32', check: () => tried.breach('float32') },
    { law: 'finite', check: async () => notFinite(await all()) },
    {
      law: 'vector',
      check: async () => vector.breach('float64') ?? notFinite(await vector.run(vector.initial, 0, STEPS)),
    },
    { law: 'schedule', check: () => tried.breach('float64', true) },
    {
      law: 'update',
      check: async () => {
        const { parameter } = await all()
        const isMoved =
          parameter !== undefined && bitDifferences({ parameter }, { parameter: tried.initial.parameter })[0]
        return isMoved ? undefined : `"parameter" is the same after ${STEPS} steps`
      },
    },
    {
      law: 'determinism',
      check: async () => {
        const whole = await all()
        const half = await tried.run(tried.initial, 0, STEPS / 2)
        const resumed = await tried.run(half, STEPS / 2, STEPS)
        return firstDifference(whole, resumed, `after ${STEPS} steps at once and in two halves`)
      },
    },
  ]
}

/** The laws of an optimizer. */
export function optimizerLaws({ record, spec }: Subject<OptimizerRecord>): Law[] {
  if (record.runs === 'host') return hostLaws(record, spec)
  return programLaws(new Tried(record, spec, SHAPE), new Tried(record, spec, [SIZE]))
}
