/** The task of finding the first version of a runtime that computes otherwise than a good one. */
import { InputError } from '@isograd/core'
import { changesBetween, type Survey, summaryOf } from '@isograd/core/compare'
import { environmentOf } from '../documents/environment.js'
import { bisectBlocks, type BisectDocument, isSound, type VersionRow } from '../documents/versions-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { terminalText } from '../text/blocks.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'
import { bisect as search, type Trial } from '../versions/bisection.js'
import { publishedVersions } from '../versions/npm.js'
import type { SubjectOptions } from '../checking/subjects.js'
import { type SurveyedVersion, surveyVersion, type VersionWork } from '../versions/survey-version.js'
import { rowOf, versionWork } from './versions.js'

/** The options of bisect as they are read from the command line. */
export interface BisectOptions extends SubjectOptions {
  readonly package: string
  readonly good?: string
  readonly bad?: string
  readonly range?: string
  readonly by?: 'bits' | 'verdict'
}

/** The releases of a range. @throws InputError where there is one alone */
async function versionsWithin(name: string, range: string, signal: AbortSignal): Promise<string[]> {
  const all = await publishedVersions(name, range, signal)
  if (all.length > 1) return all
  throw new InputError('isograd', `--range ${range}: expected two releases of ${name} at least, got ${all.join(', ')}`)
}

/** The releases from the good one to the bad one. @throws InputError where they are not told, for one that was never released, or a wrong order */
async function versionsBetween(
  { package: name, good, bad, range }: BisectOptions,
  signal: AbortSignal,
): Promise<string[]> {
  if (range !== undefined && good === undefined && bad === undefined) return versionsWithin(name, range, signal)
  if (range !== undefined || good === undefined || bad === undefined) {
    throw new InputError('isograd', 'bisect: expected --good and --bad, or --range')
  }
  const all = await publishedVersions(name, undefined, signal)
  const [from, to] = (
    [
      ['--good', good],
      ['--bad', bad],
    ] as const
  ).map(([option, version]) => {
    const at = all.indexOf(version)
    if (at >= 0) return at
    throw new InputError(
      'isograd',
      `${option}: expected a release of ${name}, got "${version}"; the last: ${all.slice(-5).join(', ')}`,
    )
  }) as [number, number]
  if (from < to) return all.slice(from, to + 1)
  throw new InputError('isograd', `--good, --bad: expected the good version before the bad one, got ${good} and ${bad}`)
}

/** The signature of a survey that must change: all bits, or the operations that are out and the programs that fail. */
function signatureOf({ by = 'bits' }: BisectOptions, survey: Survey): string {
  const { digest, failing } = summaryOf(survey)
  if (by === 'bits') return digest
  return [
    ...failing.map(({ operation, standing }) => `${operation} ${standing}`),
    ...survey.failures.map(({ id }) => id),
  ]
    .toSorted()
    .join('\n')
}

/** Surveys versions, each once, and remembers them. */
class Tried {
  readonly #work: VersionWork
  readonly results = new Map<string, SurveyedVersion>()

  constructor(work: VersionWork) {
    this.#work = work
  }

  async survey(version: string): Promise<Survey | undefined> {
    const result = this.results.get(version) ?? (await surveyVersion(version, this.#work))
    this.results.set(version, result)
    return 'survey' in result ? result.survey : undefined
  }

  /** @throws InputError where it cannot be tried: an end must be known. */
  async end(option: string, version: string): Promise<Survey> {
    const survey = await this.survey(version)
    if (survey !== undefined) return survey
    const result = this.results.get(version)
    const problem = result !== undefined && 'problem' in result ? result.problem : ''
    throw new InputError('isograd', `${option} ${version}: it cannot be tried: ${problem}`)
  }
}

async function searched(options: BisectOptions, work: VersionWork, tried: Tried) {
  const versions = await versionsBetween(options, work.signal)
  const good = await tried.end('--good', String(versions[0]))
  const bad = await tried.end('--bad', String(versions.at(-1)))
  const own = signatureOf(options, good)
  if (own === signatureOf(options, bad)) return { versions, between: [], changes: [] }
  const tryOne = async (version: string): Promise<Trial> => {
    const survey = await tried.survey(version)
    if (survey === undefined) return 'unknown'
    return signatureOf(options, survey) === own ? 'like' : 'unlike'
  }
  const turn = await search(versions, tryOne)
  const [last, first] = [await tried.end('--good', turn.last), await tried.end('--bad', turn.first)]
  return { versions, ...turn, changes: changesBetween(last, first) }
}

/** The rows of what was tried, in the order of versions, each beside the one before it. */
function rowsOf(versions: readonly string[], { results }: Tried): VersionRow[] {
  let before: Survey | undefined
  return versions.flatMap((version) => {
    const result = results.get(version)
    if (result === undefined) return []
    const row = rowOf(result, before)
    if ('survey' in result) before = result.survey
    return [row]
  })
}

/** Finds the first version that computes otherwise. @throws Interruption, InputError */
export async function bisect(options: BisectOptions): Promise<ExitStatus> {
  const { package: name, check = 'ops', by = 'bits' } = options
  return withStatusLine(options, async (line, signal) => {
    const work = await versionWork(options, line, signal)
    const tried = new Tried(work)
    const { versions, ...found } = await searched(options, work, tried)
    line.clear()
    const rows = rowsOf(versions, tried)
    const loaded = [...tried.results.values()].flatMap((result) => ('loaded' in result ? [result.loaded] : []))
    const document: BisectDocument = {
      schema: 'isograd.bisect/1',
      environment: environmentOf(loaded.slice(-1)),
      package: name,
      backend: work.runtime.backend,
      check,
      by,
      rows,
      ...found,
      ok: rows.every(isSound),
    }
    printResult(options, document, (style) => terminalText(style, bisectBlocks(document)).trimEnd().split('\n'))
    return found.changes.length === 0 ? exitStatus.ok : exitStatus.disagreement
  })
}
