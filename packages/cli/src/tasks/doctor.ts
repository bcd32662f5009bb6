/** The task of trying every backend on a small program. */
import type { AdapterOptions } from '@isograd/core/backend'
import { loadBackend, type LoadedBackend } from '../backends/load.js'
import { probeBackend } from '../backends/probe.js'
import { defaultBackends, registry } from '../backends/registry.js'
import type { DoctorDocument } from '../documents/doctor-document.js'
import { environmentOf } from '../documents/environment.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { doctorReport } from '../terminal/doctor.js'
import { printResult } from '../terminal/print-result.js'

/** Tries the backends and prints which can be used. */
export async function doctor(options: SharedValues): Promise<ExitStatus> {
  const { backend: required = ['wasm'], threads } = options
  const document = await examine(required, threads === undefined ? {} : { threads })
  printResult(options, document, (style) => doctorReport(style, document, defaultBackends))
  return document.ok ? exitStatus.ok : exitStatus.backend
}

async function examine(required: readonly string[], options: AdapterOptions): Promise<DoctorDocument> {
  const loaded: LoadedBackend[] = []
  const backends: DoctorDocument['backends'][number][] = []
  for (const name of new Set([...Object.keys(registry), ...required])) {
    // oxlint-disable-next-line no-await-in-loop -- variants of one runtime may share its state
    backends.push(await tryBackend(name, options, loaded))
  }
  const usable = backends.flatMap((backend) => (backend.usable ? [backend.name] : []))
  return {
    schema: 'isograd.doctor/1',
    environment: environmentOf(loaded),
    backends,
    required,
    ok: required.every((name) => usable.includes(name)),
  }
}

async function tryBackend(
  name: string,
  options: AdapterOptions,
  loaded: LoadedBackend[],
): Promise<DoctorDocument['backends'][number]> {
  const result = await loadBackend(name, options)
  if (!result.ok) return { name, usable: false, reason: result.reason, cure: result.cure }
  const problem = await probeBackend(result.backend)
  await result.backend.dispose()
  if (problem !== undefined) {
    const cure = `install ${result.packageName} and its runtime again, or report it`
    return { name, usable: false, reason: `it loads but does not work: ${problem}`, cure }
  }
  loaded.push(result)
  return { name, usable: true, package: result.packageName, info: result.backend.info }
}
