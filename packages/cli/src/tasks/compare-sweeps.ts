/** The task of comparing the backends of a sweep, or two sweeps of one experiment. */
import { existsSync, realpathSync } from 'node:fs'
import { InputError } from '@isograd/core'
import { differences, formatPath } from '@isograd/core/compare'
import { compareSweeps } from '../documents/sweep-compare.js'
import { statusOfSweep } from '../documents/sweep-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { isSweepDirectory, sideIn, statusDocument } from '../sweeps/status.js'
import type { SweepMark } from '../sweeps/sweep-directory.js'
import { printResult, printVerdict } from '../terminal/print-result.js'
import { sweepReport } from '../terminal/sweep.js'
import { sweepsReport } from '../terminal/sweeps.js'
import { missingText } from '@isograd/core/node'

function refuse(message: string): never {
  throw new InputError('isograd', message)
}

/** Says how the backends of a sweep compare, beside where it stands. @throws InputError */
export function compareSweep(directory: string, options: SharedValues): ExitStatus {
  if (!existsSync(directory)) refuse(`${directory}: ${missingText(directory)}`)
  if (!isSweepDirectory(directory)) {
    refuse(`${directory}: expected two runs, or the directory of a sweep alone; name another run`)
  }
  const document = statusDocument(directory)
  if (document.backends.length === 0) {
    refuse(`${directory}: expected trainings of two backends, got those of one; name a second sweep`)
  }
  printResult(options, document, (style) => sweepReport(style, document))
  return document.backends.some(({ apart }) => apart.length > 0) ? exitStatus.disagreement : statusOfSweep(document)
}

/** @throws InputError where sweeps are of two experiments, or on other data, with what differs */
function requireSameExperiment(directories: readonly [string, string], first: SweepMark, second: SweepMark): void {
  const [a, b] = [first, second].map(({ experiment, modules, data }) => ({ experiment, modules, data }))
  const lines = differences(a, b).map((each) => `\n  ${formatPath(each.path)}: ${each.before} and ${each.now}`)
  if (lines.length > 0)
    refuse(`${directories.join(' and ')}: expected sweeps of one experiment, got two:${lines.join('')}`)
}

/** @throws InputError for options that comparisons of runs have alone */
function refuseTolerance({ tolerance = [] }: SharedValues): void {
  if (tolerance.length > 0)
    refuse('--tolerance: of sweeps the finals are compared, within 3 standard errors; leave it out')
}

/** Compares two sweeps, training by training; undefined where neither directory is of one. @throws InputError */
export function compareTwoSweeps(first: string, second: string, options: SharedValues): ExitStatus | undefined {
  const [isFirst, isSecond] = [first, second].map(isSweepDirectory)
  if (isFirst === false && isSecond === false) return undefined
  if (isFirst !== isSecond) {
    const [sweep, other] = isFirst === true ? [first, second] : [second, first]
    refuse(`${sweep} is the directory of a sweep, ${other} is none; compare a sweep with a sweep, or name it alone`)
  }
  refuseTolerance(options)
  if (realpathSync(first) === realpathSync(second)) {
    refuse(`${first} and ${second}: expected two sweeps, got one twice; name it once to compare its backends`)
  }
  const [a, b] = [sideIn(first), sideIn(second)]
  requireSameExperiment([first, second], a.mark, b.mark)
  const comparison = compareSweeps(a.side, b.side)
  if (comparison === undefined) {
    return refuse(
      `${first} and ${second}: they have no training in common, of the same settings, arm, seed and backend`,
    )
  }
  printVerdict(options, comparison, (style) => sweepsReport(style, comparison))
  return comparison.verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}
