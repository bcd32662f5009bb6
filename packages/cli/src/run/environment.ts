/** The environment of this process, for the documents that it makes. */
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

/** The environment as it is now. */
export function environmentOf(
  backends: readonly LoadedBackend[],
  commandLine: readonly string[],
  jobs?: number,
): Environment {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    ...(jobs === undefined ? {} : { jobs }),
    versions: versionsOf(backends),
    commandLine: ['isograd', ...commandLine],
  }
}
