/** The machine that a bench ran on. */
import { loadavg, release, totalmem, type } from 'node:os'
import { environmentOf } from '../documents/environment.js'
import type { Machine } from './document.js'

/** The machine as it is now, with versions of what was measured on it. */
export function machineOf(versions: Readonly<Record<string, string>>, commandLine: readonly string[]): Machine {
  const environment = environmentOf([], commandLine)
  return {
    ...environment,
    versions: { ...environment.versions, ...versions },
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    loadAverage: loadavg()[0] ?? Number.NaN,
  }
}

/** Whether others had work for the cores, so that the figures are worth little. */
export function isBusy({ loadAverage, cores }: Pick<Machine, 'loadAverage' | 'cores'>): boolean {
  return loadAverage > 0.5 * cores
}
