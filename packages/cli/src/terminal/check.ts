/** A check for people: the verdict of each mode, the tables behind it, and every finding with what would have passed. */
import {
  type ArmReport,
  type CheckReport,
  type Finding,
  type Judgement,
  type OperationSummary,
  type StepSummary,
  type Verdict,
} from '@isograd/core'
import { type Format, type Look, paint, printable } from '../text/terminal-style.js'
import { type Cell, heading, labelled, table, wrap } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'
import { runCheckReport } from './check-run.js'

const verdictFormats: Readonly<Record<Verdict, Format>> = { agree: 'green', inconclusive: 'yellow', disagree: 'red' }

/** A verdict in its colour. */
export function verdictText(look: Look, verdict: Verdict): string {
  return paint(look, ['bold', verdictFormats[verdict]], verdict)
}

const modeTitles = {
  ops: 'every operation against its rounding bound',
  step: 'whole steps against float64',
  run: 'free training against the noise floor',
  trace: 'the trace against float64',
  record: 'the record against this run',
} as const

function judgementLines(look: Look, mode: string, { verdict, reason }: Judgement): string[] {
  const title = modeTitles[mode as keyof typeof modeTitles]
  const indented = { ...look, width: look.width - 4 }
  return [
    `  ${paint(look, 'bold', mode.padEnd(7))}${verdictText(look, verdict)}  ${paint(look, 'dim', title)}`,
    ...wrap(indented, printable(reason), 0).map((line) => `    ${line}`),
  ]
}

function ratioText(ratio: number): string {
  if (ratio === Number.POSITIVE_INFINITY) return 'inexact'
  return ratio === 0 ? 'exact' : ratio < 1000 ? ratio.toFixed(3) : formatScientific(ratio)
}

function ratioCell(summary: OperationSummary | undefined, tolerance: number): Cell {
  if (summary === undefined) return ''
  const text = ratioText(summary.ratio)
  return summary.ratio > tolerance ? { text, format: 'red' } : text
}

/** Worst error of each operation as a fraction of its bound, a column for each backend. */
function operationTable(look: Look, { operations, tolerances }: ArmReport, backends: readonly string[]): string[] {
  const names = [...new Set(operations.map(({ operation }) => operation))]
  const find = (operation: string, backend: string): OperationSummary | undefined =>
    operations.find((one) => one.operation === operation && one.backend === backend)
  const exact = names.filter((name) => backends.every((backend) => (find(name, backend)?.ratio ?? 0) === 0))
  const rows = names
    .filter((name) => !exact.includes(name))
    .map((name): Cell[] => [name, ...backends.map((backend) => ratioCell(find(name, backend), tolerances.ops))])
  const columns = [
    { title: 'worst error / bound' },
    ...backends.map((title) => ({ title: printable(title), align: 'right' as const })),
  ]
  const others = exact.length === 0 ? [] : wrap({ ...look, width: look.width - 4 }, `exact: ${exact.join(', ')}`, 2)
  return [...(rows.length === 0 ? [] : table(look, columns, rows, 4)), ...others.map((line) => `    ${line}`)]
}

type QuantityKind = StepSummary['quantities'][number]['kind']

function worstOf(steps: readonly StepSummary[], backend: string, kind: QuantityKind, name: string): number {
  const errors = steps
    .filter((step) => step.backend === backend)
    .flatMap(({ quantities }) => quantities.filter((one) => one.kind === kind && one.name === name))
    .map(({ error }) => error)
  return errors.reduce((worst, error) => (error > worst || Number.isNaN(error) ? error : worst), 0)
}

/** Relative errors of loss and gradients, the worst of all steps, a column for each backend. */
function gradientTable(look: Look, { steps, tolerances }: ArmReport): string[] {
  const [first] = steps
  if (first === undefined) return []
  const backends = [...new Set(steps.map(({ backend }) => backend))]
  const shown = first.quantities.filter(({ kind }) => kind === 'loss' || kind === 'gradient')
  const rows = shown.map(({ kind, name, size }): Cell[] => [
    kind === 'loss' ? 'loss' : printable(name),
    formatScientific(size, 1),
    ...backends.map((backend): Cell => {
      const worst = worstOf(steps, backend, kind, name)
      const text = formatScientific(worst, 1)
      return worst <= tolerances[kind] ? text : { text, format: 'red' }
    }),
  ])
  const numbers = [...new Set(steps.map(({ step }) => step))]
  const columns = [
    { title: 'relative error of the gradient' },
    { title: 'norm', align: 'right' as const },
    ...backends.map((title) => ({ title: printable(title), align: 'right' as const })),
  ]
  return [`    ${paint(look, 'dim', `worst of steps ${numbers.join(', ')}`)}`, ...table(look, columns, rows, 4)]
}

function armReport(look: Look, report: ArmReport, backends: readonly string[]): string[] {
  const { judgements } = report
  const sections: string[] = ['', heading(look, report.arm)]
  for (const [mode, judgement] of Object.entries(judgements)) {
    sections.push('', ...judgementLines(look, mode, judgement))
    if (mode === 'ops') sections.push('', ...operationTable(look, report, backends))
    if (mode === 'step' || mode === 'trace') sections.push('', ...gradientTable(look, report))
    if (mode === 'run') sections.push(...runCheckReport(look, report.runs))
  }
  return sections
}

const MOST_FINDINGS = 12

/** What would have let a finding pass. */
export function passingTolerance(finding: Finding): string {
  const { toleranceName, measured, smallestTolerance: smallest } = finding
  if (toleranceName === undefined || measured === undefined) return ''
  if (smallest === undefined) return 'no tolerance would have let it pass'
  return `smallest tolerance that would have passed: --tolerance ${toleranceName}=${smallest}`
}

function findingLines(look: Look, finding: Finding): string[] {
  const format = finding.severity === 'fault' ? 'red' : 'yellow'
  const arm = finding.arm === undefined ? '' : `${finding.arm}, `
  const indented = { ...look, width: look.width - 4 }
  const mark = paint(look, format, finding.severity)
  const [first = '', ...rest] = wrap(indented, `${arm}${finding.mode}: ${printable(finding.sentence)}`, 0)
  const hint = finding.severity === 'fault' ? passingTolerance(finding) : ''
  const body = [...rest, ...(hint === '' ? [] : wrap(indented, hint, 0).map((line) => paint(look, 'dim', line)))]
  return [`  ${mark}  ${first}`, ...body.map((line) => `    ${line}`)]
}

function findingsReport(look: Look, { findings, failures }: CheckReport): string[] {
  const faults = findings.filter(({ severity }) => severity === 'fault')
  const remarks = findings.filter(({ severity }) => severity === 'remark')
  const shown = [...faults, ...remarks].slice(0, MOST_FINDINGS)
  const left = findings.length - shown.length
  const failed = failures.map(({ arm, mode, message }) => `  ${arm ?? ''} ${mode}: ${printable(message)}`)
  return [
    ...(shown.length === 0 ? [] : ['', heading(look, 'findings'), '']),
    ...shown.flatMap((finding) => findingLines(look, finding)),
    ...(left === 0 ? [] : [`  and ${left} more; --json has them all`]),
    ...(failed.length === 0 ? [] : ['', heading(look, 'backends that failed'), '', ...failed]),
  ]
}

function header(look: Look, { experiment, backends, modes }: CheckReport): string[] {
  return [
    paint(look, 'bold', printable(experiment)),
    '',
    ...labelled(look, [
      // A trace brings what computed it along.
      ...(backends.length === 0 ? [] : [['backends', printable(backends.map(({ name }) => name).join(', '))] as const]),
      ['modes', modes.join(', ')],
    ]),
  ]
}

/** The whole report. */
export function checkReport(look: Look, report: CheckReport): string[] {
  const backends = report.backends.map(({ name }) => name)
  const closing = report.verdict === 'agree' ? '' : `: ${printable(report.reason)}`
  return [
    ...header(look, report),
    ...report.arms.flatMap((arm) => armReport(look, arm, backends)),
    ...findingsReport(look, report),
    '',
    ...wrap(look, `${report.verdict}${closing}`, 2).map((line, i) =>
      i === 0 ? line.replace(report.verdict, verdictText(look, report.verdict)) : line,
    ),
  ]
}
