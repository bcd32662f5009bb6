/** The values of a run's events for TensorBoard, under tags. Tags with one head are one section there. */
import type { RunEvent } from '@isograd/core'
import {
  type Evaluation,
  type EpochEvent,
  type Probe,
  quantities,
  type StartEvent,
  type StepsEvent,
} from '@isograd/core/compare'
import type { Hyperparameter, Summary } from './event-record.js'

/** Values at a step, counted from 0. */
export interface StepSummaries {
  readonly step: number
  readonly summaries: readonly Summary[]
}

function scalar(tag: string, value: number): Summary {
  return { tag, scalar: value }
}

/** The part of a run's start that its values are named and placed by. */
export interface RunFacts {
  readonly judgedBy?: string
  readonly judgedOn: string
  readonly stepsPerEpoch: number
}

/** The learning rates of some steps where they change, under the group where there are several. */
function rateSummaries({ learningRates = [] }: StepsEvent): StepSummaries[] {
  const tag = (group: string): string => (learningRates.length === 1 ? 'learning rate' : `learning rate/${group}`)
  return learningRates.flatMap(({ group, steps, values }) =>
    steps.map((step, i) => ({ step, summaries: [scalar(tag(group), Number(values[i]))] })),
  )
}

function stepSummaries({ first, losses, penalties, metric }: StepsEvent, { judgedBy }: RunFacts): StepSummaries[] {
  return losses.map((loss, i) => {
    const value = metric[i]
    const batch = value === undefined || judgedBy === undefined ? [] : [scalar(`${judgedBy}/batch`, value)]
    const penalty = penalties?.[i]
    const added = penalty === undefined ? [] : [scalar('penalty/train', penalty)]
    return { step: first + i, summaries: [scalar('loss/train', loss), ...added, ...batch] }
  })
}

/** A step's loss is under `loss/train` already. */
function sectionOf(table: string): string {
  return table === 'train' ? 'train after' : table
}

function evaluationSummaries(table: string, { loss, metrics }: Evaluation): Summary[] {
  const section = sectionOf(table)
  const values = Object.entries(metrics).map(([key, { value }]) => scalar(`${key}/${section}`, value))
  return [scalar(`loss/${section}`, loss), ...values]
}

function epochSummaries({ evaluations, seconds }: EpochEvent): Summary[] {
  const evaluated = Object.entries(evaluations).flatMap(([table, each]) => evaluationSummaries(table, each))
  return [...evaluated, scalar('seconds/epoch', seconds)]
}

/** A single number under the name of its layer, with the parameter where that is not the weight; of several, their mean. */
function probeSummary({ quantity, layer, parameter = 'weight', values }: Probe): Summary {
  const name = parameter === 'weight' ? layer : `${layer}.${parameter}`
  return scalar(`${quantities[quantity].title}/${name}`, values.reduce((sum, value) => sum + value, 0) / values.length)
}

type Histograms = Extract<RunEvent, { type: 'histograms' }>

function histogramSummaries({ weights, gradients, inputs }: Histograms): Summary[] {
  const under = (section: string, histograms: Histograms['weights']): Summary[] =>
    histograms.map((histogram) => ({ tag: `${section}/${histogram.name}`, histogram }))
  return [...under('weights', weights), ...under('gradients', gradients), ...under('pre-activations', inputs)]
}

/** Settings with their paths, such as `optimizer.learningRate`; lists as JSON. */
function settingsOf(value: unknown, path: string): [string, Hyperparameter][] {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, each]) => settingsOf(each, path === '' ? key : `${path}.${key}`))
}

function startSummaries({ spec, arm, backend }: StartEvent): Summary[] {
  const { name, description = '', $schema: _, ...settings } = spec
  const all = [['arm', arm] as const, ['backend', backend] as const, ...settingsOf(settings, '')]
  const text = `**${name}, ${arm}, on ${backend}**\n\n${description}\n\n\`\`\`json\n${JSON.stringify(spec, undefined, 2)}\n\`\`\``
  return [
    { tag: '_hparams_/session_start_info', hyperparameters: Object.fromEntries(all) },
    { tag: 'experiment', text },
  ]
}

/** The values of an event. */
export function summariesOf(event: RunEvent, facts: RunFacts): StepSummaries[] {
  switch (event.type) {
    case 'start':
      return [{ step: 0, summaries: startSummaries(event) }]
    case 'steps':
      return [...stepSummaries(event, facts), ...rateSummaries(event)]
    case 'probes':
      return [{ step: event.step, summaries: event.probes.map(probeSummary) }]
    case 'histograms':
      return [{ step: event.step, summaries: histogramSummaries(event) }]
    case 'evaluation':
      return [{ step: event.step, summaries: evaluationSummaries(facts.judgedOn, event.evaluation) }]
    case 'epoch':
      return [{ step: (event.epoch + 1) * facts.stepsPerEpoch, summaries: epochSummaries(event) }]
    default:
      return []
  }
}
