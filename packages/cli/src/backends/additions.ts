/** Every backend that can be added, by name. One that takes more than npm has a file here and its line in the table. */
import { type BackendSource, registry } from './registry.js'
import type { Addition } from './addition.js'
import { installStep, installText } from './package-manager.js'
import { tfjsNode } from './tfjs-node-addition.js'

const special: Readonly<Record<string, Addition>> = { 'tfjs-node': tfjsNode }

/** The packages of a backend by the package manager of the directory. */
function byManager({ install }: BackendSource): Addition {
  const packages = install.split(' ').filter((word, at) => at > 1 && !word.startsWith('--'))
  return {
    runs: (directory) => [installText(packages, directory)],
    takes: 'as much as these packages and what they need',
    steps: (directory) => [installStep(packages, directory)],
  }
}

/** The table. */
export const additions: Readonly<Record<string, Addition>> = Object.fromEntries(
  Object.entries(registry).map(([name, source]) => [name, special[name] ?? byManager(source)]),
)
