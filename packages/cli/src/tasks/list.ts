/** The task of listing presets, data sets and backends. */
import { parseExperiment, type Preset } from '@isograd/core'
import { datasetDescription, datasetNames } from '@isograd/core/node'
import { backendDescriptions, defaultBackends, registry } from '../backends/registry.js'
import type { ListDocument } from '../documents/list-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { experimentPresets } from '../input/presets.js'
import { listReport } from '../terminal/list.js'
import { styleOf } from '../text/terminal-style.js'

/** Prints the lists. */
export function list(json: boolean): ExitStatus {
  const document = listDocument()
  const style = styleOf(process.stdout, process.env)
  const text = json ? JSON.stringify(document, undefined, 2) : listReport(style, document).join('\n')
  process.stdout.write(`${text}\n`)
  return exitStatus.ok
}

function listDocument(): ListDocument {
  return {
    schema: 'isograd.list/1',
    presets: experimentPresets.map(listPreset),
    datasets: datasetNames.map((name) => ({ name, description: datasetDescription(name) })),
    backends: Object.entries(registry).map(([name, { packageName, description }]) => ({
      name,
      description,
      package: packageName,
      default: defaultBackends.includes(name),
    })),
  }
}

function listPreset(preset: Preset): ListDocument['presets'][number] {
  const { name, description } = preset
  const { arms } = parseExperiment(preset)
  const [dataset = null] = Object.values(arms).map(({ data }) => data.dataset)
  return { name, description, arms: Object.keys(arms), dataset }
}
