/**
 * The probes of records as the page shows them: gradients, updates and units layer by layer, local derivatives, histograms.
 */
import {
  type Histogram,
  probeSeries,
  quantities,
  type QuantityFacts,
  type ProbeSeries,
  type QuantityName,
  type RunRecord,
  valuesAt,
} from '@isograd/core/compare'
import { idPart, unique } from '../fields.js'
import { average, sixDigits } from '../readings.js'

/** A number of a layer, or anything else that was looked at in it. */
export interface LayerReading<T = number> {
  readonly name: string
  readonly value: T
}

/** One probe of a run; its numbers are read only where the page has room for them. */
export interface Probe<T = number> {
  /** Counted from 0. */
  readonly step: number
  readonly read: () => readonly LayerReading<T>[]
}

/** A quantity over the layers of a network, at each probe. */
export interface DepthQuantity {
  readonly key: string
  readonly title: string
  readonly label: string
  readonly style: 'scientific' | 'percent'
  /** A probe is of a step, or of so many steps having been trained. */
  readonly framed: 'step' | 'trained'
  /** The word for what it is over, where that is no layers. */
  readonly over?: string
  /** Present where the page says in words what depth does to it. */
  readonly judged?: boolean
  readonly probes: (record: RunRecord) => readonly Probe[]
}

/** Series by probe: each with its mean over whatever its values are numbered by, or with its values where they are at most `most`. */
function probesOf(all: readonly ProbeSeries[], nameOf = ({ layer }: ProbeSeries): string => layer, most = 1): Probe[] {
  const readingsOf = (series: ProbeSeries, values: readonly number[]): LayerReading[] => {
    const name = nameOf(series)
    if (values.length === 1 || values.length > most) return [{ name, value: average(values) }]
    return values.map((value, i) => ({ name: `${name} ${series.axes.join(' ')} ${i + 1}`, value }))
  }
  const tracks = all.map((series) => ({ series, places: new Map(series.steps.map((step, i) => [step, i])) }))
  const steps = unique(all.flatMap((series) => series.steps)).toSorted((a, b) => a - b)
  const read = (step: number): LayerReading[] =>
    tracks.flatMap(({ series, places }) => {
      const place = places.get(step)
      return place === undefined ? [] : readingsOf(series, valuesAt(series, place))
    })
  return steps.map((step) => ({ step, read: () => read(step) }))
}

function parameterName({ layer, parameter = '' }: ProbeSeries): string {
  return `${layer}.${parameter}`
}

/** Series of the layers that depth is counted by, or of the others: a normalisation's parameters stand between them. */
function seriesOf(record: RunRecord, quantity: QuantityName, isDepth: boolean): ProbeSeries[] {
  const depth = new Set(record.layers.flatMap((layer) => (layer.isDepth ? [layer.name] : [])))
  return probeSeries(record, quantity).filter(({ layer }) => depth.has(layer) === isDepth)
}

/** Norms of the gradients of all parameters at each probe. */
export function gradientNorms(record: RunRecord): Probe[] {
  return probesOf(probeSeries(record, 'gradientNorm'), parameterName)
}

const gradient = { label: 'gradient norm', style: 'scientific', framed: 'step' } as const

/** The gradient of one parameter of each layer that depth is counted by; the first parameter's depth is put in words. */
function parameterQuantity(parameter: string | undefined, index: number): DepthQuantity {
  const name = parameter ?? 'parameters'
  const wanted = (series: ProbeSeries) => series.parameter === parameter
  const probes = (record: RunRecord) => probesOf(seriesOf(record, 'gradientNorm', true).filter(wanted))
  return {
    ...gradient,
    key: `gradient-${idPart(name)}`,
    title: `Gradient norm, ${name}`,
    judged: index === 0,
    probes,
  }
}

/** Probes of one series over its values. */
function valueProbes(series: ProbeSeries | undefined, nameOf: (index: number) => string): Probe[] {
  if (series === undefined) return []
  const read = (place: number): LayerReading[] =>
    valuesAt(series, place).map((value, i) => ({ name: nameOf(i + 1), value }))
  return series.steps.map((step, place) => ({ step, read: () => read(place) }))
}

/** The gradient of the states of a network's recurrent layer, over the steps of a sequence. */
function timeQuantity(index: number): DepthQuantity {
  const probes = (record: RunRecord): Probe[] =>
    valueProbes(probeSeries(record, 'stateGradient')[index], (t) => `t = ${t}`)
  const title = `Gradient through time${index === 0 ? '' : `, ${index + 1}`}`
  return { ...gradient, key: `time-${index + 1}`, title, over: 'step of the sequence', probes }
}

/** Gradients through time, of as many recurrent layers as any run was probed for; those that stand in the same place together. */
export function timeQuantities(records: readonly RunRecord[]): DepthQuantity[] {
  const most = Math.max(0, ...records.map((record) => probeSeries(record, 'stateGradient').length))
  return Array.from({ length: most }, (_, index) => timeQuantity(index))
}

/** The update ratios of a layer's weights. */
export const updateRatio: DepthQuantity = {
  ...gradient,
  key: 'update-ratio',
  title: 'Update-to-weight ratio',
  label: 'update / weight',
  probes: (record) => probesOf(seriesOf(record, 'updateRatio', true)),
}

const otherGradients: DepthQuantity = {
  ...gradient,
  key: 'other-gradients',
  title: 'Gradient norm of other layers',
  probes: (record) => probesOf(seriesOf(record, 'gradientNorm', false), parameterName),
}

/** Gradients and what they move, layer by layer. */
export function gradientQuantities(records: readonly RunRecord[]): DepthQuantity[] {
  const all = records.flatMap((record) => seriesOf(record, 'gradientNorm', true))
  const parameters = unique(all.map(({ parameter }) => parameter))
  return [...parameters.map(parameterQuantity), updateRatio, otherGradients]
}

function unitShare(key: 'dead' | 'saturated', title: string): DepthQuantity {
  const probes = (record: RunRecord) => probesOf(probeSeries(record, key))
  return { key, title, label: title.toLowerCase(), style: 'percent', framed: 'trained', probes }
}

/** Shares of units that do nothing, by activation layer. */
export const unitQuantities: readonly DepthQuantity[] = [
  unitShare('dead', 'Dead units'),
  unitShare('saturated', 'Saturated outputs'),
]

/** A quantity with what it is, in words. */
interface InsideQuantity extends DepthQuantity {
  readonly about: string
}

/** Gates or heads of a layer that are drawn one by one; of more their mean is. */
const MOST_APART = 8

function insideName({ layer, parameter }: ProbeSeries): string {
  return parameter === undefined ? layer : `${layer} ${parameter}`
}

function insideQuantity(key: QuantityName): InsideQuantity[] {
  const { title: label, about, shown }: QuantityFacts = quantities[key]
  if (shown === undefined) return []
  const { style, over } = shown
  const probes = (record: RunRecord): Probe[] => {
    const series = probeSeries(record, key)
    return over === undefined ? probesOf(series, insideName, MOST_APART) : valueProbes(series[0], String)
  }
  const title = label.replace(/^./, (letter) => letter.toUpperCase())
  return [{ key, title, label, about, style, framed: 'step', ...(over !== undefined && { over }), probes }]
}

/** Figures from inside layers, by gate or head or their means, or over the values of a network. */
export const insideQuantities: readonly InsideQuantity[] = (Object.keys(quantities) as QuantityName[]).flatMap(
  insideQuantity,
)

/** Sentences on those of them that any of the runs was probed for. */
export function insideSentences(records: readonly RunRecord[]): string {
  const present = insideQuantities.filter(({ probes }) => records.some((record) => probes(record).length > 0))
  return present.map(({ title, about }) => `${title}: ${about}.`).join(' ')
}

/** Output and local derivative of an activation layer, means over its units. */
export interface LocalDerivative {
  readonly layer: string
  readonly output: number | undefined
  readonly derivative: number
  /** Product of the derivatives from this layer to the last, the weights left out. */
  readonly product: number
}

/** Local derivatives by layer at the first probe. */
export function localDerivatives(record: RunRecord): LocalDerivative[] {
  const read = (quantity: QuantityName): readonly LayerReading[] =>
    probesOf(probeSeries(record, quantity))[0]?.read() ?? []
  const outputs = new Map(read('output').map(({ name, value }) => [name, value]))
  const derivatives = read('derivative')
  return derivatives.map(({ name, value }, i) => ({
    layer: name,
    output: outputs.get(name),
    derivative: value,
    product: derivatives.slice(i).reduceRight((product, each) => product * each.value, 1),
  }))
}

/** Numbers of a tensor, counted in bins of equal width from `min` to `max`. */
export interface Bins {
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Standard deviation. */
  readonly deviation: number
  readonly counts: readonly number[]
  /** Numbers that are in no bin, because they are not finite. */
  readonly notFinite: number
}

function binsOf({ min, max, sum, sumOfSquares, counts, notFinite }: Histogram): Bins {
  const count = counts.reduce((total, each) => total + each, 0)
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean))
  return { min, max, mean: sixDigits(mean), deviation: sixDigits(deviation), counts, notFinite }
}

/** Histograms of the inputs of activations, layer by layer, at each probe that has any. */
export function histogramProbes({ histograms = [] }: RunRecord): Probe<Bins>[] {
  const present = histograms.filter(({ inputs }) => inputs.length > 0)
  return present.map(({ step, inputs }) => ({
    step,
    read: () => inputs.map((each) => ({ name: each.name, value: binsOf(each) })),
  }))
}
