/** Outputs of programs beside loss and gradients: metrics, and what is probed in layers. */
import type { Builder, Value } from '../ir/builder.js'
import { gradient } from '../ir/gradient.js'
import type { UnitTrait } from '../model/activations/activation.js'
import type { Layer } from '../model/layers/layer.js'
import type { Model } from '../model/model.js'
import { type Metric, metricsOf, type Task } from '../task/task.js'
import { names } from './names.js'
import { type ForwardPass, judgedOf, type ProgramSource, type Values } from './passes.js'

/** The outputs that metrics need of a batch: sums of scores, and the outputs themselves where one reads rows. */
export function metricOutputs(
  b: Builder,
  { arm, task }: ProgramSource,
  pass: ForwardPass,
  metrics: readonly Metric[],
): Values {
  const ofHeads = task.heads.map((head, i): Values => {
    const { output, target } = judgedOf(pass, i)
    const own = metrics.filter((metric) => head.metrics.includes(metric))
    const sums = own.flatMap(({ key, record, spec }): [string, Value][] => {
      if (record.reads !== 'sum' || target === undefined) return []
      const context = { b, output, target, targetType: head.targetType, settings: spec, precision: arm.precision }
      return [[names.metric(key), b.within({ stage: 'metric', layer: '' }, () => record.emit(context))]]
    })
    const readsRows = own.some(({ record }) => record.reads === 'rows')
    return { ...Object.fromEntries(sums), ...(readsRows ? { [names.ofHead('output', head.name)]: output } : {}) }
  })
  return Object.assign({}, ...ofHeads) as Values
}

/** The metric of each step's batch, where the experiment asks for it. */
export function stepMetrics(b: Builder, source: ProgramSource, pass: ForwardPass): Values {
  return source.arm.probes.trainMetric ? metricOutputs(b, source, pass, judgingMetrics(source.task)) : {}
}

/** The metric that judges, if there is one. */
export function judgingMetrics(task: Task): readonly Metric[] {
  return metricsOf(task).filter(({ key }) => key === task.judgedBy)
}

/** Layers that apply a function to every element: their inputs, outputs and slopes can be looked at. */
export function activationLayers({ allLayers }: Model): readonly Layer[] {
  return allLayers.filter(({ activation }) => activation !== undefined)
}

function valuesOf(layers: readonly Layer[], of: ReadonlyMap<string, Value>, name: (layer: string) => string): Values {
  return Object.fromEntries(
    layers.flatMap((layer) => {
      const value = of.get(layer.name)
      return value === undefined ? [] : [[name(layer.name), value]]
    }),
  )
}

/** Means over the batch of each unit's output and of the slope of its activation there. */
function emitDerivatives(b: Builder, { model }: ProgramSource, { inputs, outputs }: ForwardPass): Values {
  const ys: Record<string, Value> = {}
  for (const { name, activation } of activationLayers(model)) {
    const [input, output] = [inputs.get(name), outputs.get(name)]
    if (input === undefined || output === undefined || activation === undefined) continue
    b.within({ stage: 'metric', layer: name }, () => {
      const [slope] = gradient(b, b.reduceSum(output), [input], { wrt: 'metric', inner: 'metric' })
      const rows = b.size(output, 0, output.type.dtype === 'float64' ? 'float64' : 'float32')
      const mean = (value: Value): Value => b.div(b.reduceSum(value, [0]), rows)
      ys[names.layerOutput(name)] = mean(output)
      if (slope !== undefined) ys[names.derivative(name)] = mean(slope)
    })
  }
  return ys
}

/** The probes of a step beside gradients, where the experiment asks for it. */
export function probeOutputs(b: Builder, source: ProgramSource, pass: ForwardPass): Values {
  const { histograms, derivatives } = source.arm.probes
  return {
    ...(histograms ? valuesOf(activationLayers(source.model), pass.inputs, names.layerInput) : {}),
    ...(derivatives ? emitDerivatives(b, source, pass) : {}),
  }
}

/** The output that tells whether units of a layer are dead, or saturated. */
export function emitUnits(b: Builder, layer: string, output: Value, units: UnitTrait): [string, Value] {
  if (units.kind === 'dead') return [names.unitMaximum(layer), b.reduceMax(output, [0])]
  const { dtype } = output.type
  const distance = b.abs(b.sub(output, b.constant(units.middle, dtype)))
  const saturated = b.reduceSum(b.cast(b.greater(distance, b.constant(units.reach, dtype)), dtype))
  return [names.saturated(layer), saturated]
}
