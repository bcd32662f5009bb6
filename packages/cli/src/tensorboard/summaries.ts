/** The values of a run's events for TensorBoard, under tags. Tags with one head are one section there. */
import type { RunEvent } from '@isograd/core'
import { batchMetric, layerNorms, metricName, metricOf } from '../documents/run-figures.js'
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

function stepSummaries(event: Steps): StepSummaries[] {
  return event.losses.map((loss, i) => {
    const metric = batchMetric(event, i)
    const batch = metric === undefined ? [] : [scalar(`${metricName}/batch`, metric)]
    return { step: event.first + i, summaries: [scalar('loss/train', loss), ...batch] }
  })
}

function evaluationSummaries(table: 'test' | 'validation', evaluation: Epoch['test']): Summary[] {
  return [scalar(`loss/${table}`, evaluation.loss), scalar(`${metricName}/${table}`, metricOf(evaluation))]
}

function epochSummaries({ test, validation, seconds }: Epoch): Summary[] {
  const validated = validation === undefined ? [] : evaluationSummaries('validation', validation)
  return [...evaluationSummaries('test', test), ...validated, scalar('seconds/epoch', seconds)]
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

function normSummaries(event: Gradients): Summary[] {
  return layerNorms(event).map(({ name, norm }) => scalar(`gradient norm/${name}`, norm))
}

type Updates = Extract<RunEvent, { type: 'updates' }>

function updateSummaries({ layers }: Updates): Summary[] {
  return layers.map(({ name, weight }) => scalar(`update to weight/${name}`, weight))
}

/** The values of an event. `stepsPerEpoch` says at which step an epoch ends. */
export function summariesOf(event: RunEvent, stepsPerEpoch: number): StepSummaries[] {
  switch (event.type) {
    case 'steps':
      return stepSummaries(event)
    case 'gradients':
      return [{ step: event.step, summaries: normSummaries(event) }]
    case 'updates':
      return [{ step: event.step, summaries: updateSummaries(event) }]
    case 'histograms':
      return [{ step: event.step, summaries: histogramSummaries(event) }]
    case 'units':
      return [{ step: event.step, summaries: unitSummaries(event) }]
    case 'evaluation':
      return [{ step: event.step, summaries: evaluationSummaries('test', event.test) }]
    case 'epoch':
      return [{ step: (event.epoch + 1) * stepsPerEpoch, summaries: epochSummaries(event) }]
    default:
      return []
  }
}
