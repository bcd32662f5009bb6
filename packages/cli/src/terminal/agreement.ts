/** The agreement of two backends on an arm, with the numbers behind the verdict. */
import type { RunRecord } from '@isograd/core'
import type { Agreement } from '@isograd/core/compare'
import { finalComparison } from '../documents/run-figures.js'
import { type Cell, table } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'
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

function checkRows(style: TerminalStyle, agreement: Agreement): Cell[][] {
  const { firstLoss, earlyLoss } = agreement
  const row = (title: string, { relative, tolerance, ok }: Measured): Cell[] => {
    return [title, formatScientific(relative), `within ${formatScientific(tolerance, 0)}`, markCell(style, ok)]
  }
  const worst = worstGradient(agreement)
  const final = finalComparison(agreement)
  return [
    row('first loss', firstLoss),
    worst === undefined
      ? ['worst gradient', 'there is none', '', markCell(style, false)]
      : row(`worst gradient: ${printable(worst.layer)} ${worst.parameter}`, worst),
    row(`early losses: worst at step ${earlyLoss.step + 1}`, earlyLoss),
    [final.title, final.difference, final.tolerance, markCell(style, final.ok)],
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
  return layers.map((layer) => [printable(layer), cellOf(layer, 'weight'), cellOf(layer, 'bias')])
}

const inconclusive = [
  '',
  '    Losses and gradients agree where they must; the final metrics are further',
  '    apart than each run moves by itself. Training amplifies rounding, so this alone',
  '    is no fault: isograd check --mode run measures how much is noise.',
]

/** The comparison of two runs of one arm. */
export function agreementReport(style: TerminalStyle, agreement: Agreement): string[] {
  const [first, second] = agreement.backends.map(printable)
  const checks = [
    { title: 'check' },
    { title: 'difference', align: 'right' },
    { title: 'tolerance' },
    { title: '' },
  ] as const
  const layers = [
    { title: 'gradient before the first update' },
    { title: 'weight', align: 'right' },
    { title: 'bias', align: 'right' },
  ] as const
  return [
    `  ${paint(style, ['bold', 'cyan'], `${second} against ${first}`)}  ${verdictText(style, agreement.verdict)}`,
    '',
    ...table(style, checks, checkRows(style, agreement), 4),
    ...(agreement.verdict === 'inconclusive' ? inconclusive : []),
    '',
    ...table(style, layers, gradientRows(agreement), 4),
  ]
}

/** The line where there is nothing to compare. */
export function nothingToCompare(records: readonly RunRecord[]): string[] {
  return records.length > 1 ? [] : ['  one backend: nothing to compare it with']
}
