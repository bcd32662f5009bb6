/** A check for people: the verdict of each mode, the tables behind it, and every finding with the tolerance it needs. */
import {
  type ArmReport,
  chanceText,
  type CheckReport,
  type Finding,
  type Judgement,
  type OperationSummary,
  type PairVerdict,
  type StepSummary,
} from '@isograd/core/compare'
import { evidenceText, groupsOf, passingTolerances, uncheckedLines } from '../documents/check-document.js'
import { type Cell, type Column, heading, indented, labelled, table, wrap } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { runCheckReport } from './check-run.js'
import { comparisonLines } from './compare.js'
import { verdictText } from './verdict.js'

const modeTitles = {
  ops: 'every operation against its rounding bound',
  step: 'whole steps against float64',
  run: 'free training against the noise floor',
  trace: 'the trace against float64',
  record: 'the record against this run',
} as const

/** A reason in which the sentence of a finding that is printed elsewhere is no more than its place. */
function referring(reason: string, printed: readonly Finding[], where: 'above' | 'below'): string {
  const named = printed.filter(({ sentence }) => reason.startsWith(sentence))
  const [finding] = named.toSorted((a, b) => b.sentence.length - a.sentence.length)
  if (finding === undefined) return reason
  const { backend, tensor, node, layer, step, sentence } = finding
  const place = [backend, tensor ?? node ?? layer, step === undefined ? undefined : `step ${step}`]
  const told = place.filter((part) => part !== undefined).join(', ')
  return `${told}; in full ${where}${reason.slice(sentence.length)}`
}

function judgementLines(style: TerminalStyle, mode: string, { verdict, reason }: Judgement): string[] {
  const title = modeTitles[mode as keyof typeof modeTitles]
  return [
    `  ${paint(style, 'bold', mode.padEnd(7))}${verdictText(style, verdict)}  ${paint(style, 'dim', title)}`,
    ...indented(style, 4, (narrow) => wrap(narrow, printable(reason), 0)),
  ]
}

/** A number that is red beyond its tolerance. */
function judgedCell(text: string, value: number, tolerance: number): Cell {
  return value <= tolerance ? text : { text, format: 'red' }
}

function backendColumns(backends: readonly string[]): Column[] {
  return backends.map((title) => ({ title: printable(title), align: 'right' }))
}

function ratioText(ratio: number): string {
  if (ratio === Number.POSITIVE_INFINITY) return 'inexact'
  return ratio === 0 ? 'exact' : ratio < 1000 ? ratio.toFixed(3) : formatScientific(ratio)
}

/** Worst error of each operation as a fraction of its bound, a column for each backend. */
function operationTable(
  style: TerminalStyle,
  { operations, tolerances }: ArmReport,
  backends: readonly string[],
): string[] {
  const names = [...new Set(operations.map(({ operation }) => operation))]
  const of = (name: string): OperationSummary[] => operations.filter(({ operation }) => operation === name)
  const exact = names.filter((name) => of(name).every(({ ratio }) => ratio === 0))
  const rows = names
    .filter((name) => !exact.includes(name))
    .map((name): Cell[] => [
      name,
      ...backends.map((backend) => {
        const ratio = of(name).find((one) => one.backend === backend)?.ratio
        return ratio === undefined ? '' : judgedCell(ratioText(ratio), ratio, tolerances.ops)
      }),
    ])
  const columns = [{ title: 'worst error / bound' }, ...backendColumns(backends)]
  return [
    ...(rows.length === 0 ? [] : table(style, columns, rows, 4)),
    ...(exact.length === 0 ? [] : indented(style, 4, (narrow) => wrap(narrow, `exact: ${exact.join(', ')}`, 2))),
    ...likenessLines(
      style,
      operations.filter(({ operation }) => !exact.includes(operation)),
      backends,
    ),
  ]
}

/** The formats that operations behave like, with the backends where not all are meant. */
function likenessLines(
  style: TerminalStyle,
  operations: readonly OperationSummary[],
  backends: readonly string[],
): string[] {
  const likes = [...new Set(operations.flatMap(({ like }) => like ?? []))]
  return likes.flatMap((like) => {
    const own = operations.filter((one) => one.like === like)
    const names = [...new Set(own.map(({ operation }) => operation))].map((name) => {
      const on = own.filter(({ operation }) => operation === name).map(({ backend }) => printable(backend))
      return on.length === backends.length ? name : `${name} (${on.join(', ')})`
    })
    return indented(style, 4, (narrow) => wrap(narrow, `like ${like}: ${names.join(', ')}`, 2))
  })
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
function gradientTable(style: TerminalStyle, { steps, tolerances }: ArmReport): string[] {
  const [first] = steps
  if (first === undefined) return []
  const backends = [...new Set(steps.map(({ backend }) => backend))]
  const rows = first.quantities.flatMap(({ kind, name, size }): Cell[][] => {
    if (kind !== 'loss' && kind !== 'gradient') return []
    const cells = backends.map((backend) => {
      const worst = worstOf(steps, backend, kind, name)
      return judgedCell(formatScientific(worst, 1), worst, tolerances[kind])
    })
    return [[printable(name), formatScientific(size, 1), ...cells]]
  })
  const numbers = [...new Set(steps.map(({ step }) => step))]
  const title = { title: 'relative error of the gradient' }
  const columns = [title, { title: 'norm', align: 'right' } as const, ...backendColumns(backends)]
  return [`    ${paint(style, 'dim', `worst of steps ${numbers.join(', ')}`)}`, ...table(style, columns, rows, 4)]
}

/** The differences of each backend from the record. */
function recordLines(style: TerminalStyle, { againstRecord = [] }: ArmReport): string[] {
  return againstRecord.flatMap(({ comparison }) => [
    '',
    ...indented(style, 4, (narrow) => comparisonLines(narrow, comparison, ['here', 'record'])),
  ])
}

function armReport(
  style: TerminalStyle,
  report: ArmReport,
  backends: readonly string[],
  printed: readonly Finding[],
): string[] {
  const sections: string[] = ['', heading(style, report.arm)]
  for (const [mode, judgement] of Object.entries(report.judgements)) {
    const reason = referring(judgement.reason, printed, 'below')
    sections.push('', ...judgementLines(style, mode, { ...judgement, reason }))
    if (mode === 'ops') sections.push('', ...operationTable(style, report, backends))
    if (mode === 'step' || mode === 'trace') sections.push('', ...gradientTable(style, report))
    if (mode === 'record') sections.push(...recordLines(style, report))
    if (mode === 'run') sections.push(...runCheckReport(style, report.runs))
  }
  return sections
}

const MOST_FINDINGS = 12

const MOST_PLACES = 3

/** Where a finding is, in short. */
function placeOf({ arm, mode, tensor, node, layer, step }: Finding): string {
  const what = tensor ?? node ?? layer
  const parts = [arm, mode, what, step === undefined ? undefined : `step ${step}`]
  return parts.filter((part) => part !== undefined).join(' ')
}

/** The first of findings of one kind, and where the others are. */
function groupLines(style: TerminalStyle, [first, ...others]: readonly Finding[]): string[] {
  if (first === undefined) return []
  const { severity, mode, sentence, arm } = first
  const text = `${arm === undefined ? '' : `${arm}, `}${mode}: ${printable(sentence)}`
  const places = others.slice(0, MOST_PLACES).map(placeOf)
  const more = `and ${others.length} more like it: ${printable(places.join('; '))}`
  const hint = others.length === 0 ? '' : `${more}${others.length > MOST_PLACES ? '; ...' : ''}`
  // The severity takes as many columns of the first line, beside those that all are set in by.
  const marked = severity.slice(1)
  const [line = '', ...rest] = indented(style, 4, (narrow) => [
    ...wrap(narrow, `${marked} ${text}`, 0),
    ...(hint === '' ? [] : wrap(narrow, hint, 0).map((part) => paint(style, 'dim', part))),
  ])
  const colour = severity === 'fault' ? 'red' : 'yellow'
  return [`  ${paint(style, colour, severity)}  ${line.trimStart().slice(marked.length + 1)}`, ...rest]
}

/** The groups of findings that are printed, faults first. */
function shownGroups(findings: readonly Finding[]): (readonly Finding[])[] {
  const of = (kind: Finding['severity']): Finding[] => findings.filter(({ severity }) => severity === kind)
  return groupsOf([...of('fault'), ...of('remark')]).slice(0, MOST_FINDINGS)
}

function findingsReport(style: TerminalStyle, { findings, failures }: CheckReport): string[] {
  const faults = findings.filter(({ severity }) => severity === 'fault')
  const shown = shownGroups(findings)
  const left = findings.length - shown.flat().length
  const tolerances = passingTolerances(faults)
  const failed = failures.map(({ arm, mode, step, message }) => {
    const at = step === undefined ? '' : `, step ${step}`
    return `  ${arm === undefined ? '' : `${arm}, `}mode ${mode}${at}: ${printable(message)}`
  })
  return [
    ...(shown.length === 0 ? [] : ['', heading(style, 'findings'), '']),
    ...shown.flatMap((group) => groupLines(style, group)),
    ...(left === 0 ? [] : [`  and ${left} more; --json has them all`]),
    ...(tolerances.length === 0 ? [] : ['', ...tolerances.map((line) => `  ${line}`)]),
    ...(failed.length === 0 ? [] : ['', heading(style, 'backends that failed'), '', ...failed]),
  ]
}

/** The verdict over two backends: why, the figure that decided, and what to do next. */
function pairLines(style: TerminalStyle, { backends, verdict, reason, evidence, next }: PairVerdict): string[] {
  const title = verdict === 'disagree' ? 'beyond its limit' : 'nearest to its limit'
  const rows = [
    ['because', reason],
    // Of what must be exact every error is beyond any limit: there is no figure to tell.
    ...(evidence === undefined || !Number.isFinite(evidence.measured)
      ? []
      : [[title, evidenceText(evidence)] as const]),
    ...(next === undefined ? [] : [['next', next] as const]),
  ] as const
  return [
    '',
    `  ${paint(style, 'bold', printable(backends.join(' and ')))}  ${verdictText(style, verdict)}`,
    ...indented(style, 4, (narrow) => rows.flatMap(([name, text]) => wrap(narrow, `${name}: ${printable(text)}`, 2))),
  ]
}

function closing(style: TerminalStyle, report: CheckReport, printed: readonly Finding[]): string[] {
  const { pairs, chance, verdict, reason } = report
  const words = verdict === 'agree' ? verdict : `${verdict}: ${printable(reason)}`
  const notes = [...uncheckedLines(report), ...(chance === undefined ? [] : [chanceText(chance)])]
  return [
    '',
    heading(style, 'verdict'),
    ...pairs.flatMap((pair) => pairLines(style, { ...pair, reason: referring(pair.reason, printed, 'above') })),
    ...(notes.length === 0 ? [] : ['']),
    ...indented(style, 2, (narrow) => notes.flatMap((note) => wrap(narrow, printable(note), 2))),
    '',
    ...wrap(style, words, 2).map((line, i) => (i === 0 ? line.replace(verdict, verdictText(style, verdict)) : line)),
  ]
}

/** The whole report. */
export function checkReport(style: TerminalStyle, report: CheckReport): string[] {
  const { experiment, modes } = report
  const backends = report.backends.map(({ name }) => name)
  const names = printable(backends.join(', '))
  const printed = shownGroups(report.findings).flatMap(([first]) => first ?? [])
  return [
    paint(style, 'bold', printable(experiment)),
    '',
    ...labelled(style, [
      // A trace was computed elsewhere.
      ...(backends.length === 0 ? [] : [['backends', names] as const]),
      ['modes', modes.join(', ')],
    ]),
    ...report.arms.flatMap((arm) => armReport(style, arm, backends, printed)),
    ...findingsReport(style, report),
    ...closing(style, report, printed),
  ]
}
