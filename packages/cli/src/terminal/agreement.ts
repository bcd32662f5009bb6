/** Whether two backends agree on an arm, with the numbers behind the verdict. */
import type { Agreement, AgreementVerdict, RunRecord } from '@isograd/core'
import { type Look, paint, printable, symbols } from '../text/terminal-style.js'
import { type Cell, table } from '../text/layout.js'
import { formatPercent, formatScientific } from '../text/numbers.js'

type GradientComparison = Agreement['gradients'][number]

function mark(look: Look, ok: boolean): Cell {
  return { text: symbols(look)[ok ? 'ok' : 'bad'], format: ok ? 'green' : 'red' }
}

/** The gradient with the largest relative difference. */
export function worstGradient({ gradients }: Agreement): GradientComparison | undefined {
  return gradients.reduce<GradientComparison | undefined>(
    (worst, gradient) => (worst === undefined || gradient.relative > worst.relative ? gradient : worst),
    undefined,
  )
}

function limit(tolerance: number): string {
  return `within ${formatScientific(tolerance, 0)}`
}

function checkRows(look: Look, agreement: Agreement): Cell[][] {
  const { firstLoss, earlyLoss, accuracy } = agreement
  const worst = worstGradient(agreement)
  const gradientRow: Cell[] =
    worst === undefined
      ? ['worst gradient', 'there is none', '', mark(look, false)]
      : [
          `worst gradient: ${printable(worst.layer)} ${worst.parameter}`,
          formatScientific(worst.relative),
          limit(worst.tolerance),
          mark(look, worst.ok),
        ]
  return [
    ['first loss', formatScientific(firstLoss.relative), limit(firstLoss.tolerance), mark(look, firstLoss.ok)],
    gradientRow,
    [
      `early losses: worst at step ${earlyLoss.step + 1}`,
      formatScientific(earlyLoss.relative),
      limit(earlyLoss.tolerance),
      mark(look, earlyLoss.ok),
    ],
    [
      `final accuracy: ${formatPercent(accuracy.a)} and ${formatPercent(accuracy.b)}`,
      formatPercent(accuracy.difference),
      `within ${formatPercent(accuracy.tolerance)}`,
      mark(look, accuracy.ok),
    ],
  ]
}

function gradientCell(comparison: GradientComparison | undefined): Cell {
  if (comparison === undefined) return ''
  const text = formatScientific(comparison.relative)
  return comparison.ok ? text : { text, format: 'red' }
}

function gradientRows({ gradients }: Agreement): Cell[][] {
  const layers = [...new Set(gradients.map(({ layer }) => layer))]
  const find = (layer: string, parameter: string): GradientComparison | undefined =>
    gradients.find((gradient) => gradient.layer === layer && gradient.parameter === parameter)
  return layers.map((layer) => [
    printable(layer),
    gradientCell(find(layer, 'weight')),
    gradientCell(find(layer, 'bias')),
  ])
}

const verdictColours = { agree: 'green', disagree: 'red', inconclusive: 'yellow' } as const

/** `agree`, `disagree` or `inconclusive`. */
export function verdict(look: Look, value: AgreementVerdict): string {
  return paint(look, ['bold', verdictColours[value]], value)
}

/** What an inconclusive verdict means. */
function explanation({ verdict: value }: Agreement): string[] {
  if (value !== 'inconclusive') return []
  return [
    '',
    '    Losses and gradients agree where they must; the final accuracies are further',
    '    apart than each run moves by itself. Training amplifies rounding, so this alone',
    '    is no fault: isograd check --mode run measures how much is noise.',
  ]
}

/** The comparison of two runs of one arm. */
export function agreementReport(look: Look, agreement: Agreement): string[] {
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
    `  ${paint(look, ['bold', 'cyan'], `${second} against ${first}`)}  ${verdict(look, agreement.verdict)}`,
    '',
    ...table(look, checks, checkRows(look, agreement), 4),
    ...explanation(agreement),
    '',
    ...table(look, layers, gradientRows(agreement), 4),
  ]
}

/** What to say where there is nothing to compare. */
export function nothingToCompare(records: readonly RunRecord[]): string[] {
  return records.length > 1 ? [] : ['  one backend: nothing to compare it with']
}
