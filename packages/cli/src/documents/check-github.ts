/** A check as annotations of a GitHub workflow, which shows ten of each kind for a step; the summary holds them all. */
import { InputError } from '@isograd/core'
import type { CheckReport, Finding } from '@isograd/core/compare'
import { appendText } from '../disk/regular-file.js'
import { messageOf } from '../errors/failure.js'
import { checkMarkdown } from './check-markdown.js'

const MOST_ANNOTATIONS = 10
/** A job summary may hold 1 MiB. */
const MOST_SUMMARY_BYTES = 1024 * 1024

/** The value of a workflow command. */
export function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

/** A property of a workflow command. */
export function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}

function annotation(level: 'error' | 'warning', title: string, message: string): string {
  return `::${level} title=${escapeProperty(title)}::${escapeData(message)}`
}

function titleOf(experiment: string, { arm, mode, backend }: Pick<Finding, 'arm' | 'mode' | 'backend'>): string {
  return [experiment, arm, mode, backend].filter((part) => part !== undefined).join(' ')
}

/** The annotations, errors first. */
export function checkAnnotations({ experiment, findings, failures, verdict, reason }: CheckReport): string[] {
  const errors = [
    ...failures.map((failure) => annotation('error', titleOf(experiment, failure), failure.message)),
    ...findings
      .filter(({ severity }) => severity === 'fault')
      .map((finding) => annotation('error', titleOf(experiment, finding), finding.sentence)),
    ...(verdict === 'inconclusive' || verdict === 'diverged'
      ? [annotation('error', `${experiment} ${verdict}`, reason)]
      : []),
  ]
  const warnings = findings
    .filter(({ severity }) => severity === 'remark')
    .map((finding) => annotation('warning', titleOf(experiment, finding), finding.sentence))
  return [...errors.slice(0, MOST_ANNOTATIONS), ...warnings.slice(0, MOST_ANNOTATIONS)]
}

/** Appends the report to the summary of the job, where there is one. */
export function appendSummary(report: CheckReport, path: string | undefined): void {
  if (path === undefined || path === '') return
  const bytes = Buffer.from(checkMarkdown(report))
  try {
    appendText(path, bytes.length <= MOST_SUMMARY_BYTES ? bytes : `${report.verdict}: ${report.reason}\n`)
  } catch (error) {
    throw new InputError('isograd', `GITHUB_STEP_SUMMARY: ${path}: cannot be written: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
