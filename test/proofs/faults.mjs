/** The proof that a check finds the faults that are planted, and blames the right operation, layer and stage. */
import { faultPlans, judgeFault, plantFault } from '@isograd/core/compare'

function outcomeOf({ counts, found, named, wronged }) {
  if (!counts) return 'below the noise'
  if (wronged.length > 0) return 'healthy blamed'
  return found ? (named ? 'named' : 'misplaced') : 'missed'
}

function goal({ named = 0, misplaced = 0, missed = 0, 'healthy blamed': wronged = 0 }) {
  const share = (named + misplaced) / (named + misplaced + missed)
  if (misplaced + wronged > 0) return `${misplaced} are blamed on the wrong place, ${wronged} on the healthy backend`
  return share >= 0.98 || named === 0 ? undefined : `${(100 * share).toFixed(1)} % are found, and not 98 %`
}

export const faults = {
  about: 'faults drawn with their place, size and moment are found, and blamed on the right place',
  seeds: 1000,
  sample: 8,
  goal,
  async start() {
    const plans = faultPlans()
    return {
      async attempt(seed) {
        const plan = plans[seed % plans.length]
        const { kind, place, sentence, ...trial } = await judgeFault(plan, plantFault(plan, seed))
        const outcome = outcomeOf(trial)
        return { outcome, failed: !trial.ok, arm: plan.armName, kind, place, sentence }
      },
    }
  },
}
