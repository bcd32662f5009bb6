/** The closing table: arms by backends, and the verdict of each arm. */
import type { Agreement, RunRecord } from '@isograd/core'
import { type Look, printable } from '../look.js'
import { verdict } from './agreement.js'
import { armsFigure, decadesLost } from './gradients.js'
import { type Column, table } from './layout.js'
import { formatLoss, formatPercent, formatRate, formatSeconds } from './numbers.js'

const columns: readonly Column[] = [
  { title: 'arm' },
  { title: 'backend' },
  { title: 'accuracy', align: 'right' },
  { title: 'test loss', align: 'right' },
  { title: 'seconds', align: 'right' },
  { title: 'steps/s', align: 'right' },
  { title: 'decades lost', align: 'right' },
]

function formatDecades(decades: number): string {
  return Number.isFinite(decades) ? decades.toFixed(1) : '-'
}

function summaryRow(record: RunRecord): string[] {
  return [
    record.arm,
    printable(record.backend),
    formatPercent(record.testAccuracy),
    formatLoss(record.testLoss),
    formatSeconds(record.seconds),
    formatRate(record.steps / record.seconds),
    formatDecades(decadesLost(record, record.gradientNorms.at(-1))),
  ]
}

function verdictLine(look: Look, { arm, backends, verdict: value }: Agreement): string {
  return `  ${arm}: ${printable(backends[0])} and ${printable(backends[1])} ${verdict(look, value)}`
}

/** All runs in one table; decades are those between last and first layer at the last step. */
export function summary(look: Look, records: readonly RunRecord[], agreement: readonly Agreement[]): string[] {
  const verdicts = agreement.map((each) => verdictLine(look, each))
  const figure = armsFigure(look, records)
  return [
    ...(figure.length === 0 ? [] : [...figure, '']),
    ...table(look, columns, records.map(summaryRow)),
    ...(verdicts.length === 0 ? [] : ['', ...verdicts]),
  ]
}
