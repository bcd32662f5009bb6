/** A chain of scalar units for people: what each derivative leaves, and the true gradient beside it. */
import { type Look, paint, printable } from '../text/terminal-style.js'
import type { Chain, ChainAgreement, ChainRecord } from '../training/chain.js'
import { verdict } from './agreement.js'
import { type Column, heading, table, wrap } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'

const columns: readonly Column[] = [
  { title: 'unit', align: 'right' },
  { title: 'weight', align: 'right' },
  { title: 'output a', align: 'right' },
  { title: "f'(z)", align: 'right' },
  { title: "product of f'", align: 'right' },
  { title: 'dL/dw', align: 'right' },
]

/** A row for each unit of a chain. */
export function unitsTable(look: Look, { units }: Pick<ChainRecord, 'units'>): string[] {
  const rows = units.map(({ weight, activation, derivative, derivativeProduct, gradient }, i) => [
    String(i + 1),
    String(weight),
    activation.toFixed(6),
    derivative.toFixed(6),
    formatScientific(derivativeProduct, 4),
    formatScientific(gradient, 4),
  ])
  return table(look, columns, rows, 4)
}

function agreementLine(look: Look, { backends, worst, tolerance, ok }: ChainAgreement): string {
  const [first, second] = backends.map(printable)
  const difference = `largest difference ${formatScientific(worst.relative)}, within ${formatScientific(tolerance, 0)}`
  return `  ${second} and ${first} ${verdict(look, ok ? 'agree' : 'disagree')} (${difference})`
}

function armReport(look: Look, records: readonly ChainRecord[], agreement: readonly ChainAgreement[]): string[] {
  const [first] = records
  if (first === undefined) return []
  const tables = records.flatMap((record) => [
    '',
    `  ${paint(look, ['bold', 'cyan'], printable(record.backend))}  ${paint(look, 'dim', record.precision)}`,
    '',
    ...unitsTable(look, record),
  ])
  const lines = agreement.filter(({ arm }) => arm === first.arm).map((each) => agreementLine(look, each))
  return ['', heading(look, first.arm), ...tables, ...(lines.length === 0 ? [] : ['', ...lines])]
}

const explanation =
  "a_i = f(w_i a_(i-1)) and L = a_n. The product of f' from a unit to the last leaves the weights out; " +
  'dL/dw is the true gradient, with the weights in.'

/** All arms of a chain. */
export function chainReport(
  look: Look,
  chain: Chain,
  records: readonly ChainRecord[],
  agreement: readonly ChainAgreement[],
): string[] {
  const arms = Object.keys(chain.arms)
  return [
    paint(look, 'bold', printable(chain.name)),
    ...wrap(look, printable(chain.description), 0),
    '',
    ...wrap(look, explanation, 0),
    ...arms.flatMap((arm) =>
      armReport(
        look,
        records.filter((record) => record.arm === arm),
        agreement,
      ),
    ),
  ]
}
