/** The task of comparing two records, or two sets of them, after the fact. */
import {
  compareRecords,
  compareRunSets,
  parseTolerances,
  type RecordComparison,
  type RunsComparison,
  withRoundingOfPairs,
} from '@isograd/core/compare'
import { type FinishedRun, runsIn } from '@isograd/core/node'
import type { Registry } from '@isograd/core'
import { roundingOfRun } from '../checking/run-rounding.js'
import { loadWholeRun } from '../documents/whole-run.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { compareReport, compareSetsReport } from '../terminal/compare.js'
import { printVerdict } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The document that `isograd compare --json` prints: of one run and one, or of several in pairs. */
export type CompareDocument = { readonly schema: 'isograd.compare/2' } & (RecordComparison | RunsComparison)

/** The finished runs of a directory; where there is none, the error that says so. */
async function runsOf(directory: string, registry: Registry): Promise<[FinishedRun, ...FinishedRun[]]> {
  const [first = directory, ...others] = (await runsIn(directory)).finished
  return [
    await loadWholeRun(first, registry),
    ...(await Promise.all(others.map((path) => loadWholeRun(path, registry)))),
  ]
}

/** Compares the runs in two directories: one with one, or those of several arms and seeds in pairs. @throws InputError */
export async function compare(first: string, second: string, options: SharedValues): Promise<ExitStatus> {
  const { tolerance = [], use } = options
  const tolerances = parseTolerances(tolerance)
  const registry = await loadRegistry(use)
  const [left, b] = [await runsOf(first, registry), await runsOf(second, registry)]
  const [own = left[0], ...others] = await withStatusLine(options, (line, signal) =>
    withRoundingOfPairs(left, b, (run, extent) => {
      line.show(`${run.record.arm}: what rounding does to its first steps`)
      return roundingOfRun(run, extent, registry, signal)
    }).finally(line.clear),
  )
  const a = [own, ...others] as const
  const isOne = a.length === 1 && b.length === 1
  const comparison = isOne ? compareRecords(a[0], b[0], tolerances) : compareRunSets(a, b, tolerances)
  const document: CompareDocument = { schema: 'isograd.compare/2', ...comparison }
  printVerdict(options, document, (style) =>
    'pairs' in comparison ? compareSetsReport(style, comparison) : compareReport(style, comparison),
  )
  return comparison.verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}
