/** The task of measuring operations over the range of float32 on backends; what fails is a row, and the others go on. */
import { dirname, join, relative, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { BackendError, InputError, stringifyDocument } from '@isograd/core'
import {
  allSlices,
  type AtlasOperation,
  type AtlasRow,
  measureOperation,
  type MissingRow,
  operationsMatching,
  sampledSlices,
  worstInputs,
} from '@isograd/core/compare'
import { atlasPictures, readSource, renderReport } from '@isograd/report'
import { abandonAll, disposeAll } from '../backends/choose-backends.js'
import type { LoadedBackend } from '../backends/load.js'
import { openBackend } from '../backends/open-backend.js'
import { defaultBackends } from '../backends/registry.js'
import { requireSection, sectionPlace, writeSection } from '../bench/markdown-section.js'
import { atlasBlocks, type AtlasDocument, atlasResult, type UnusableBackend } from '../documents/atlas-document.js'
import { environmentOf } from '../documents/environment.js'
import { RunDirectory } from '../documents/run-directory.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { Counted } from '../text/counted.js'
import { printResult } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { markdownText, terminalText } from '../text/blocks.js'
import { formatPercent } from '../text/numbers.js'

/** The options of an atlas as they are read from the command line. */
export interface AtlasOptions extends SharedValues {
  readonly only?: readonly string[]
  readonly samples?: number
  readonly all?: boolean
  readonly markdown?: string
  readonly pictures?: string
  readonly worst?: string
}

const SAMPLES = 1_000_000
const ALL = 2 ** 32

interface Work {
  readonly options: AtlasOptions
  readonly operations: readonly AtlasOperation[]
  readonly line: StatusLine
  readonly signal: AbortSignal
}

interface Opened {
  readonly loaded: LoadedBackend[]
  readonly unusable: UnusableBackend[]
}

/** Opens backends one after the other: two variants of one runtime may share its state. @throws InputError for unknown names. */
async function openAll({ options, line, signal }: Work, { loaded, unusable }: Opened): Promise<void> {
  const { backend: asked = defaultBackends, threads, timeout: timeoutSeconds } = options
  const open = {
    options: threads === undefined ? {} : { threads },
    timeoutSeconds,
    hasLargeSteps: true,
    note: line.note,
  }
  for (const name of asked) {
    line.show(`loading ${name}`)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const result = await openBackend(name, open)
    if (result.ok) loaded.push(result)
    else unusable.push({ backend: name, reason: `${result.reason}; ${result.cure.replaceAll('\n', '; ')}` })
    signal.throwIfAborted()
  }
}

function slicesFor({ arity }: AtlasOperation, { all = false, samples = SAMPLES, seed = 0 }: AtlasOptions) {
  return all && arity === 1 ? allSlices() : sampledSlices(arity, samples, seed)
}

async function measureAll(work: Work, loaded: readonly LoadedBackend[]) {
  const { options, operations, line, signal } = work
  const rows: (AtlasRow | MissingRow)[] = []
  const counted = new Counted(operations.length)
  for (const [i, operation] of operations.entries()) {
    const total = options.all === true && operation.arity === 1 ? ALL : (options.samples ?? SAMPLES)
    const onSlice = async (name: string, done: number): Promise<void> => {
      const part = Math.min(1, done / total)
      line.stage(`${counted.at(i + part)}  ${name}  ${formatPercent(part)}`)
      // Backends may compute on this thread: signals get a turn.
      await setImmediate()
      signal.throwIfAborted()
    }
    const backends = loaded.map(({ backend }) => backend)
    // oxlint-disable-next-line no-await-in-loop -- operations share the cores
    const own = await measureOperation(operation, backends, slicesFor(operation, options), onSlice)
    rows.push(...own.map((row, at) => ({ ...row, backend: loaded[at]?.asked ?? row.backend })))
  }
  return rows
}

/** All backends on all operations. */
async function survey(work: Work): Promise<{ readonly document: AtlasDocument; readonly rows: readonly AtlasRow[] }> {
  const { options, operations, signal } = work
  const opened: Opened = { loaded: [], unusable: [] }
  const { loaded, unusable } = opened
  const abandon = (): void => abandonAll(loaded, new BackendError('isograd', 'interrupted'))
  signal.addEventListener('abort', abandon)
  try {
    await openAll(work, opened)
    const all = loaded.length === 0 ? [] : await measureAll(work, loaded)
    signal.throwIfAborted()
    const rows = all.filter((row): row is AtlasRow => 'errors' in row)
    const missing = all.filter((row): row is MissingRow => 'reason' in row)
    const { samples = SAMPLES, seed = 0 } = options
    const document: AtlasDocument = {
      schema: 'isograd.atlas/1',
      environment: environmentOf(loaded),
      operations: operations.map(({ name }) => name),
      backends: loaded.map(({ asked }) => asked),
      inputs: options.all === true ? 'all' : samples,
      pairs: samples,
      seed,
      rows: rows.map(atlasResult),
      missing,
      unusable,
      ok:
        rows.every(({ isSound }) => isSound) &&
        missing.every(({ isUnsupported }) => isUnsupported) &&
        (options.backend === undefined || unusable.length === 0),
    }
    return { document, rows }
  } finally {
    signal.removeEventListener('abort', abandon)
    await disposeAll(loaded)
  }
}

/** The tables in Markdown, and the pictures that lie in a directory beside them. */
function markdownOf(document: AtlasDocument, pictures: readonly string[], directory: string): string {
  const links = pictures.map((name) => `![Errors of ${name} by exponent](${join(directory, `${name}.svg`)})\n`)
  return [markdownText(atlasBlocks(document)), ...links].join('\n').replaceAll(sep, '/')
}

async function publish(options: AtlasOptions, document: AtlasDocument, rows: readonly AtlasRow[], out?: RunDirectory) {
  const { markdown, pictures: place, worst } = options
  const text = stringifyDocument(document)
  const source = readSource(text, 'atlas')
  const drawn = out === undefined && place === undefined ? {} : await atlasPictures(source)
  const names = Object.keys(drawn)
  const files = names.map((name) => [`${name}.svg`, drawn[name] ?? ''] as const)
  if (worst !== undefined)
    await writeSealed('--worst', [{ path: worst, content: stringifyDocument(worstInputs(rows)) }])
  if (place !== undefined && files.length > 0) {
    await writeSealed(
      '--pictures',
      files.map(([name, content]) => ({ path: join(place, name), content })),
    )
  }
  if (markdown !== undefined) {
    const [path, section] = sectionPlace(markdown, 'atlas')
    const shown = place === undefined ? [] : names
    writeSection(path, section, markdownOf(document, shown, relative(dirname(path), place ?? '.')))
  }
  if (out === undefined) return
  out.saveDocument(text, 'atlas.json')
  out.saveDocument(markdownOf(document, names, ''), 'atlas.md')
  for (const [name, content] of files) out.saveDocument(content, name)
  out.saveDocument(await renderReport([source]), 'report.html')
  out.seal()
}

/** Measures operations. @throws Interruption, InputError; what goes wrong with a backend is told in its row. */
export async function atlas(options: AtlasOptions): Promise<ExitStatus> {
  const { only = ['*'], out, all = false, samples } = options
  const operations = operationsMatching('--only', only)
  if (all && !operations.some(({ arity }) => arity === 1)) {
    throw new InputError('isograd', '--all: expected an operation of one operand, got none; pairs are always sampled')
  }
  if (all && samples !== undefined && operations.every(({ arity }) => arity === 1)) {
    throw new InputError('isograd', '--all, --samples: expected one of them, got both: there are no pairs to sample')
  }
  requireSection(options.markdown, 'atlas')
  const directory = out === undefined ? undefined : await RunDirectory.open(out)
  try {
    const { document, rows } = await withStatusLine(options, (line, signal) =>
      survey({ options, operations, line, signal }),
    )
    await publish(options, document, rows, directory)
    const written = out === undefined ? [] : ['', `written to ${out}`]
    printResult(options, document, (style) => [
      ...terminalText(style, atlasBlocks(document)).trimEnd().split('\n'),
      ...written,
    ])
    if (document.backends.length === 0) return exitStatus.backend
    return document.ok ? exitStatus.ok : exitStatus.disagreement
  } finally {
    directory?.close()
  }
}
