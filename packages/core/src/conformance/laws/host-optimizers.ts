/**
 * Laws of optimizers that run on the host: state under names of their own, the loss at the start of the step, nothing
 * written to that was lent, and the same steps twice give the same bits.
 */
import type { HostOptimizer } from '../../optimize/optimizers/optimizer.js'
import type { Spec } from '../../registry/settings.js'
import { tensor, type TensorMap } from '../../tensor.js'
import type { Law } from './law.js'
import { normals } from './points.js'
import { firstDifference, notFinite, SIZE, STEPS } from './updates.js'

/** f(x) = sum c_i x_i^2 / 2 with curvatures from 1 to 12. */
async function bowl(x: Float64Array): Promise<{ loss: number; gradient: Float64Array }> {
  const gradient = x.map((value, i) => (i + 1) * value)
  return { loss: x.reduce((sum, value, i) => sum + (value * Number(gradient[i])) / 2, 0), gradient }
}

/** The results of steps on the host. */
interface HostRun {
  readonly parameters: Float64Array
  readonly state: TensorMap
}

function tensorsOf({ parameters, state }: HostRun): TensorMap {
  return { parameter: tensor('float64', [parameters.length], parameters), ...state }
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

/** The laws of an optimizer on the host. */
export function hostLaws(record: HostOptimizer, spec: Spec): Law[] {
  const start = (): HostRun => ({ parameters: normals(SIZE, 0), state: record.initial() })
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
    { law: 'finite', check: async () => notFinite(tensorsOf(await hostSteps(record, spec, start(), STEPS))) },
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
        return firstDifference(tensorsOf(whole), tensorsOf(resumed), `after ${STEPS} steps twice`)
      },
    },
  ]
}
