/** The environment that a document was made in: enough to tell two machines apart, nothing that names a person or a path. */
import { availableParallelism, cpus } from 'node:os'
import { version as coreVersion } from '@isograd/core'
import type { Environment } from '@isograd/report'
import type { LoadedBackend } from '../backends/load.js'
import { version } from '../version.js'

export type { Environment } from '@isograd/report'

function versionsOf(backends: readonly LoadedBackend[]): Record<string, string> {
  const adapters = backends.flatMap(({ packageName, packageVersion }): [string, string][] =>
    packageVersion === undefined ? [] : [[packageName, packageVersion]],
  )
  const runtimes = backends.flatMap(({ backend }) => Object.entries(backend.info.versions))
  return { isograd: version, '@isograd/core': coreVersion, ...Object.fromEntries([...adapters, ...runtimes]) }
}

/** The environment of this process. */
export function environmentOf(
  backends: readonly LoadedBackend[],
  commandLine: readonly string[] = process.argv.slice(2),
): Environment {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    versions: versionsOf(backends),
    commandLine: ['isograd', ...commandLine],
  }
}

/** The same of a command that has trained: the runs that shared the machine, and the most memory that it took. */
export function trainingEnvironment(backends: readonly LoadedBackend[], jobs: number): Environment {
  return { ...environmentOf(backends), jobs, peakMemory: 1024 * process.resourceUsage().maxRSS }
}
