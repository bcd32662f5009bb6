/**
 * The record of a run: plain data, made of its events, enough for every comparison and report. Only the fields named
 * `seconds` differ between two runs of one experiment with one seed on one backend and machine.
 */
import type { BackendInfo } from '../backend/contract.js'
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/schema.js'
import type { Histogram } from '../numerics/histogram.js'
import type { EndEvent, EpochEvent, LayerGradientNorm, LayerUnits, LayerUpdateRatio, RunEvent, StartEvent } from '../run/events.js'
import { elementCount } from '../tensor.js'

/** Version of the record's form. */
export const RECORD_SCHEMA = 'isograd.run/1'

/** One epoch. Accuracies are fractions of 1. */
export interface EpochRecord {
  readonly trainLoss: number
  readonly testLoss: number
  readonly testAccuracy: number
  readonly validationLoss?: number
  readonly validationAccuracy?: number
  readonly seconds: number
}

/** A layer of the model, for summaries. */
export interface LayerRecord {
  readonly name: string
  readonly kind: string
  readonly activation?: string
  readonly outputShape: readonly number[]
  readonly parameters: number
}

/** Histograms of one probed step. */
export interface HistogramsRecord {
  readonly step: number
  readonly weights: readonly Histogram[]
  readonly gradients: readonly Histogram[]
  readonly preActivations: readonly Histogram[]
}

/** One run. */
export interface RunRecord {
  readonly schema: typeof RECORD_SCHEMA
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly backendInfo: BackendInfo
  readonly seed: number
  readonly precision: 'float32' | 'float64'
  readonly experiment: ArmSpec
  readonly dataset: StartEvent['dataset']
  readonly layers: readonly LayerRecord[]
  readonly steps: number
  readonly seconds: number
  /** Of the chosen epoch. */
  readonly testAccuracy: number
  readonly testLoss: number
  /** The epoch that counts, from 0: the best on the validation rows, or the last. */
  readonly chosenEpoch: number
  /** Accuracies of the chosen epoch on both scales of pixels, when the experiment tests on raw ones. */
  readonly testAccuracyByScale?: { readonly unit: number; readonly raw: number }
  readonly epochs: readonly EpochRecord[]
  readonly gradientNorms: readonly { readonly step: number; readonly layers: readonly LayerGradientNorm[] }[]
  /** How far the probed steps moved the weights of each layer, relative to them. */
  readonly updateRatios?: readonly { readonly step: number; readonly layers: readonly LayerUpdateRatio[] }[]
  /** At the probed steps, when the experiment asks for them. */
  readonly histograms?: readonly HistogramsRecord[]
  /** Dead and saturated units before the first step and after the last. */
  readonly units: readonly { readonly step: number; readonly layers: readonly LayerUnits[] }[]
  /** Loss of every step before its update. */
  readonly losses: readonly number[]
  /** Accuracy on every step's batch before its update, when the experiment asks for it. */
  readonly trainAccuracies?: readonly number[]
  /** Evaluations of the test set within epochs, when the experiment asks for them. */
  readonly evaluations?: readonly { readonly step: number; readonly testLoss: number; readonly testAccuracy: number }[]
}

function layerRecords(start: StartEvent): LayerRecord[] {
  return start.layers.map(({ name, spec, outputShape, parameters }) => ({
    name,
    kind: spec.type,
    ...(spec.type === 'activation' && spec.function !== undefined ? { activation: spec.function.type } : {}),
    outputShape,
    parameters: parameters.reduce((total, { shape }) => total + elementCount(shape), 0),
  }))
}

function eventsOf<K extends RunEvent['type']>(events: readonly RunEvent[], type: K): Extract<RunEvent, { type: K }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: K }> => event.type === type)
}

function epochRecord({ trainLoss, test, validation, seconds }: EpochEvent): EpochRecord {
  const validated =
    validation === undefined ? {} : { validationLoss: validation.loss, validationAccuracy: validation.accuracy }
  return { trainLoss, testLoss: test.loss, testAccuracy: test.accuracy, ...validated, seconds }
}

/** The fields that only some experiments ask for. */
function optionalFields(events: readonly RunEvent[], end: EndEvent) {
  const trainAccuracies = eventsOf(events, 'steps').flatMap((event) => event.accuracies)
  const evaluations = eventsOf(events, 'evaluation').map(({ step, test }) => ({
    step,
    testLoss: test.loss,
    testAccuracy: test.accuracy,
  }))
  const updateRatios = eventsOf(events, 'updates').map(({ step, layers }) => ({ step, layers }))
  const histograms = eventsOf(events, 'histograms').map(({ step, weights, gradients, preActivations }) => ({
    step,
    weights,
    gradients,
    preActivations,
  }))
  return {
    ...(updateRatios.length > 0 && { updateRatios }),
    ...(histograms.length > 0 && { histograms }),
    ...(end.scales && { testAccuracyByScale: { unit: end.scales.unit.accuracy, raw: end.scales.raw.accuracy } }),
    ...(trainAccuracies.length > 0 && { trainAccuracies }),
    ...(evaluations.length > 0 && { evaluations }),
  }
}

/** The record of a finished run. @throws InputError when the events are not those of a whole run. */
export function recordOf(events: readonly RunEvent[]): RunRecord {
  const [start] = eventsOf(events, 'start')
  const [end] = eventsOf(events, 'end')
  const epochs = eventsOf(events, 'epoch')
  const chosen = epochs.find(({ epoch }) => epoch === end?.chosenEpoch)
  if (start === undefined || end === undefined || chosen === undefined) {
    throw new InputError('core', 'record: expected the events of a run from start to end')
  }
  return {
    schema: RECORD_SCHEMA,
    preset: start.preset,
    arm: start.arm,
    backend: start.backend,
    backendInfo: start.backendInfo,
    seed: start.spec.seed,
    precision: start.spec.precision,
    experiment: start.spec,
    dataset: start.dataset,
    layers: layerRecords(start),
    steps: start.steps,
    seconds: end.seconds,
    testAccuracy: chosen.test.accuracy,
    testLoss: chosen.test.loss,
    chosenEpoch: end.chosenEpoch,
    epochs: epochs.map(epochRecord),
    gradientNorms: eventsOf(events, 'gradients').map(({ step, layers }) => ({ step, layers })),
    units: eventsOf(events, 'units').map(({ step, layers }) => ({ step, layers })),
    losses: eventsOf(events, 'steps').flatMap((event) => event.losses),
    ...optionalFields(events, end),
  }
}

function encodeNonFinite(_: string, item: unknown): unknown {
  return typeof item === 'number' && !Number.isFinite(item) ? String(item) : item
}

/** JSON text in which NaN and infinities, which JSON lacks, stand as the strings "NaN", "Infinity", "-Infinity". */
export function stringifyRecord(value: unknown): string {
  return `${JSON.stringify(value, encodeNonFinite, 2)}\n`
}
