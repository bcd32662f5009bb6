/** Training in tests: presets cut short, records, and the parameters at the end. */
import {
  type ArmSpec,
  builtins,
  findPreset,
  parseExperiment,
  recordOf,
  type RunEvent,
  type RunRecord,
  type TensorMap,
  train,
  TrainingPlan,
} from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { Dataset } from '@isograd/core/data'

/** An arm of a preset with changes, as the command's options make them. */
export function presetArm(preset: string, arm: string, overrides: Record<string, unknown> = {}): ArmSpec {
  const spec = parseExperiment(findPreset(preset), { overrides }).arms[arm]
  if (spec === undefined) throw new Error(`${preset} has no arm ${arm}`)
  return spec
}

/** A finished run. */
export interface Finished {
  readonly record: RunRecord
  readonly carry: TensorMap
}

/** Trains to the end. */
export async function trainWhole(backend: Backend, arm: ArmSpec, dataset: Dataset): Promise<Finished> {
  const events: RunEvent[] = []
  const plan = new TrainingPlan({ armName: 'arm', arm, dataset, registry: builtins })
  for await (const event of train({ backend, plan })) events.push(event)
  const end = events.find((event) => event.type === 'end')
  if (end === undefined) throw new Error('the run did not end')
  return { record: recordOf(events), carry: end.carry }
}
