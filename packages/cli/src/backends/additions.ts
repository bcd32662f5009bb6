/** Every backend that can be added, by name. One that takes more than npm has a file here and its line in the table. */
import { type BackendSource, registry } from './registry.js'
import { type Addition, installStep } from './addition.js'
import { tfjsNode } from './tfjs-node-addition.js'

const special: Readonly<Record<string, Addition>> = { 'tfjs-node': tfjsNode }

/** The packages of a backend by npm's own command. */
function byNpm({ install }: BackendSource): Addition {
  const packages = install.split(' ').filter((word, at) => at > 1 && !word.startsWith('--'))
  return {
    runs: [`npm install --ignore-scripts ${packages.join(' ')}`],
    takes: 'as much as these packages and what they need',
    steps: () => [installStep(packages)],
  }
}

/** The table. */
export const additions: Readonly<Record<string, Addition>> = Object.fromEntries(
  Object.entries(registry).map(([name, source]) => [name, special[name] ?? byNpm(source)]),
)
