/** Laws of schedules: a learning rate is a number that is not negative, and the same whenever it is asked for. */
import { LearningRates, type ScheduleRecord } from '../../optimize/schedules/schedule.js'
import { firstBreach, type Law, type Subject } from './law.js'

const LENGTH = { updatesPerEpoch: 7, epochs: 20 }

/** Values that a schedule may learn from: falling, standing, no numbers. */
const VALUES = [1, 0.5, 0.5, Number.NaN, 0.5, 0.5, Number.POSITIVE_INFINITY, 0.25]

function ratesOf({ record, spec }: Subject<ScheduleRecord>): number[] {
  const rates = new LearningRates({ [spec.type]: record }, spec, LENGTH)
  let memory = rates.initialMemory
  return Array.from({ length: LENGTH.updatesPerEpoch * LENGTH.epochs }, (_, update) => {
    const [epoch, inEpoch] = [Math.floor(update / LENGTH.updatesPerEpoch), update % LENGTH.updatesPerEpoch]
    if (memory !== undefined && epoch > 0 && inEpoch === 0) {
      memory = rates.learn(memory, Number(VALUES[epoch % VALUES.length]), 'smaller')
    }
    return rates.at(update, 0.1, memory)
  })
}

/** The laws of a schedule. */
export function scheduleLaws(subject: Subject<ScheduleRecord>): Law[] {
  return [
    {
      law: 'rate',
      check: () =>
        firstBreach(
          ratesOf(subject).map((rate, update) =>
            Number.isFinite(rate) && rate >= 0
              ? undefined
              : `update ${update}: expected a number from 0 on, got ${rate}`,
          ),
        ),
    },
    {
      law: 'determinism',
      check: () => {
        const [first, again] = [ratesOf(subject), ratesOf(subject)]
        const at = first.findIndex((rate, i) => !Object.is(rate, again[i]))
        return at < 0 ? undefined : `update ${at}: first ${first[at]}, then ${again[at]}`
      },
    },
  ]
}
