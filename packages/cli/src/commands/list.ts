/** `isograd list`: what can be named on the command line. Says nothing about whether it works here: that is `doctor`. */
import { isChain, parseChain, parseExperiment, type Preset, presets } from '@isograd/core'
import { datasetDescription, datasetNames } from '@isograd/core/node'
import type { Command } from 'commander'
import { backendDescriptions, defaultBackends, registry } from '../backends/registry.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { type Look, lookOf, paint } from '../text/terminal-style.js'
import { wrap } from '../text/layout.js'

interface Listed {
  readonly name: string
  readonly description: string
}

interface ListDocument {
  readonly schema: 'isograd.list/1'
  readonly presets: readonly (Listed & { readonly arms: readonly string[]; readonly dataset: string | null })[]
  readonly datasets: readonly Listed[]
  readonly backends: readonly (Listed & { readonly package: string; readonly default: boolean })[]
}

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  isograd list\n  isograd list --json')
    .action(({ json }: { readonly json?: boolean }) => {
      const document = listDocument()
      const look = lookOf(process.stdout, process.env)
      process.stdout.write(json === true ? `${JSON.stringify(document, undefined, 2)}\n` : listText(look, document))
      finish(exitStatus.ok)
    })
}

function listDocument(): ListDocument {
  return {
    schema: 'isograd.list/1',
    presets: presets.map(listPreset),
    datasets: datasetNames.map((name) => ({ name, description: datasetDescription(name) })),
    backends: Object.entries(registry).map(([name, { packageName }]) => ({
      name,
      description: backendDescriptions[name] ?? '',
      package: packageName,
      default: defaultBackends.includes(name),
    })),
  }
}

function listPreset(preset: Preset): ListDocument['presets'][number] {
  const { name, description } = preset
  if (isChain(preset)) return { name, description, arms: Object.keys(parseChain(preset)), dataset: null }
  const { arms } = parseExperiment(preset)
  const datasets = Object.values(arms).map(({ data }) => data.dataset)
  return { name, description, arms: Object.keys(arms), dataset: datasets[0] ?? null }
}

function section(look: Look, title: string, entries: readonly Listed[]): string[] {
  const width = Math.max(...entries.map(({ name }) => name.length)) + 5
  return [
    paint(look, 'bold', title),
    ...entries.flatMap(({ name, description }) => {
      const [first = '', ...rest] = wrap(look, description, width)
      return [`  ${paint(look, 'cyan', name.padEnd(width - 2))}${first}`, ...rest]
    }),
  ]
}

function listText(look: Look, { presets: listed, datasets, backends }: ListDocument): string {
  const withArms = listed.map(({ name, description, arms, dataset }) => ({
    name,
    description: `${description} Arms: ${arms.join(', ')}.${dataset === null ? '' : ` Data: ${dataset}.`}`,
  }))
  const lines = [
    ...section(look, 'Presets', withArms),
    '',
    ...section(look, 'Data sets', datasets),
    '',
    ...section(look, 'Backends', backends),
  ]
  return `${lines.join('\n')}\n`
}
