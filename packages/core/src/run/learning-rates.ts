/** The learning rates of steps, kept where they change. */
import type { Stretch, TrainingPlan } from '../plan/plan.js'
import type { LearningRateSeries } from './events.js'

/** Points that a record keeps of a series, about. */
const MOST_POINTS = 500

function changes(group: string, steps: readonly number[], values: readonly number[]): LearningRateSeries {
  const kept = values.flatMap((value, i) => (i === 0 || value !== values[i - 1] ? [i] : []))
  return { group, steps: kept.map((i) => Number(steps[i])), values: kept.map((i) => Number(values[i])) }
}

/** The learning rates of a stretch; undefined where there is one, and it never changes. */
export function rateChanges(plan: TrainingPlan, stretch: Stretch): LearningRateSeries[] | undefined {
  const rates = plan.learningRates(stretch)
  const steps = Array.from({ length: stretch.count }, (_, i) => stretch.first + i)
  return rates && Object.entries(rates).map(([group, values]) => changes(group, steps, values))
}

/** A series of at most so many points, the first and the last among them. */
function thinned({ group, steps, values }: LearningRateSeries): LearningRateSeries {
  const every = Math.ceil(steps.length / MOST_POINTS)
  const isKept = (_: number, i: number): boolean => i % every === 0 || i === steps.length - 1
  return { group, steps: steps.filter(isKept), values: values.filter(isKept) }
}

/** Series of many stretches as one for each group. */
export function joinSeries(parts: readonly LearningRateSeries[]): LearningRateSeries[] {
  const groups = [...new Set(parts.map(({ group }) => group))]
  return groups.map((group) => {
    const own = parts.filter((part) => part.group === group)
    const steps = own.flatMap((part) => part.steps)
    return thinned(
      changes(
        group,
        steps,
        own.flatMap(({ values }) => values),
      ),
    )
  })
}
