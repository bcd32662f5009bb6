/** The task of comparing two records after the fact. */
import { compareRecords, parseTolerances } from '@isograd/core/compare'
import { loadRun } from '@isograd/core/node'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { compareReport } from '../terminal/compare.js'
import { printResult } from '../terminal/print-result.js'

/** Compares the runs in two directories. @throws InputError */
export async function compare(first: string, second: string, options: SharedValues): Promise<ExitStatus> {
  const { tolerance = [], use } = options
  const tolerances = parseTolerances(tolerance)
  const registry = await loadRegistry(use)
  const a = await loadRun(first, registry)
  const b = await loadRun(second, registry)
  const comparison = compareRecords(a, b, tolerances)
  const document = { schema: 'isograd.compare/2', ...comparison }
  printResult(options, document, (style) => compareReport(style, comparison))
  return comparison.verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}
