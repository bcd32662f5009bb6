/**
 * The record of a run: plain data, made of its events, enough for every comparison and report. Only the fields named
 * `seconds` differ between two runs of one experiment with one seed on one backend and machine.
 */
import { isList } from '../model/graph.js'
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/arm.js'
import { stringifyExactly } from '../numerics/json.js'
import type {
  EndEvent,
  EpochEvent,
  EvaluationEvent,
  HistogramsEvent,
  LearningRateSeries,
  Probe,
  QuantityName,
  RunEvent,
  StartEvent,
} from '../run/events.js'
import { judgedFigureOf } from '../run/judged.js'
import { joinSeries } from '../run/learning-rates.js'
import type { Measured } from '../task/metrics/metric.js'
import type { MetricFacts } from '../task/task.js'
import { totalElements } from '../tensor.js'

/** Version of the record's form. */
export const RECORD_SCHEMA = 'isograd.run/2'

/** One epoch. */
export type EpochRecord = Pick<EpochEvent, 'trainLoss' | 'penalty' | 'evaluations' | 'seconds' | 'steps'>

/** A layer of the model, for summaries. */
export interface LayerRecord {
  readonly name: string
  readonly kind: string
  /** Names of the layers and inputs that feed it; only where the model is no plain list. */
  readonly inputs?: readonly string[]
  /** Name of the function that it applies to every element. */
  readonly activation?: string
  /** Shape of its output for one sample. */
  readonly outputShape: readonly number[]
  /** Numbers of it that are trained. */
  readonly parameters: number
  /** True when depth is counted by it. */
  readonly isDepth: boolean
}

/** One quantity of one layer over the probed steps. */
export interface ProbeSeries extends Omit<Probe, 'values'> {
  /** The steps that were probed. */
  readonly steps: readonly number[]
  /** The values of each step, one step after the other; as many of each. */
  readonly values: readonly number[]
}

/** Histograms of one probed step. */
export type HistogramsRecord = Omit<HistogramsEvent, 'type'>

/**
 * The part that rounding alone has in the first steps of a training, measured on the reference beside the same with every
 * operation moved by a rounding at random: the furthest of several.
 */
export interface RoundingRecord {
  /** L2 norm of the change of a parameter's gradient, where it is probed first. */
  readonly gradients: readonly {
    readonly layer: string
    /** Name of the parameter in its layer. */
    readonly parameter: string
    /** The norm. */
    readonly value: number
  }[]
  /** Change of the loss of each of the first steps. */
  readonly losses: readonly number[]
  /** Change of the losses that are evaluated at the end of an epoch. */
  readonly evaluations?: readonly {
    /** Steps that were trained by then. */
    readonly after: number
    /** The table that it is of. */
    readonly table: string
    /** The change. */
    readonly value: number
  }[]
}

/** Fields that a record takes over from the start of a run as they are. */
type StartFacts = Omit<StartEvent, 'type' | 'spec' | 'layers' | 'stepsPerEpoch'>

/** Fields that it takes over from its end. */
type EndFacts = Pick<EndEvent, 'seconds' | 'chosenEpoch' | 'finals'>

/** One run. */
export interface RunRecord extends StartFacts, EndFacts {
  readonly schema: typeof RECORD_SCHEMA
  readonly seed: number
  readonly precision: 'float32' | 'float64'
  readonly experiment: ArmSpec
  /** The layers, first to last. */
  readonly layers: readonly LayerRecord[]
  /** The end of the training. */
  readonly end: Pick<EndEvent, 'reason' | 'stopped' | 'nonFinite'>
  /** The epochs in their order. */
  readonly epochs: readonly EpochRecord[]
  /** The probed quantities, each with its values by step. */
  readonly probes: readonly ProbeSeries[]
  readonly histograms?: readonly HistogramsRecord[]
  /** Loss of every step before its update. */
  readonly losses: readonly number[]
  /** The penalty on the parameters before every update, where they are regularized. */
  readonly penalties?: readonly number[]
  /** The metric that judges on every step's batch before its update, when the experiment asks for it. */
  readonly stepMetric?: readonly number[]
  /** The learning rate of each parameter group where it changes, about 500 points at most; absent where it never does. */
  readonly learningRates?: readonly LearningRateSeries[]
  /** Evaluations within epochs, when the experiment asks for them. */
  readonly evaluations?: readonly Omit<EvaluationEvent, 'type'>[]
  /** The part of rounding in the first steps; measured where runs are further apart than most are. */
  readonly rounding?: RoundingRecord
  /** SHA-256 of the files beside a record on a disk, by name. */
  readonly files?: Readonly<Record<string, string>>
}

function layerRecords(start: StartEvent): LayerRecord[] {
  const inner = new Set(start.layers.flatMap(({ children }) => children))
  const isPlain = isList(start.layers.filter((layer) => !inner.has(layer)))
  return start.layers.map(({ name, kind, inputs, activation, isDepth, outputShape, parameters }) => ({
    name,
    kind,
    ...(!isPlain && { inputs }),
    ...(activation === undefined ? {} : { activation: activation.spec.type }),
    outputShape,
    parameters: totalElements(parameters),
    isDepth: isDepth === true,
  }))
}

function eventsOf<K extends RunEvent['type']>(events: readonly RunEvent[], type: K): Extract<RunEvent, { type: K }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: K }> => event.type === type)
}

/** Probes of many steps as one series for each thing that was looked at, in the order in which they first came. */
export function seriesOf(
  probed: readonly { readonly step: number; readonly probes: readonly Probe[] }[],
): ProbeSeries[] {
  const series = new Map<string, ProbeSeries & { steps: number[]; values: number[] }>()
  for (const { step, probes } of probed) {
    for (const { values, ...probe } of probes) {
      const key = JSON.stringify([probe.quantity, probe.layer, probe.parameter])
      const known = series.get(key) ?? { ...probe, steps: [], values: [] }
      known.steps.push(step)
      known.values.push(...values)
      series.set(key, known)
    }
  }
  return [...series.values()]
}

/** The fields that only some experiments ask for. */
function optionalFields(events: readonly RunEvent[]) {
  const penalties = eventsOf(events, 'steps').flatMap((event) => event.penalties ?? [])
  const stepMetric = eventsOf(events, 'steps').flatMap(({ metric }) => metric)
  const learningRates = joinSeries(eventsOf(events, 'steps').flatMap((event) => event.learningRates ?? []))
  const evaluations = eventsOf(events, 'evaluation').map(({ step, evaluation }) => ({ step, evaluation }))
  const histograms = eventsOf(events, 'histograms').map(({ step, weights, gradients, inputs }) => ({
    step,
    weights,
    gradients,
    inputs,
  }))
  return {
    ...(histograms.length > 0 && { histograms }),
    ...(penalties.length > 0 && { penalties }),
    ...(stepMetric.length > 0 && { stepMetric }),
    ...(learningRates.length > 0 && { learningRates }),
    ...(evaluations.length > 0 && { evaluations }),
  }
}

/** The reason of the end, with what belongs to it. */
function endOf({ reason, stopped, nonFinite }: EndEvent): RunRecord['end'] {
  return { reason, ...(stopped && { stopped }), ...(nonFinite && { nonFinite }) }
}

/** The record of a finished run. @throws InputError when the events are not those of a whole run. */
export function recordOf(events: readonly RunEvent[]): RunRecord {
  const [start] = eventsOf(events, 'start')
  const end: EndEvent | undefined = eventsOf(events, 'end').at(-1)
  if (start === undefined || end === undefined) {
    throw new InputError('core', 'record: expected the events of a run from start to end')
  }
  return {
    schema: RECORD_SCHEMA,
    preset: start.preset,
    arm: start.arm,
    backend: start.backend,
    backendInfo: start.backendInfo,
    modules: start.modules,
    seed: start.spec.seed,
    precision: start.spec.precision,
    experiment: start.spec,
    dataset: start.dataset,
    metrics: start.metrics,
    ...(start.judgedBy === undefined ? {} : { judgedBy: start.judgedBy }),
    judgedOn: start.judgedOn,
    layers: layerRecords(start),
    updatesPerStep: start.updatesPerStep,
    steps: start.steps,
    end: endOf(end),
    seconds: end.seconds,
    chosenEpoch: end.chosenEpoch,
    finals: end.finals,
    epochs: eventsOf(events, 'epoch').map(({ trainLoss, penalty, evaluations, seconds, steps }) => ({
      trainLoss,
      ...(penalty === undefined ? {} : { penalty }),
      evaluations,
      seconds,
      ...(steps === undefined ? {} : { steps }),
    })),
    probes: seriesOf(eventsOf(events, 'probes')),
    losses: eventsOf(events, 'steps').flatMap(({ losses }) => losses),
    ...optionalFields(events),
  }
}

/** JSON text of a document on several lines, in which every number comes back as it was. */
export function stringifyDocument(value: unknown): string {
  return `${stringifyExactly(value, 2)}\n`
}

/** The number that a run is judged by, on the table that it is judged on. @throws InputError when it is not there. */
export function finalOf(record: RunRecord): Measured {
  const { finals, judgedOn } = record
  const final = finals[judgedOn]
  if (final === undefined) throw new InputError('core', `record: finals: expected the table "${judgedOn}", got none`)
  return judgedFigureOf(record, final)
}

/** Label, format and direction of what a run is judged by. */
export function judgedFacts({ judgedBy, metrics }: Pick<RunRecord, 'judgedBy' | 'metrics'>): MetricFacts {
  const facts = judgedBy === undefined ? undefined : metrics[judgedBy]
  return facts ?? { label: 'loss', format: 'number', better: 'smaller' }
}

/** The series of a quantity, in the order of the layers. */
export function probeSeries({ probes }: RunRecord, quantity: QuantityName): readonly ProbeSeries[] {
  return probes.filter((series) => series.quantity === quantity)
}

/** The values of one series at one of its probes; negative counts from the last. */
export function valuesAt({ steps, values }: ProbeSeries, probe: number): readonly number[] {
  const at = probe < 0 ? steps.length + probe : probe
  const width = values.length / steps.length
  return values.slice(at * width, (at + 1) * width)
}

/** A single number of each layer's parameter at one of the probed steps. */
export interface ProbedNumber {
  readonly layer: string
  readonly parameter: string
  readonly step: number
  readonly value: number
}

/** A quantity of single numbers at one of the probed steps, in the order of the layers; negative counts from the last. */
export function probedNumbers(record: RunRecord, quantity: QuantityName, probe: number): ProbedNumber[] {
  return probeSeries(record, quantity).flatMap((series) => {
    const [value] = valuesAt(series, probe)
    const step = series.steps.at(probe)
    if (value === undefined || step === undefined) return []
    return [{ layer: series.layer, parameter: series.parameter ?? '', step, value }]
  })
}
