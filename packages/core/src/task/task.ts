/**
 * The task of an arm on a data set: its inputs, its heads, and the metric that judges. Names are resolved to records
 * here, once; whoever trains, evaluates, compares or draws asks the task and knows no kind of it.
 */
import { type Dataset, fieldOf } from '../data/dataset.js'
import { categoryNames, emitStored, type Field, isStoredAsSeen } from '../data/field.js'
import { FieldError, InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec } from '../registry/settings.js'
import type { FloatDType } from '../tensor.js'
import { emitLoss, type LossRecord } from './losses/loss.js'
import type { MetricFormat, MetricRecord, MetricTarget } from './metrics/metric.js'
import type { PredictionRule } from './predictions.js'
import type { TargetType } from './target.js'
import type { TaskRecord } from './tasks/task.js'
import { type ClassWeights, isWeightsField, type RowWeights, type WeightedMean, type Weighting } from './weights.js'

/** A column that a task is about. */
export interface NamedField {
  readonly name: string
  readonly field: Field
}

/** A metric with its settings, by the key that records have it under. */
export interface Metric {
  readonly key: string
  readonly record: MetricRecord
  readonly spec: Spec
  /** The head that it is of, where that is not the first. */
  readonly head?: string
}

/** Facts on a metric that need no record of it, for documents. */
export interface MetricFacts {
  /** The metric's name in running text. */
  readonly label: string
  /** The format of its value. */
  readonly format: MetricFormat
  /** The direction in which it improves. */
  readonly better: 'larger' | 'smaller'
}

/** The values of a batch that its loss is emitted from. */
export interface BatchOutputs {
  readonly output: Value
  readonly target: Value | undefined
  readonly weights: RowWeights | undefined
}

/** The name of the first head. */
export const FIRST_HEAD = 'output'

/** An output of the model: what it is to tell, and how that is judged. */
export interface Head {
  /** Of the first `output`; of others as the experiment names them. */
  readonly name: string
  /** The factor of its loss in the sum of all; 1 unless given. */
  readonly lossWeight?: number
  readonly target: NamedField | undefined
  readonly targetType: TargetType
  /** Numbers that the model must give; undefined: any. */
  readonly width: number | undefined
  readonly prediction: PredictionRule
  readonly lossName: string
  /** Emits the loss summed over the rows of a batch, each times its weight where rows have weights. */
  emitLoss(b: Builder, batch: BatchOutputs, precision: FloatDType): Value
  readonly metrics: readonly Metric[]
}

/** A task on data of a form. */
export interface Task {
  /** The name of its record. */
  readonly kind: string
  readonly inputs: readonly NamedField[]
  /** The first head, mostly the only one: what judges is told of it. */
  readonly head: Head
  /** All heads in order. */
  readonly heads: readonly Head[]
  /** The weights of rows in the loss; undefined: all count alike. */
  readonly weighting: Weighting | undefined
  /** Key of the metric that judges; undefined: the loss does. */
  readonly judgedBy: string | undefined
}

/** The part of a data set that a task depends on. */
export type DataForm = Pick<Dataset, 'name' | 'fields' | 'target'>

/** The part of an experiment that a head is made from. */
interface JudgedSpec {
  readonly task: Spec
  readonly loss: Spec
  readonly metrics: readonly Spec[]
}

/** A head beside the first, as an experiment has it. */
export interface HeadSpec extends JudgedSpec {
  /** The layer that gives it; that of its name unless given. */
  readonly layer?: string
  /** Factor of its loss in the sum of all. */
  readonly lossWeight: number
}

/** The part of an arm that a task is made from. */
export interface TaskSpec extends JudgedSpec {
  readonly heads?: Readonly<Record<string, HeadSpec>>
  readonly classWeights?: ClassWeights
  readonly weightedMean?: WeightedMean
}

/** The key of a metric in records: its name, and its settings where it has some. */
export function metricKey({ type, ...settings }: Spec): string {
  const values = Object.values(settings)
  return values.length === 0 ? type : `${type}(${values.map(String).join(',')})`
}

/** The same of a head: `size.meanAbsoluteError`; that of the first is the metric's own. */
export function headMetricKey(head: string, spec: Spec): string {
  return head === FIRST_HEAD ? metricKey(spec) : `${head}.${metricKey(spec)}`
}

/** Label, format and direction of a metric. */
export function metricFacts({ record, spec, head }: Metric): MetricFacts {
  const { format, better } = record
  const label = record.label(spec)
  return { label: head === undefined ? label : `${label} of ${head}`, format, better }
}

/** The metrics of all heads. */
export function metricsOf({ heads }: Pick<Task, 'heads'>): readonly Metric[] {
  return heads.flatMap(({ metrics }) => metrics)
}

/** The target that metrics hold outputs against. */
export function metricTarget({ target, targetType }: Pick<Head, 'target' | 'targetType'>): MetricTarget {
  const encoding = target?.field.encoding
  return { type: targetType, ...(encoding?.kind === 'category' && { names: categoryNames(encoding) }) }
}

/** @throws FieldError for a metric whose settings do not fit the outputs. */
function checkMetrics(head: Head, path: string): void {
  for (const [i, { record, spec }] of head.metrics.entries()) {
    const misfit = head.width === undefined ? undefined : record.misfit?.(spec, head.width, metricTarget(head))
    if (misfit === undefined) continue
    const { setting, expected, got } = misfit
    throw new FieldError(
      `${path}metrics[${i}]${setting === undefined ? '' : `.${setting}`}`,
      `expected ${expected}, got ${got}`,
    )
  }
}

/** The first loss that suits a target. */
export function defaultLoss({ losses }: Registry, type: TargetType): Spec {
  const found = Object.entries(losses).find(([, { suits }]) => suits.includes(type))
  if (found !== undefined) return { type: found[0] }
  throw new InputError('core', `loss: expected one that suits a target of the type "${type}", there is none`)
}

/** The metrics that are computed unless an experiment lists others. */
export function usualMetrics({ metrics }: Registry, type: TargetType): Spec[] {
  const found = Object.entries(metrics).filter(([, { suits, isUsual }]) => isUsual === true && suits.includes(type))
  return found.map(([name]) => ({ type: name }))
}

function describe({ dtype, shape, encoding }: Field): string {
  const size = shape.length === 0 ? '' : `[${shape.join(',')}]`
  return `${dtype}${size} with the encoding "${encoding.kind}"`
}

function targetFieldOf(record: TaskRecord, spec: Spec, data: DataForm, path: string) {
  if (record.targetType === 'none') return { target: undefined, width: undefined }
  const name = typeof spec['target'] === 'string' ? spec['target'] : data.target
  if (name === undefined) {
    throw new FieldError(path, `expected the name of a field; "${data.name}" has none of its own`)
  }
  const field = fieldOf(data, name, path)
  const width = record.width(field)
  if (width === undefined) {
    const got = `got "${name}", ${describe(field)}`
    throw new FieldError(path, `the task "${spec.type}" expects ${record.expects}, ${got}`)
  }
  return { target: { name, field }, width }
}

function weightingOf(
  { task, classWeights, weightedMean = 'weights' }: TaskSpec,
  data: DataForm,
): Weighting | undefined {
  const name = typeof task['weights'] === 'string' ? task['weights'] : undefined
  if (name === undefined) return classWeights && { samples: undefined, categories: classWeights, mean: weightedMean }
  const field = fieldOf(data, name, 'task.weights')
  if (isWeightsField(field)) return { samples: { name, field }, categories: classWeights, mean: weightedMean }
  throw new FieldError(
    'task.weights',
    `expected a field of numbers, one for each sample, got "${name}", ${describe(field)}`,
  )
}

function inputsOf(spec: Spec, data: DataForm, others: readonly (string | undefined)[]): NamedField[] {
  const listed = Array.isArray(spec['inputs']) ? spec['inputs'].map(String) : undefined
  const names = listed ?? Object.keys(data.fields).filter((name) => !others.includes(name))
  if (names.length === 0) throw new FieldError('task.inputs', `"${data.name}" has no field beside the target`)
  return names.map((name, i) => {
    const field = fieldOf(data, name, `task.inputs[${i}]`)
    if (names.indexOf(name) < i) {
      throw new FieldError(`task.inputs[${i}]`, `expected every field once, got "${name}" again`)
    }
    // Tokens of a sequence are told apart by a model's own weights.
    if (field.encoding.kind !== 'category' || field.shape.length > 0) return { name, field }
    const cure = 'give it the encoding "oneHot" or "ordinal" in data.fields, or list the inputs without it'
    throw new FieldError(`task.inputs[${i}]`, `expected a field of numbers, got "${name}", ${describe(field)}; ${cure}`)
  })
}

/** Numbers are told in the units of the field that they are told of. */
function inStoredUnits(rule: PredictionRule, target: NamedField | undefined): PredictionRule {
  if (rule.shows !== 'numbers' || target === undefined || isStoredAsSeen(target.field)) return rule
  return {
    shows: rule.shows,
    keras: rule.keras,
    emit: (b, output) => emitStored(b, target.field, rule.emit(b, output)),
  }
}

/** A head. @param name that of the experiment, or FIRST_HEAD. @throws FieldError when its target does not suit. */
function headOf(name: string, { task, loss, metrics }: JudgedSpec, data: DataForm, registry: Registry): Head {
  const isFirst = name === FIRST_HEAD
  const path = isFirst ? '' : `heads.${name}.`
  const record = recordOf(registry.tasks, task, 'task')
  const { target, width } = targetFieldOf(record, task, data, `${path}task.target`)
  const lossRecord: LossRecord = recordOf(registry.losses, loss, 'loss')
  const head: Head = {
    name,
    target,
    targetType: record.targetType,
    width,
    prediction: inStoredUnits(record.prediction, target),
    lossName: loss.type,
    emitLoss: (b, { weights, ...batch }, precision) =>
      emitLoss(lossRecord, { b, ...batch, settings: loss, precision }, weights),
    metrics: metrics.map((spec) => ({
      key: headMetricKey(name, spec),
      record: recordOf(registry.metrics, spec, 'metric'),
      spec,
      ...(!isFirst && { head: name }),
    })),
  }
  checkMetrics(head, path)
  return head
}

/** The task of an arm. @throws InputError when its fields are not there or of another kind. */
export function taskOf(asked: TaskSpec, data: DataForm, registry: Registry, judgedBy?: string): Task {
  const { task } = asked
  const head = headOf(FIRST_HEAD, asked, data, registry)
  const others = Object.entries(asked.heads ?? {}).map(([name, spec]): Head => ({
    ...headOf(name, spec, data, registry),
    lossWeight: spec.lossWeight,
  }))
  const heads = [head, ...others]
  const weighting = weightingOf(asked, data)
  const targets = heads.map(({ target }) => target?.name)
  return {
    kind: task.type,
    inputs: inputsOf(task, data, [...targets, data.target, weighting?.samples?.name]),
    head,
    heads,
    weighting,
    judgedBy: judgedBy ?? head.metrics[0]?.key,
  }
}
