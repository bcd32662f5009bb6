/** The first and the last event of a run: what is trained, and what came of it. */
import { evaluatedCarry, finalTensors, keptCarry } from '../plan/averages.js'
import { metricFacts, metricsOf } from '../task/task.js'
import { evaluateTable, noFigures } from './evaluation.js'
import type { EndEvent, Evaluation, StartEvent } from './events.js'
import type { NonFinitePlace } from './non-finite.js'
import type { Epochs, Run } from './run.js'

/** The start of a run: everything that is known before it trains. */
export function startEvent({ options, plan }: Run): StartEvent {
  const { dataset, task, arm, optimizer } = plan
  const { name, origin, digest, path, fields, target } = dataset
  const rows = Object.entries(plan.tables).map(([table, each]) => [table, each.rows.length])
  return {
    type: 'start',
    preset: arm.name,
    arm: plan.armName,
    spec: arm,
    backend: options.backend.name,
    backendInfo: options.backend.info,
    modules: plan.registry.modules,
    dataset: {
      name,
      origin,
      ...(digest === undefined ? {} : { digest }),
      ...(path === undefined ? {} : { path }),
      fields,
      ...(target === undefined ? {} : { target }),
      rows: Object.fromEntries(rows),
    },
    metrics: Object.fromEntries(metricsOf(task).map((metric) => [metric.key, metricFacts(metric)])),
    ...(task.judgedBy === undefined ? {} : { judgedBy: task.judgedBy }),
    judgedOn: plan.judgedOn,
    layers: plan.model.allLayers,
    updatesPerStep: optimizer.runs === 'host' ? optimizer.updates(arm.optimizer) : 1,
    stepsPerEpoch: plan.perEpoch,
    steps: plan.steps,
  }
}

/** The end of a run; what the chosen epoch was evaluated to here is not evaluated again. */
export async function endEvent(run: Run, epochs: Epochs): Promise<EndEvent> {
  const { compiled, plan, state } = run
  const { carry, best, seconds, epoch } = state
  const final = finalTensors(plan, best?.model ?? keptCarry(plan, carry))
  const chosenEpoch = best?.epoch ?? epoch - 1
  const finals: Record<string, Evaluation> = { ...epochs.get(chosenEpoch)?.evaluations }
  const validation = plan.tables['validation'] === undefined ? [] : ['validation']
  for (const table of [plan.judgedOn, ...validation, ...plan.otherTables]) {
    // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
    finals[table] ??= await evaluateTable(compiled, final.chosen, table)
  }
  const end =
    run.stop === undefined ? { reason: 'finished' as const } : { reason: 'stopped' as const, stopped: run.stop }
  const last = plan.arm.keep === 'both' ? { last: evaluatedCarry(plan, carry) } : {}
  return { type: 'end', ...end, seconds, carry, chosenEpoch, ...final, ...last, finals }
}

/**
 * The end of a run that left the finite numbers: the best epoch so far counts, where samples are held back; otherwise none
 * does, and what is left is the model before the step.
 */
export async function nonFiniteEndEvent(run: Run, place: NonFinitePlace, epochs: Epochs): Promise<EndEvent> {
  const { plan, state } = run
  const { seconds, epochSeconds, best, carry } = state
  const end = { reason: 'nonFinite', nonFinite: place, seconds: seconds + epochSeconds } as const
  if (best !== undefined) return { ...(await endEvent(run, epochs)), ...end }
  const final = finalTensors(plan, keptCarry(plan, carry))
  return { type: 'end', ...end, carry, chosenEpoch: -1, ...final, finals: { [plan.judgedOn]: noFigures(plan.task) } }
}
