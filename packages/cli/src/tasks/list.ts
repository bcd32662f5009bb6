/** The task of listing all that an experiment and a command line can name. */
import { parseExperiment, type Preset, presets, type Registry } from '@isograd/core'
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
  const { tasks, losses, metrics, data } = registry
  return {
    schema: 'isograd.list/1',
    presets: presets.map((preset) => listPreset(preset, registry)),
    tasks: listed(tasks, ({ about }) => about),
    losses: listed(losses, suitsText),
    metrics: listed(metrics, (metric) => `${suitsText(metric)}; ${metric.better} is better`),
    datasets: listed(data, ({ about }) => about),
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

function listPreset(preset: Preset, registry: Registry): ListDocument['presets'][number] {
  const { name, description } = preset
  const { arms } = parseExperiment(preset, { registry })
  const [dataset = null] = Object.values(arms).map(({ data }) => data.dataset)
  return { name, description, arms: Object.keys(arms), dataset }
}
