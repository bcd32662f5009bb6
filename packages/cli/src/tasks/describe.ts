/** The task of describing an experiment before it is trained: layers, memory, and the time that a short stretch promises. */
import { selectArms, type TrainingPlan } from '@isograd/core'
import { totalElements } from '@isograd/core/backend'
import { withBackends } from '../backends/choose-backends.js'
import type { LoadedBackend } from '../backends/load.js'
import {
  type ArmDescription,
  DESCRIBE_SCHEMA,
  type DescribeDocument,
  type TimeEstimate,
} from '../documents/describe-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Datasets } from '../input/datasets.js'
import { nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { planArm } from '../input/plan-arm.js'
import { readSettings } from '../input/run-settings.js'
import { describeReport } from '../terminal/describe.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'
import { estimateTime } from '../training/estimate-time.js'

/** Describes a preset or a file. @throws Interruption, InputError, BackendError */
export async function describe(word: string, options: SharedValues): Promise<ExitStatus> {
  const settings = readSettings(options)
  const { overrides, dataDir, arms, backends: names, threads } = settings
  const registry = await loadRegistry(settings.use)
  const whole = await readExperiment(word, overrides, registry)
  const experiment = arms === undefined ? whole : selectArms(whole, arms)
  const precisions = Object.values(experiment.arms).map(({ precision }) => precision)
  return withStatusLine(options, async (line, signal) => {
    const { directory } = experiment
    const datasets = new Datasets({ registry, dataDir, directory, signal, onProgress: line.transfer })
    const planned = { experiment, source: nameOf(word), datasets }
    const choice = { names, options: threads === undefined ? {} : { threads }, precisions, note: line.note }
    const described = await withBackends(choice, async (backends) => {
      const found: ArmDescription[] = []
      for (const [name, arm] of Object.entries(experiment.arms)) {
        line.show(`measuring ${name}`)
        // oxlint-disable-next-line no-await-in-loop -- backends share the cores
        found.push(await describeArm((await planArm(planned, name, arm)).plan, backends, signal))
      }
      return found
    })
    line.clear()
    const { name, description } = experiment
    const document: DescribeDocument = { schema: DESCRIBE_SCHEMA, experiment: name, description, arms: described }
    printResult(options, document, (style) => describeReport(style, document))
    return exitStatus.ok
  })
}

function bytesOf(tensors: readonly { readonly data: ArrayBufferView }[]): number {
  return tensors.reduce((sum, { data }) => sum + data.byteLength, 0)
}

async function describeArm(
  plan: TrainingPlan,
  backends: readonly LoadedBackend[],
  signal: AbortSignal,
): Promise<ArmDescription> {
  const { arm, armName, model, dataset, steps, tables } = plan
  const isParameter = new Set(model.parameters.map(({ name }) => name))
  const carry = Object.entries(plan.initial)
  const layers = model.allLayers.map(({ name, kind, inputs, outputShape, parameters }) => ({
    name,
    kind,
    ...(model.isGraph && { inputs }),
    outputShape,
    parameters: totalElements(parameters),
  }))
  const columns = Object.values(dataset.splits).flatMap((table) => Object.values(table?.columns ?? {}))
  const times: TimeEstimate[] = []
  for (const { backend } of steps === 0 ? [] : backends) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the cores
    times.push(await estimateTime(plan, backend, signal))
  }
  return {
    arm: armName,
    data: {
      name: dataset.name,
      origin: dataset.origin,
      rows: Object.fromEntries(Object.entries(tables).map(([name, { rows }]) => [name, rows.length])),
    },
    layers,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    bytes: {
      parameters: bytesOf(carry.flatMap(([name, tensor]) => (isParameter.has(name) ? [tensor] : []))),
      state: bytesOf(carry.flatMap(([name, tensor]) => (isParameter.has(name) ? [] : [tensor]))),
      data: bytesOf(columns),
    },
    batchSize: arm.batchSize,
    epochs: arm.epochs,
    precision: arm.precision,
    steps,
    times,
  }
}
