/** The task of listing all that an experiment and a command line can name. */
import { parseExperiment, type Preset, presets, type Registry, z } from '@isograd/core'
import { defaultBackends, registry as backends } from '../backends/registry.js'
import type { ListDocument, Listed } from '../documents/list-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { listReport } from '../terminal/list.js'
import { printResult } from '../terminal/print-result.js'

/** Prints the lists. @throws InputError for a module that cannot be used. */
export async function list(options: SharedValues): Promise<ExitStatus> {
  const document = listDocument(await loadRegistry(options.use))
  printResult(options, document, (style) => listReport(style, document))
  return exitStatus.ok
}

function listDocument(registry: Registry): ListDocument {
  const { tasks, losses, metrics, data, formats } = registry
  const { layers, activations, initializers, regularizers, constraints, optimizers, schedules } = registry
  return {
    schema: 'isograd.list/1',
    presets: presets.map((preset) => listPreset(preset, registry)),
    tasks: listed(tasks, ({ about }) => about),
    losses: listed(losses, suitsText),
    metrics: listed(metrics, (metric) => `${suitsText(metric)}; ${metric.better} is better; ${settingsText(metric)}`),
    layers: listed(layers, settingsText),
    activations: listed(activations, settingsText),
    initializers: listed(initializers, settingsText),
    regularizers: listed(regularizers, settingsText),
    constraints: listed(constraints, settingsText),
    optimizers: listed(optimizers, settingsText),
    schedules: listed(schedules, settingsText),
    datasets: listed(data, ({ about }) => about),
    formats: listed(formats, (format) => `${format.about}; ${settingsText(format)}`),
    backends: Object.entries(backends).map(([name, { packageName, description }]) => ({
      name,
      description,
      package: packageName,
      default: defaultBackends.includes(name),
    })),
  }
}

function listed<R>(table: Readonly<Record<string, R>>, describe: (record: R) => string): Listed[] {
  return Object.entries(table).map(([name, record]) => ({ name, description: describe(record) }))
}

/** The types of targets that a loss or a metric is for. */
function suitsText({ suits }: { readonly suits: readonly string[] }): string {
  return `target: ${suits.join(' or ')}`
}

/** Names of the settings of a record. */
function settingsText({ settings = {} }: Pick<Registry['layers'][string], 'settings'>): string {
  const spec = z.object({ type: z.string() })
  const shape =
    typeof settings === 'function' ? settings({ layer: spec, activation: spec, initializer: spec }) : settings
  return `settings: ${Object.keys(shape).join(', ') || 'none'}`
}

function listPreset(preset: Preset, registry: Registry): ListDocument['presets'][number] {
  const { name, description } = preset
  const { arms } = parseExperiment(preset, { registry })
  const [dataset = null] = Object.values(arms).map(({ data }) => data.dataset)
  return { name, description, arms: Object.keys(arms), dataset }
}
