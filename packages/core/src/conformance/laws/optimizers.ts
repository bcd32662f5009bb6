/**
 * Laws of optimizers: what is declared as state comes back with its shape, numbers stay finite, parameters move, and the
 * same steps give the same bits, in one piece or in two.
 */
import { Builder, type Value } from '../../ir/builder.js'
import { formatType, type Program } from '../../ir/program.js'
import { verify } from '../../ir/verify.js'
import { bitDifferences } from '../../numerics/bits.js'
import type { HostOptimizer, OptimizerRecord, ProgramOptimizer } from '../../optimize/optimizers/optimizer.js'
import { referenceBackend } from '../../reference/backend.js'
import type { Spec } from '../../registry/settings.js'
import { elementCount, type Tensor, tensor, type TensorMap } from '../../tensor.js'
import { firstBreach, firstNotFinite, type Law, type Subject } from './law.js'
import { normals } from './points.js'

const SHAPE: readonly number[] = [3, 4]
const STEPS = 6
const SIZE = elementCount(SHAPE)

/** The first tensor that is not finite. */
function notFinite(tensors: TensorMap): string | undefined {
  return firstBreach(
    Object.entries(tensors).map(([name, { data }]) => {
      const at = firstNotFinite(data)
      return at < 0 ? undefined : `"${name}", element ${at}: ${data[at]} after ${STEPS} steps`
    }),
  )
}

function firstDifference(a: TensorMap, b: TensorMap, when: string): string | undefined {
  const [first] = bitDifferences(a, b)
  return first && `"${first.name}" ${when}: first ${first.a}, then ${first.b}`
}

/** The update of one parameter as a program. @returns text where what comes back is not what was declared. */
function updateProgram(record: ProgramOptimizer, spec: Spec): Program | string {
  const b = new Builder('update')
  const [parameter, gradient] = (['parameter', 'gradient'] as const).map((name) =>
    name === 'parameter'
      ? b.carry(name, { dtype: 'float64', shape: SHAPE })
      : b.xs(name, { dtype: 'float64', shape: SHAPE }),
  ) as [Value, Value]
  const declared = Object.keys(record.state(spec))
  const state = Object.fromEntries(declared.map((name) => [name, b.carry(name, { dtype: 'float64', shape: SHAPE })]))
  const scalars = Object.fromEntries(
    Object.keys(record.scalars(spec, 1)).map((name) => [name, b.xs(name, { dtype: 'float64', shape: [] })]),
  )
  const after = record.update({ b, settings: spec, parameter, gradient, state, scalars })
  const breach = firstBreach([
    ...declared.map((name) => stateBreach(name, after.state[name], parameter)),
    ...Object.keys(after.state).map((name) =>
      declared.includes(name) ? undefined : `state "${name}" comes back and is not declared by state()`,
    ),
    stateBreach('parameter', after.parameter, parameter),
  ])
  return breach ?? verify(b.finish({ carry: { parameter: after.parameter, ...after.state }, ys: {} }))
}

function stateBreach(name: string, value: Value | undefined, parameter: Value): string | undefined {
  if (value === undefined) return `state "${name}" is declared by state() and does not come back from update()`
  const [expected, got] = [formatType(parameter.type), formatType(value.type)]
  return expected === got ? undefined : `state "${name}": expected ${expected}, as the parameter is, got ${got}`
}

/** Steps `first` .. `last - 1` from a carry. */
async function scanSteps(
  { record, spec }: { readonly record: ProgramOptimizer; readonly spec: Spec },
  program: Program,
  carry: TensorMap,
  first: number,
  last: number,
): Promise<TensorMap> {
  const count = last - first
  const gradients = normals(STEPS * SIZE, 1).subarray(first * SIZE, last * SIZE)
  const scalars = Object.keys(record.scalars(spec, 1)).map((name): [string, Tensor] => {
    const values = Array.from({ length: count }, (_, i) => Number(record.scalars(spec, first + i + 1)[name]))
    return [name, tensor('float64', [count], values)]
  })
  const xs = { gradient: tensor('float64', [count, ...SHAPE], gradients), ...Object.fromEntries(scalars) }
  return (await (await referenceBackend().compile(program, {})).scan(carry, xs)).carry
}

function programLaws(record: ProgramOptimizer, spec: Spec): Law[] {
  const filled = (value: number): Tensor => tensor('float64', SHAPE, new Float64Array(SIZE).fill(value))
  const states = (): TensorMap =>
    Object.fromEntries(Object.entries(record.state(spec)).map(([name, value]) => [name, filled(value)]))
  const initial = (): TensorMap => ({ parameter: tensor('float64', SHAPE, normals(SIZE, 0)), ...states() })
  const run = async (carry: TensorMap, first: number, last: number): Promise<TensorMap> => {
    const program = updateProgram(record, spec)
    if (typeof program === 'string') throw new Error(program)
    return scanSteps({ record, spec }, program, carry, first, last)
  }
  return [
    {
      law: 'state',
      check: () => {
        const program = updateProgram(record, spec)
        return typeof program === 'string' ? program : undefined
      },
    },
    { law: 'finite', check: async () => notFinite(await run(initial(), 0, STEPS)) },
    {
      law: 'update',
      check: async () => {
        const [before, after] = [initial(), await run(initial(), 0, STEPS)]
        return bitDifferences(pickParameter(before), pickParameter(after)).length > 0
          ? undefined
          : `"parameter" is the same after ${STEPS} steps`
      },
    },
    {
      law: 'determinism',
      check: async () => {
        const whole = await run(initial(), 0, STEPS)
        const half = await run(initial(), 0, STEPS / 2)
        const resumed = await run(half, STEPS / 2, STEPS)
        return firstDifference(whole, resumed, `after ${STEPS} steps at once and in two halves`)
      },
    },
  ]
}

function pickParameter({ parameter }: TensorMap): TensorMap {
  return parameter === undefined ? {} : { parameter }
}

/** f(x) = sum c_i x_i^2 / 2 with curvatures from 1 to 12. */
async function bowl(x: Float64Array): Promise<{ loss: number; gradient: Float64Array }> {
  const gradient = x.map((value, i) => (i + 1) * value)
  return { loss: x.reduce((sum, value, i) => sum + (value * Number(gradient[i])) / 2, 0), gradient }
}

/** What steps on the host leave. */
interface HostRun {
  readonly parameters: Float64Array
  readonly state: TensorMap
}

async function hostSteps(record: HostOptimizer, spec: Spec, from: HostRun, count: number): Promise<HostRun> {
  let { parameters, state } = from
  for (let step = 0; step < count; step++) {
    const given = parameters.slice()
    const { loss } = await bowl(given)
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const result = await record.step(bowl, state, parameters, spec)
    if (parameters.some((value, i) => !Object.is(value, given[i]))) throw new Error('"parameters" are written to')
    if (result.loss !== loss)
      throw new Error(`"loss": expected ${loss}, that at the start of the step, got ${result.loss}`)
    ;({ parameters, state } = result)
  }
  return { parameters, state }
}

function hostLaws(record: HostOptimizer, spec: Spec): Law[] {
  const start = (): HostRun => ({ parameters: normals(SIZE, 0), state: record.initial() })
  const asMap = ({ parameters, state }: HostRun): TensorMap => ({
    parameter: tensor('float64', [parameters.length], parameters),
    ...state,
  })
  return [
    {
      law: 'state',
      check: async () => {
        const { state } = await hostSteps(record, spec, start(), STEPS)
        record.checkState(state)
        const odd = [record.initial(), state].flatMap(Object.keys).find((name) => !name.startsWith(record.statePrefix))
        return odd && `state "${odd}": expected a name that begins with "${record.statePrefix}"`
      },
    },
    { law: 'finite', check: async () => notFinite(asMap(await hostSteps(record, spec, start(), STEPS))) },
    {
      law: 'update',
      check: async () => {
        const { parameters } = await hostSteps(record, spec, start(), STEPS)
        if (parameters.length !== SIZE) return `"parameters": expected ${SIZE} numbers, got ${parameters.length}`
        const isSame = parameters.every((value, i) => Object.is(value, start().parameters[i]))
        return isSame ? `"parameters" are the same after ${STEPS} steps` : undefined
      },
    },
    {
      law: 'determinism',
      check: async () => {
        const whole = await hostSteps(record, spec, start(), STEPS)
        const half = await hostSteps(record, spec, start(), STEPS / 2)
        const resumed = await hostSteps(record, spec, half, STEPS / 2)
        return firstDifference(asMap(whole), asMap(resumed), `after ${STEPS} steps twice`)
      },
    },
  ]
}

/** The laws of an optimizer. */
export function optimizerLaws({ record, spec }: Subject<OptimizerRecord>): Law[] {
  return record.runs === 'program' ? programLaws(record, spec) : hostLaws(record, spec)
}
