/** The task of reducing a failing check to a page of the runtime alone, which is run before it is printed. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtins, type FloatDType, InputError } from '@isograd/core'
import { type FailureKind, type Reduced, reduceFailure, type SurveySubject } from '@isograd/core/compare'
import { casesMatching } from '@isograd/core/conformance'
import type { OpName } from '@isograd/core/ir'
import type { LoadedBackend } from '../backends/load.js'
import type { PinnedPackages } from '../backends/pinned-packages.js'
import { RemoteBackend } from '../backends/remote-backend.js'
import { planOfRun } from '../checking/run-plan.js'
import { stepsOf, subjectsOf } from '../checking/subjects.js'
import { installedDirectory } from '../disk/package-entry.js'
import { readBytes } from '../disk/regular-file.js'
import { type Environment, environmentOf } from '../documents/environment.js'
import { loadWholeRun } from '../documents/whole-run.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { isDrawn } from '../input/datasets.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { type FailingCheck, readFailingCheck } from '../reductions/failing-check.js'
import { issueText } from '../reductions/issue.js'
import { type Figures, PAGE_MARK, type PageWriter, pageText, tellingOf } from '../reductions/page.js'
import { runPage } from '../reductions/run-page.js'
import { runtimes, writerFor } from '../reductions/writers.js'
import { printResult } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { installVersion } from '../versions/install.js'
import { runtimePackage } from '../versions/runtime-packages.js'

/** The options of reduce as they are read from the command line. */
export interface ReduceOptions extends Omit<SharedValues, 'seeds'> {
  readonly case?: string
  readonly experiment?: string
  readonly with?: string
}

/** Seconds that a call of the backend may take, unless told. */
const CALL_SECONDS = 60

/** The document that `isograd reduce --json` prints. */
export type ReduceDocument = Figures & {
  readonly schema: 'isograd.reduce/1'
  readonly environment: Environment
  /** The case or the program in which the failure was found. */
  readonly id: string
  readonly operation: OpName
  /** Programs that were tried. */
  readonly tried: number
  /** The page of JavaScript that shows the failure. */
  readonly page: string
  /** The lines that the page printed. */
  readonly printed: string
  /** The text of an issue, in Markdown. */
  readonly issue: string
}

/** All that a reduction works with. */
interface Work {
  readonly options: ReduceOptions
  readonly line: StatusLine
  readonly signal: AbortSignal
}

/** A page that shows a failure, and what it printed. */
interface ShownPage {
  readonly page: string
  readonly printed: string
}

function isPrecision(text: string | undefined): text is FloatDType {
  return text === 'float32' || text === 'float64'
}

/** The programs in which the failure is to be looked for. @throws InputError where the document names none that can be had */
async function programsOf(check: FailingCheck, { options, line, signal }: Work): Promise<readonly SurveySubject[]> {
  const { cases } = check
  if (cases !== undefined) {
    const [from, chosen] = options.case === undefined ? ['cases of the document', cases] : ['--case', [options.case]]
    const values = chosen.length === 0 ? [] : casesMatching(from, chosen).filter(({ kind }) => kind === 'values')
    if (values.length > 0) return values.flatMap((one) => (one.kind === 'values' ? [one] : []))
    throw new InputError('isograd', 'reduce: no case failed that compares values; expected one')
  }
  if (check.run !== undefined) {
    const registry = await loadRegistry(options.use ?? [])
    const run = await loadWholeRun(check.run, registry)
    return [stepsOf(await planOfRun(run, registry, signal), check.steps)]
  }
  const { experiment = check.experiment, set = [] } = options
  if (experiment === undefined) {
    throw new InputError('isograd', 'reduce: the check is of no preset; name its experiment: --experiment FILE')
  }
  const { 'batch-size': batchSize, seed, dataset, precision } = check.options
  if (dataset !== undefined && options.dataset === undefined && !isDrawn(builtins, dataset)) {
    throw new InputError(
      'isograd',
      `reduce: the check was made on "${dataset}"; where you trust it: --dataset ${dataset}`,
    )
  }
  const found = {
    ...(batchSize !== undefined && { batchSize: Number(batchSize) }),
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(dataset !== undefined && options.dataDir === undefined && { dataset }),
    ...(isPrecision(precision) && { precision }),
    ...(check.arms.length > 0 && { arm: check.arms }),
  } as const
  const all = [...check.sets, ...set]
  const { backend: _, ...rest } = options
  const given = { ...found, ...rest, check: experiment, steps: check.steps, ...(all.length > 0 && { set: all }) }
  return subjectsOf(given, line.transfer, signal)
}

/** The packages of \`--with NAME@VERSION\`, installed; undefined where it is not given. @throws InputError */
async function pinnedFor({ options, line, signal }: Work, backend: string): Promise<PinnedPackages | undefined> {
  const { with: text } = options
  if (text === undefined) return undefined
  const at = text.lastIndexOf('@')
  if (at <= 0)
    throw new InputError(
      'isograd',
      `--with: expected a package and its version, as in onnxruntime-node@1.20.1, got "${text}"`,
    )
  line.stage(`${text}: npm install`)
  try {
    return await installVersion(runtimePackage(text.slice(0, at), backend), text.slice(at + 1), signal)
  } catch (error) {
    signal.throwIfAborted()
    throw new InputError('isograd', `--with ${text}: it cannot be had: ${messageOf(error)}`, { cause: error })
  }
}

async function smallest(
  loaded: LoadedBackend,
  programs: readonly SurveySubject[],
  { operations }: FailingCheck,
  { line }: Work,
): Promise<Reduced> {
  const wanted = operations.length === 0 ? [undefined] : operations
  const kinds: readonly FailureKind[] = ['wrong', 'imprecise']
  const attempts = kinds.flatMap((kind) =>
    programs.flatMap((program) => wanted.map((operation) => ({ kind, program, operation }))),
  )
  for (const { kind, program, operation } of attempts) {
    line.stage(`${program.id}${operation === undefined ? '' : `, ${operation}`}`)
    // oxlint-disable-next-line no-await-in-loop -- the next only where this one shows nothing
    const found = await reduceFailure(loaded.backend, program, operation, kind)
    if (found !== undefined) return found
  }
  throw new InputError(
    'isograd',
    `reduce: ${loaded.asked} computes all of it within its bounds here, and as precisely as its dtypes; was the check made with another version? see --with`,
  )
}

/** The directory from which the packages of a page can be imported. @throws InputError where they are not installed */
function directoryFor({ packages: [first = ''] }: PageWriter, pinned: PinnedPackages | undefined): string {
  const place = pinned?.[first]
  if (place !== undefined) return place
  const here = fileURLToPath(new URL('.', import.meta.url))
  for (const from of [process.cwd(), here]) {
    const found = installedDirectory(first, from)
    if (found !== undefined) return dirname(found.slice(0, found.lastIndexOf('node_modules') + 'node_modules'.length))
  }
  throw new InputError('isograd', `reduce: ${first} is not installed; npm install ${first}`)
}

/** The first page that shows the failure when it is run. @throws InputError where none does */
async function shownPage(
  reduced: Reduced,
  writer: PageWriter,
  versions: readonly string[],
  directory: string,
): Promise<ShownPage> {
  let last = ''
  for (const way of await writer.ways(reduced)) {
    const page = pageText(reduced, versions, way)
    // oxlint-disable-next-line no-await-in-loop -- the next only where this one shows nothing
    const { shows, printed } = await runPage(page, directory)
    if (shows) return { page, printed }
    last = printed
  }
  throw new InputError(
    'isograd',
    `reduce: the failure needs what the adapter does: no page of the runtime alone shows it (${last.split('\n')[0]})`,
  )
}

async function pageFor(check: FailingCheck, backend: string, work: Work) {
  const programs = await programsOf(check, work)
  const packages = await pinnedFor(work, backend)
  const { threads, timeout: timeoutSeconds = CALL_SECONDS } = work.options
  const options = threads === undefined ? {} : { threads }
  const open = {
    kind: 'process' as const,
    ...(packages && { packages }),
    options,
    timeoutSeconds,
    note: work.line.note,
  }
  const { remote, loaded } = await RemoteBackend.load(backend, open)
  if (!loaded.ok) throw new InputError('isograd', `${backend} cannot be used: ${loaded.reason}\n  ${loaded.cure}`)
  const abandon = (): void => void remote.end(new InputError('isograd', 'interrupted'))
  work.signal.addEventListener('abort', abandon)
  try {
    const { versions } = loaded.backend.info
    const writer = writerFor(backend, versions)
    const least = await smallest(loaded, programs, check, work)
    const told = writer.packages.map((name) => `${name} ${versions[name] ?? 'of an unknown version'}`)
    work.line.stage('running the page')
    const shown = await shownPage(least, writer, told, directoryFor(writer, packages))
    const { page, printed } = shown
    const issueWith = (text?: string): string =>
      issueText({ reduced: least, versions: told, printed, ...(text !== undefined && { page: text }) })
    return { least, loaded, page, printed, issue: issueWith(page), below: issueWith() }
  } finally {
    work.signal.removeEventListener('abort', abandon)
    await loaded.backend.dispose().catch(() => undefined)
  }
}

/** The places of what is written in a directory. */
function placesIn(directory: string): { readonly page: string; readonly issue: string } {
  return { page: join(directory, 'repro.mjs'), issue: join(directory, 'issue.md') }
}

/** @throws InputError where somebody else's file is at a place in the directory. */
function requireOwnPages(directory: string): void {
  const places = Object.values(placesIn(directory))
  const other = places.find((place) => existsSync(place) && !readBytes(place).includes(PAGE_MARK))
  if (other === undefined) return
  const cure = 'name another directory by --out'
  throw new InputError('isograd', `reduce: ${other} is there and was not written by reduce; ${cure}`)
}

/** Reduces what a check has left. @throws Interruption, InputError, BackendError */
export async function reduce(path: string, options: ReduceOptions): Promise<ExitStatus> {
  const { out } = options
  if (out !== undefined) requireOwnPages(out)
  const check = readFailingCheck(path)
  const backend = options.backend?.[0] ?? check.backend
  if (backend === undefined)
    throw new InputError(
      'isograd',
      `${path}: its backend is none of isograd's own; name one that computes with ${runtimes.join(', ')} with --backend`,
    )
  return withStatusLine(options, async (line, signal) => {
    const { least, loaded, page, printed, issue, below } = await pageFor(check, backend, { options, line, signal })
    line.clear()
    const { id, tried, node } = least
    const environment = environmentOf([loaded])
    const { figures } = tellingOf(least)
    const document: ReduceDocument = {
      schema: 'isograd.reduce/1',
      environment,
      id,
      operation: node.op,
      ...figures,
      tried,
      page,
      printed,
      issue,
    }
    const at = out === undefined ? undefined : placesIn(out)
    if (at !== undefined) {
      await writeSealed('--out', [
        { path: at.page, content: page },
        { path: at.issue, content: issue },
      ])
    }
    const written = at === undefined ? [] : [`written to ${at.page} and ${at.issue}`]
    const comments = [...below.trimEnd().split('\n'), ...written]
    printResult(options, document, () => [page, ...comments.map((text) => `// ${text}`.trimEnd())])
    return exitStatus.disagreement
  })
}
