/** A check as Markdown, for pull requests and job summaries. */
import {
  type ArmReport,
  chanceText,
  type CheckReport,
  type Finding,
  type OperationSummary,
  type PairVerdict,
} from '@isograd/core/compare'
import { markdownCell, markdownTable } from '../text/markdown.js'
import { formatScientific } from '../text/numbers.js'
import { evidenceText, passingTolerance, uncheckedLines } from './check-document.js'

function verdictRows({ arms }: CheckReport): string[][] {
  return arms.flatMap(({ arm, judgements }) =>
    Object.entries(judgements).map(([mode, { verdict, reason }]) => [arm, mode, verdict, reason]),
  )
}

function findingRow(finding: Finding): string[] {
  const { severity, mode, arm = '', backend, operation = '', layer = '', stage = '', step, sentence } = finding
  const position = [operation, layer, stage, step === undefined ? '' : `step ${step}`].filter((part) => part !== '')
  return [severity, mode, arm, backend, position.join(', '), sentence, passingTolerance(finding)]
}

function ratio(summary: OperationSummary | undefined): string {
  if (summary === undefined) return ''
  const share = summary.ratio === 0 ? 'exact' : formatScientific(summary.ratio)
  return summary.like === undefined ? share : `${share}, like ${summary.like}`
}

function operationRows({ operations }: ArmReport, backends: readonly string[]): string[][] {
  const names = [...new Set(operations.map(({ operation }) => operation))]
  return names.map((name) => [
    name,
    ...backends.map((backend) => ratio(operations.find((one) => one.operation === name && one.backend === backend))),
  ])
}

/** A table under a heading; nothing where it has no rows. */
function section(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : ['', `### ${title}`, '', ...markdownTable(columns, rows)]
}

function pairRow({ backends, verdict, reason, evidence, next = '' }: PairVerdict): string[] {
  return [backends.join(' and '), verdict, reason, evidence === undefined ? '' : evidenceText(evidence), next]
}

/** The report. */
export function checkMarkdown(report: CheckReport): string {
  const { experiment, backends, findings, failures, verdict } = report
  const names = backends.map(({ name }) => name)
  const findingColumns = ['', 'mode', 'arm', 'backend', 'where', 'finding', 'tolerance']
  const failureRows = failures.map(({ backend, mode, arm = '', message }) => [backend, mode, arm, message])
  const lines = [
    `## ${markdownCell(experiment)}: ${verdict}`,
    '',
    ...markdownTable(['backends', 'verdict', 'because', 'figure', 'next'], report.pairs.map(pairRow)),
    '',
    ...uncheckedLines(report).flatMap((line) => [markdownCell(line), '']),
    ...(report.chance === undefined ? [] : [chanceText(report.chance), '']),
    ...markdownTable(['arm', 'mode', 'verdict', 'reason'], verdictRows(report)),
    ...section('Findings', findingColumns, findings.map(findingRow)),
    ...section('Backends that failed', ['backend', 'mode', 'arm', 'message'], failureRows),
    ...report.arms.flatMap((arm) =>
      section(
        `${markdownCell(arm.arm)}: worst error of each operation as a fraction of its rounding bound`,
        ['operation', ...names],
        operationRows(arm, names),
      ),
    ),
  ]
  return `${lines.join('\n')}\n`
}
