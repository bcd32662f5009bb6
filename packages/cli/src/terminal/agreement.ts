/** The agreement of two backends on an arm, with the numbers behind the verdict. */
import type { RunRecord } from '@isograd/core'
import { type Agreement, agreementTolerances } from '@isograd/core/compare'
import { finalsTitle } from '../documents/run-figures.js'
import { type Cell, type Column, indented, table, wrap } from '../text/layout.js'
import { formatErrors, formatScientific } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { markCell, verdictText } from './verdict.js'

type GradientComparison = Agreement['gradients'][number]

/** A difference that is held against a tolerance. */
interface Measured {
  readonly relative: number
  readonly tolerance: number
  readonly ok: boolean
}

/** The gradient with the largest relative difference. */
export function worstGradient({ gradients }: Agreement): GradientComparison | undefined {
  const [first, ...rest] = gradients
  return first && rest.reduce((worst, gradient) => (gradient.relative > worst.relative ? gradient : worst), first)
}

function measuredRow(style: TerminalStyle, title: string, { relative, tolerance, ok }: Measured): Cell[] {
  return [title, formatScientific(relative), `within ${formatScientific(tolerance, 0)}`, markCell(style, ok)]
}

/** Losses of steps; none where nothing was trained. */
function lossRows(style: TerminalStyle, { firstLoss, earlyLoss }: Agreement): { first: Cell[][]; early: Cell[][] } {
  if (Number.isNaN(firstLoss.a) && Number.isNaN(firstLoss.b)) return { first: [], early: [] }
  const title = `early losses: worst at step ${earlyLoss.step + 1}`
  return {
    first: [measuredRow(style, 'first loss', firstLoss)],
    early: [measuredRow(style, title, earlyLoss)],
  }
}

function finalsRow(style: TerminalStyle, finals: Agreement['finals']): Cell[] {
  const { measured, tolerance, ok } = finals
  const limit = `within ${formatErrors(tolerance)} standard errors`
  return [finalsTitle(finals), measured.toFixed(2), limit, markCell(style, ok)]
}

function checkRows(style: TerminalStyle, agreement: Agreement): Cell[][] {
  const { finals } = agreement
  const { first, early } = lossRows(style, agreement)
  const worst = worstGradient(agreement)
  return [
    ...first,
    worst === undefined
      ? ['worst gradient', 'there is none', '', markCell(style, false)]
      : measuredRow(style, `worst gradient: ${printable(worst.layer)} ${worst.parameter}`, worst),
    ...early,
    ...(agreement.reason === undefined ? [finalsRow(style, finals)] : []),
  ]
}

function gradientRows({ gradients }: Agreement): Cell[][] {
  const cellOf = (layer: string, parameter: string): Cell => {
    const found = gradients.find((gradient) => gradient.layer === layer && gradient.parameter === parameter)
    if (found === undefined) return ''
    const text = formatScientific(found.relative)
    return found.ok ? text : { text, format: 'red' }
  }
  const layers = [...new Set(gradients.map(({ layer }) => layer))]
  return layers.map((layer) => [printable(layer), ...parametersOf(gradients).map((each) => cellOf(layer, each))])
}

function parametersOf(gradients: Agreement['gradients']): string[] {
  return [...new Set(gradients.map(({ parameter }) => parameter))]
}

const inconclusive = [
  '',
  '    Losses and gradients agree where they must; the final metrics are further',
  '    apart than each run moves by itself. Training amplifies rounding, so this alone',
  '    is no fault: isograd check --mode run measures how much is noise.',
]

const widened = 'Tolerances above the usual are 16 times what rounding alone was measured to do there.'

/** True where a tolerance was widened to what rounding does. */
function isWidened({ precision, firstLoss, gradients, earlyLoss }: Agreement): boolean {
  const usual = agreementTolerances[precision]
  const isAbove = firstLoss.tolerance > usual.firstLoss || earlyLoss.tolerance > usual.earlyLoss
  return isAbove || gradients.some(({ tolerance }) => tolerance > usual.gradientNorm)
}

function paragraphs(style: TerminalStyle, words: readonly string[]): string[] {
  if (words.length === 0) return []
  return ['', ...indented(style, 4, (narrow) => words.flatMap((text) => wrap(narrow, printable(text), 2)))]
}

/** The words for what the numbers alone do not tell. */
function reasonLines(style: TerminalStyle, agreement: Agreement): string[] {
  const { verdict, reason, note } = agreement
  const words = [reason, note].filter((text) => text !== undefined)
  const why = words.length === 0 && verdict === 'inconclusive' ? inconclusive : paragraphs(style, words)
  return [...why, ...paragraphs(style, isWidened(agreement) ? [widened] : [])]
}

/** The comparison of two runs of one arm. */
export function agreementReport(style: TerminalStyle, agreement: Agreement): string[] {
  const [first, second] = agreement.backends.map(printable)
  const checks = [
    { title: 'check' },
    { title: 'difference', align: 'right' },
    { title: 'tolerance' },
    { title: '' },
  ] as const
  const parameters = parametersOf(agreement.gradients).map((title): Column => ({ title, align: 'right' }))
  const layers = [{ title: 'gradient before the first update' }, ...parameters]
  return [
    `  ${paint(style, ['bold', 'cyan'], `${second} against ${first}`)}  ${verdictText(style, agreement.verdict)}`,
    '',
    ...table(style, checks, checkRows(style, agreement), 4),
    ...reasonLines(style, agreement),
    ...(parameters.length === 0 ? [] : ['', ...table(style, layers, gradientRows(agreement), 4)]),
  ]
}

/** The line where there is nothing to compare. */
export function nothingToCompare(records: readonly RunRecord[]): string[] {
  if (records.length > 1) return []
  return [`  ${records.length === 0 ? 'no backend has finished' : 'one backend alone'}: nothing to compare`]
}
