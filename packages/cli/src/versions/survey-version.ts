/** One version of a runtime: installed, loaded in a process of its own, and surveyed. Whatever goes wrong with it is its result. */
import { BackendError } from '@isograd/core'
import { type Survey, surveyOperations, type SurveySubject } from '@isograd/core/compare'
import { Counted } from '../text/counted.js'
import type { LoadedBackend } from '../backends/load.js'
import { RemoteBackend } from '../backends/remote-backend.js'
import { messageOf } from '../errors/failure.js'
import { installVersion } from './install.js'
import type { RuntimePackage } from './runtime-packages.js'

/** All that versions are surveyed with. */
export interface VersionWork {
  readonly runtime: RuntimePackage
  readonly subjects: readonly SurveySubject[]
  readonly threads: number | undefined
  readonly timeoutSeconds: number | undefined
  readonly signal: AbortSignal
  /** Shows the work at hand. */
  readonly show: (text: string) => void
}

/** A version that was surveyed, or the reason why it was not. */
export type SurveyedVersion =
  | { readonly version: string; readonly survey: Survey; readonly loaded: LoadedBackend }
  | { readonly version: string; readonly problem: string }

/** Processes that a version may end: one that ends more is not started for every one of a thousand programs. */
const MOST_STARTS = 10

/** @throws BackendError where another version was loaded than was asked for, or it is not known which: nothing can be said. */
function requireVersion({ backend }: LoadedBackend, { name }: RuntimePackage, version: string): void {
  const { [name]: got } = backend.info.versions
  if (got === version) return
  const cure = `its adapter is to tell it: info.versions["${name}"]`
  throw new BackendError(
    'isograd',
    got === undefined ? `which ${name} was loaded is not known; ${cure}` : `${name} ${got} was loaded in its place`,
  )
}

async function surveyed(
  remote: RemoteBackend,
  loaded: LoadedBackend,
  work: VersionWork,
  version: string,
): Promise<Survey> {
  const counted = new Counted(work.subjects.length)
  let lost = 0
  const onSubject = (id: string, done: number): void => {
    work.signal.throwIfAborted()
    work.show(`${work.runtime.name} ${version}: ${counted.at(done)}  ${id}`)
    if (!remote.alive && ++lost > MOST_STARTS) {
      throw new BackendError('isograd', `its process was lost ${lost} times, the last time before ${id}`)
    }
  }
  return surveyOperations(loaded.backend, work.subjects, { onSubject })
}

async function loadAndSurvey(version: string, work: VersionWork): Promise<SurveyedVersion> {
  const { runtime, threads, timeoutSeconds, signal, show } = work
  show(`${runtime.name} ${version}: npm install`)
  const packages = await installVersion(runtime, version, signal)
  show(`${runtime.name} ${version}: loading`)
  const options = threads === undefined ? {} : { threads }
  const open = { kind: 'process' as const, packages, options, timeoutSeconds }
  const { remote, loaded } = await RemoteBackend.load(runtime.backend, open)
  if (!loaded.ok) return { version, problem: loaded.reason }
  const abandon = (): void => void remote.end(new BackendError(loaded.backend.name, 'interrupted'))
  signal.addEventListener('abort', abandon)
  try {
    requireVersion(loaded, runtime, version)
    return { version, survey: await surveyed(remote, loaded, work, version), loaded }
  } finally {
    signal.removeEventListener('abort', abandon)
    await loaded.backend.dispose().catch(() => undefined)
  }
}

/** Surveys a version. @throws the reason of `signal` alone. */
export async function surveyVersion(version: string, work: VersionWork): Promise<SurveyedVersion> {
  try {
    return await loadAndSurvey(version, work)
  } catch (error) {
    work.signal.throwIfAborted()
    return { version, problem: messageOf(error) }
  }
}
