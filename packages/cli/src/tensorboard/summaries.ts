/** What of a run's events goes to TensorBoard, and under which tags. Tags with one head are one section there. */
import type { RunEvent } from '@isograd/core'
import type { Summary } from './event-record.js'

/** Values at a step, counted from 0. */
export interface StepSummaries {
  readonly step: number
  readonly summaries: readonly Summary[]
}

function scalar(tag: string, value: number): Summary {
  return { tag, scalar: value }
}

type Steps = Extract<RunEvent, { type: 'steps' }>
type Epoch = Extract<RunEvent, { type: 'epoch' }>

function stepSummaries({ first, losses, accuracies }: Steps): StepSummaries[] {
  return losses.map((loss, i) => {
    const accuracy = accuracies[i]
    const batch = accuracy === undefined ? [] : [scalar('accuracy/batch', accuracy)]
    return { step: first + i, summaries: [scalar('loss/train', loss), ...batch] }
  })
}

function epochSummaries({ test, validation, seconds }: Epoch): Summary[] {
  const validated =
    validation === undefined
      ? []
      : [scalar('loss/validation', validation.loss), scalar('accuracy/validation', validation.accuracy)]
  return [
    scalar('loss/test', test.loss),
    scalar('accuracy/test', test.accuracy),
    ...validated,
    scalar('seconds/epoch', seconds),
  ]
}

type Units = Extract<RunEvent, { type: 'units' }>

function unitSummaries({ layers }: Units): Summary[] {
  return layers.flatMap(({ name, dead, saturated }) => [
    ...(dead === undefined ? [] : [scalar(`dead units/${name}`, dead)]),
    ...(saturated === undefined ? [] : [scalar(`saturated outputs/${name}`, saturated)]),
  ])
}

type Histograms = Extract<RunEvent, { type: 'histograms' }>

function histogramSummaries({ weights, gradients, preActivations }: Histograms): Summary[] {
  return [
    ...weights.map((histogram): Summary => ({ tag: `weights/${histogram.name}`, histogram })),
    ...gradients.map((histogram): Summary => ({ tag: `gradients/${histogram.name}`, histogram })),
    ...preActivations.map((histogram): Summary => ({ tag: `pre-activations/${histogram.name}`, histogram })),
  ]
}

type Gradients = Extract<RunEvent, { type: 'gradients' }>

function normSummaries({ layers }: Gradients): Summary[] {
  return layers.map(({ name, weight }) => scalar(`gradient norm/${name}`, weight))
}

/** The values of an event. `stepsPerEpoch` says at which step an epoch ends. */
export function summariesOf(event: RunEvent, stepsPerEpoch: number): StepSummaries[] {
  switch (event.type) {
    case 'steps':
      return stepSummaries(event)
    case 'gradients':
      return [{ step: event.step, summaries: normSummaries(event) }]
    case 'updates':
      return [
        {
          step: event.step,
          summaries: event.layers.map(({ name, weight }) => scalar(`update to weight/${name}`, weight)),
        },
      ]
    case 'histograms':
      return [{ step: event.step, summaries: histogramSummaries(event) }]
    case 'units':
      return [{ step: event.step, summaries: unitSummaries(event) }]
    case 'evaluation':
      return [
        {
          step: event.step,
          summaries: [scalar('loss/test', event.test.loss), scalar('accuracy/test', event.test.accuracy)],
        },
      ]
    case 'epoch':
      return [{ step: (event.epoch + 1) * stepsPerEpoch, summaries: epochSummaries(event) }]
    default:
      return []
  }
}
