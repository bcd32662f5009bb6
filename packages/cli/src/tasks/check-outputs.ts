/** Where a check's report goes: to standard output as text, JSON or annotations, and to files. */
import { resolve } from 'node:path'
import { type CheckReport, InputError } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { lookOf } from '../text/terminal-style.js'
import { checkReport } from '../terminal/check.js'
import { appendSummary, checkAnnotations } from '../documents/check-github.js'
import { checkJunit } from '../documents/check-junit.js'
import { checkMarkdown } from '../documents/check-markdown.js'
import { writeAtomically } from '../disk/atomic-write.js'
import { checkDocument } from '../documents/check-document.js'
import type { CheckSettings } from '../input/check-settings.js'

function save(option: string, path: string | undefined, text: () => string): void {
  if (path === undefined) return
  try {
    writeAtomically(resolve(path), text())
  } catch (error) {
    throw new InputError('isograd', `--${option}: ${path}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

/** Prints and writes a report. */
export function publish(report: CheckReport, settings: CheckSettings, backends: readonly LoadedBackend[]): void {
  save('junit', settings.junit, () => checkJunit(report))
  save('markdown', settings.markdown, () => checkMarkdown(report))
  const { json, ascii } = settings.run
  const look = lookOf(process.stdout, process.env, ascii)
  process.stdout.write(json ? checkDocument(report, backends) : `${checkReport(look, report).join('\n')}\n`)
  if (!settings.github) return
  // With --json standard output is one document; the workflow reads standard error as well.
  const stream = json ? process.stderr : process.stdout
  for (const line of checkAnnotations(report)) stream.write(`${line}\n`)
  appendSummary(report, process.env['GITHUB_STEP_SUMMARY'])
}

/** 0 only where everything asked for was compared and agrees. */
export function statusOf({ failures, verdict }: CheckReport): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  return verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}
