/** The task of surveying versions of a runtime, one after the other, each in a process of its own. */
import { InputError } from '@isograd/core'
import { changesBetween, type Survey, summaryOf } from '@isograd/core/compare'
import { isComputed, isSound, type VersionRow, versionsBlocks } from '../documents/versions-document.js'
import { environmentOf } from '../documents/environment.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { terminalText } from '../text/blocks.js'
import { printResult } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { publishedVersions } from '../versions/npm.js'
import { runtimePackage } from '../versions/runtime-packages.js'
import { subjectsOf, type SubjectOptions } from '../checking/subjects.js'
import { type SurveyedVersion, surveyVersion, type VersionWork } from '../versions/survey-version.js'

/** The options of versions as they are read from the command line. */
export interface VersionsOptions extends SubjectOptions {
  readonly package: string
  readonly last?: number
  readonly range?: string
  readonly versions?: readonly string[]
}

const LAST = 5

/** Seconds that a version may take for one call, unless told. */
const CALL_SECONDS = 60

/** The versions that are asked for. @throws InputError where they are asked for in two ways, or there are none. */
async function versionsFor(options: VersionsOptions, signal: AbortSignal): Promise<readonly string[]> {
  const { package: name, last, range, versions: list } = options
  const ways = Object.entries({ last, range, versions: list }).flatMap(([way, value]) =>
    value === undefined ? [] : [way],
  )
  if (list !== undefined && ways.length > 1) {
    throw new InputError('isograd', `--${ways.join(', --')}: expected a list or a selection, got both`)
  }
  if (list !== undefined) return list
  const all = await publishedVersions(name, range, signal)
  return range !== undefined && last === undefined ? all : all.slice(-(last ?? LAST))
}

/** The work that `versions` and `bisect` do on a version. */
export async function versionWork(
  options: SubjectOptions & Pick<VersionsOptions, 'package'>,
  line: StatusLine,
  signal: AbortSignal,
): Promise<VersionWork> {
  const { threads, timeout: timeoutSeconds = CALL_SECONDS } = options
  const runtime = backendOf(options)
  const subjects = await subjectsOf({ ...options, backend: [runtime.backend] }, line.transfer, signal)
  return { runtime, subjects, threads, timeoutSeconds, signal, show: line.stage }
}

function backendOf({ package: name, backend: [backend, ...others] = [] }: SubjectOptions & { package: string }) {
  if (others.length > 0) throw new InputError('isograd', '--backend: expected one, got several')
  return runtimePackage(name, backend)
}

/** The row of a version, beside the last one that computed. */
export function rowOf(result: SurveyedVersion, before: Survey | undefined): VersionRow {
  if ('problem' in result) return result
  const { version, survey } = result
  const summary = summaryOf(survey)
  const { failures, unsupported } = survey
  const rest = { ...summary, failures, unsupported: unsupported.length }
  if (before === undefined) return { version, ...rest, changes: [] }
  return {
    version,
    ...rest,
    same: summaryOf(before).digest === summary.digest,
    changes: changesBetween(before, survey),
  }
}

async function surveyAll(chosen: readonly string[], work: VersionWork) {
  const rows: VersionRow[] = []
  const loaded = []
  let before: Survey | undefined
  for (const version of chosen) {
    // oxlint-disable-next-line no-await-in-loop -- versions share the cores
    const result = await surveyVersion(version, work)
    rows.push(rowOf(result, before))
    if ('problem' in result) continue
    loaded.push(result.loaded)
    before = result.survey
  }
  return { rows, loaded }
}

/** Surveys versions. @throws Interruption, InputError; what goes wrong with a version is told in its row. */
export async function versions(options: VersionsOptions): Promise<ExitStatus> {
  const { package: name, check = 'ops' } = options
  return withStatusLine(options, async (line, signal) => {
    const work = await versionWork(options, line, signal)
    const { rows, loaded } = await surveyAll(await versionsFor(options, signal), work)
    line.clear()
    const document = {
      schema: 'isograd.versions/1' as const,
      environment: environmentOf(loaded.slice(-1)),
      package: name,
      backend: work.runtime.backend,
      check,
      rows,
      ok: rows.every(isSound),
    }
    printResult(options, document, (style) => terminalText(style, versionsBlocks(document)).trimEnd().split('\n'))
    if (rows.every((row) => !isComputed(row))) return exitStatus.backend
    return document.ok ? exitStatus.ok : exitStatus.disagreement
  })
}
