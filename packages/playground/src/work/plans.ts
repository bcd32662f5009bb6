/** From the text of an experiment to plans of its arms on data that are drawn here, within what a tab can hold. */
import { type Experiment, InputError, parseExperiment, planFor, type TrainingPlan } from '@isograd/core'
import { elementCount, totalElements } from '@isograd/core/backend'
import { type Dataset, drawnDataset } from '@isograd/core/data'
import { concreteShape } from '@isograd/core/ir'
import { thrownText } from '@isograd/core/text'
import { MOST_TEXT } from '../share.js'

/** An arm that can be trained. */
export interface PlannedArm {
  readonly name: string
  readonly plan: TrainingPlan
  readonly dataset: Dataset
}

/** Samples, weights, steps and numbers at once of an arm: a tab of a phone has memory for them, and a user the patience. */
const most = {
  samples: 20_000,
  weights: 5_000_000,
  steps: 100_000,
  'numbers of a batch in one operation': 50_000_000,
} as const

/** Arms of an experiment, as many as there are colours. */
const MOST_ARMS = 24

function parse(text: string): Experiment {
  if (text.length > MOST_TEXT) {
    const limit = MOST_TEXT.toLocaleString('en-US')
    throw new InputError('playground', `the experiment: expected at most ${limit} characters, got ${text.length}`)
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new InputError('playground', `the experiment: expected JSON: ${thrownText(error)}`, { cause: error })
  }
  return parseExperiment(document, { source: 'the experiment' })
}

function requireAtMost(arm: string, what: keyof typeof most, got: number, cure: string): void {
  if (got <= most[what]) return
  const [limit, count] = [most[what], got].map((number) => number.toLocaleString('en-US'))
  throw new InputError('playground', `arm "${arm}": expected at most ${limit} ${what} in a page, got ${count}; ${cure}`)
}

/** Numbers of the largest tensor of a training step. */
function largestIn(plan: TrainingPlan): number {
  const batch = Math.min(plan.batches.batchSize, plan.batches.samples)
  const sizes = plan.program(plan.stepRole).nodes.map(({ type }) => elementCount(concreteShape(type.shape, batch)))
  return sizes.reduce((largest, size) => Math.max(largest, size), 0)
}

/**
 * Plans every arm. @throws InputError for text that is no experiment, data that are not drawn, what does not fit together, and
 * what is too much for a page.
 */
export async function planAll(text: string): Promise<PlannedArm[]> {
  const { arms, registry } = parse(text)
  const { length: count } = Object.keys(arms)
  if (count > MOST_ARMS)
    throw new InputError('playground', `expected at most ${MOST_ARMS} arms in a page, got ${count}`)
  const drawn = new Map<string, Promise<Dataset>>()
  const planned: PlannedArm[] = []
  for (const [name, arm] of Object.entries(arms)) {
    const { limit = 0, testLimit = 0 } = arm.data
    requireAtMost(name, 'samples', Math.max(limit, testLimit), 'lower data.limit and data.testLimit')
    const key = JSON.stringify(arm.data)
    const data = drawn.get(key) ?? drawnDataset(arm, registry)
    drawn.set(key, data)
    // oxlint-disable-next-line no-await-in-loop -- the first arm that does not fit is named
    const dataset = await data
    const plan = planFor({ armName: name, arm, dataset, registry })
    const weights = totalElements(plan.model.parameters)
    requireAtMost(name, 'weights', weights, 'make layers smaller')
    requireAtMost(name, 'steps', plan.steps, 'lower epochs or data.limit')
    requireAtMost(
      name,
      'numbers of a batch in one operation',
      largestIn(plan),
      'lower batchSize, or make layers smaller',
    )
    planned.push({ name, plan, dataset })
  }
  return planned
}
