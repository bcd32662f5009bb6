/**
 * The probes of a step: the gradients of its batch before the update, how far the update moved the
 * weights, and histograms and what else is looked at where an experiment asks for them. Nothing here changes what is trained.
 */
import { histogramOf } from '../numerics/histogram.js'
import { l2Distance, l2Norm } from '../numerics/norms.js'
import { activationLayers } from '../model/model.js'
import type { CompiledPlan } from '../plan/compiled.js'
import { probedData } from '../plan/looks/data.js'
import { looksOf } from '../plan/looks/index.js'
import { names } from '../plan/names.js'
import type { Role, Stretch, TrainingPlan } from '../plan/plan.js'
import type { Tensor, TensorMap } from '../tensor.js'
import type { HistogramsEvent, Probe, ProbesEvent } from './events.js'

function histogramsOf({ model }: TrainingPlan, step: number, carry: TensorMap, ys: TensorMap): HistogramsEvent {
  const parameters = model.parameters.map(({ name }) => name)
  const layers = activationLayers(model).map(({ name }) => name)
  return {
    type: 'histograms',
    step,
    weights: parameters.map((name) => histogramOf(name, probedData(carry[name]))),
    gradients: parameters.map((name) => histogramOf(name, probedData(ys[names.gradient(name)]))),
    inputs: layers.map((name) => histogramOf(name, probedData(ys[names.layerInput(name)]))),
  }
}

function gradientNorms({ model }: TrainingPlan, ys: TensorMap): Probe[] {
  return model.parameters.map(({ name, layer, role }) => ({
    quantity: 'gradientNorm',
    layer,
    parameter: role,
    axes: [],
    values: [l2Norm(probedData(ys[names.gradient(name)]))],
  }))
}

/** The ratios of a step's update to the weights, by layer: from the weights in `carry` to those that it leaves. */
export function updateRatios(
  { model }: TrainingPlan,
  step: number,
  carry: TensorMap,
  after: (weight: string) => Tensor | undefined,
): ProbesEvent {
  const weights = model.parameters.filter(({ role }) => role === 'weight')
  const probes = weights.map(({ name, layer, role }): Probe => {
    const [from, to] = [probedData(carry[name]), probedData(after(name))]
    return { quantity: 'updateRatio', layer, parameter: role, axes: [], values: [l2Distance(from, to) / l2Norm(from)] }
  })
  return { type: 'probes', step, probes }
}

/** The role of the program that probes. */
export const probeRole = ({ updatesInProgram }: TrainingPlan): Role => (updatesInProgram ? 'probe' : 'gradients')

/** The outputs of a probe's program for one step. An optimizer on the host has no update in a program. */
export async function scanProbe(compiled: CompiledPlan, carry: TensorMap, stretch: Stretch): Promise<TensorMap> {
  const { plan } = compiled
  const role = probeRole(plan)
  return (await compiled.scan(role, plan.carryFor(role, carry), stretch, plan.updatesInProgram ? carry : {})).ys
}

/**
 * Gradient norms for the batch of one step, a stretch, at the parameters in `carry`; how far the step's update moves the weights, but for an
 * optimizer that shows it in the carry alone; and what else is wanted.
 */
export async function probeStep(
  compiled: CompiledPlan,
  carry: TensorMap,
  stretch: Stretch,
): Promise<(ProbesEvent | HistogramsEvent)[]> {
  const { plan } = compiled
  const { first: step } = stretch
  const ys = await scanProbe(compiled, carry, stretch)
  const probes = [...gradientNorms(plan, ys), ...looksOf(plan.arm.probes).flatMap((look) => look.read(plan.model, ys))]
  const histograms = plan.arm.probes.histograms ? [histogramsOf(plan, step, carry, ys)] : []
  const updates = plan.updatesInProgram ? [updateRatios(plan, step, carry, (name) => ys[names.updated(name)])] : []
  return [{ type: 'probes', step, probes }, ...histograms, ...updates]
}
