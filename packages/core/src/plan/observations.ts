/** Outputs of programs beside loss and gradients: metrics, and what is probed in layers. */
import type { Builder, Value } from '../ir/builder.js'
import type { UnitTrait } from '../model/activations/activation.js'
import { activationLayers } from '../model/model.js'
import { type Metric, metricsOf, type Task } from '../task/task.js'
import { valuesOf } from './looks/data.js'
import { looksOf } from './looks/index.js'
import { names } from './names.js'
import { type ForwardPass, type GradientPass, judgedOf, type ProgramSource, type Values } from './passes.js'

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

/** The probes of a step beside gradients, where the experiment asks for it. */
export function probeOutputs(b: Builder, { arm: { probes }, model }: ProgramSource, pass: GradientPass): Values {
  const { gradientOf } = pass
  return {
    ...(probes.histograms ? valuesOf(activationLayers(model), pass.inputs, names.layerInput) : {}),
    ...(Object.assign({}, ...looksOf(probes).map((look) => look.emit(b, { model, pass, gradientOf }))) as Values),
  }
}

/** The values of a pass whose gradients the probes ask for. */
export function watchedValues({ arm: { probes } }: ProgramSource, pass: ForwardPass): readonly Value[] {
  return looksOf(probes).flatMap((look) => look.watched?.(pass) ?? [])
}

/** The output that tells whether units of a layer are dead, or saturated. */
export function emitUnits(b: Builder, layer: string, output: Value, units: UnitTrait): [string, Value] {
  if (units.kind === 'dead') return [names.unitMaximum(layer), b.reduceMax(output, [0])]
  const { dtype } = output.type
  const distance = b.abs(b.sub(output, b.constant(units.middle, dtype)))
  const saturated = b.reduceSum(b.cast(b.greater(distance, b.constant(units.reach, dtype)), dtype))
  return [names.saturated(layer), saturated]
}
