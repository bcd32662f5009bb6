/** The closing table: arms by backends, and the verdict of each arm. */
import type { Agreement, RunRecord } from '@isograd/core'
import { sharedMachine } from '@isograd/report'
import { type Look, printable } from '../look.js'
import { verdict } from './agreement.js'
import { armsFigure, decadesLost } from './gradients.js'
import { type Column, table, wrap } from './layout.js'
import { formatLoss, formatPercent, formatRate, formatSeconds } from './numbers.js'

const columns: readonly Column[] = [
  { title: 'arm' },
  { title: 'backend' },
  { title: 'accuracy', align: 'right' },
  { title: 'test loss', align: 'right' },
  { title: 'seconds', align: 'right' },
  { title: 'steps/s', align: 'right' },
  { title: 'decades', align: 'right' },
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
    formatDecades(decadesLost(record, record.gradientNorms[0])),
  ]
}

function verdictLine(look: Look, { arm, backends, verdict: value }: Agreement): string {
  return `  ${arm}: ${printable(backends[0])} and ${printable(backends[1])} ${verdict(look, value)}`
}

/** Which arms learned, where the experiment says what counts as that. */
function goalLines(look: Look, records: readonly RunRecord[]): string[] {
  const goal = records[0]?.experiment.goal
  if (goal === undefined) return []
  const names = (reached: boolean): string => {
    const arms = records.filter(({ testAccuracy }) => testAccuracy >= goal.testAccuracy === reached)
    return arms.length === 0 ? 'none' : [...new Set(arms.map(({ arm }) => arm))].join(', ')
  }
  return [
    '',
    ...wrap(look, `Learned, with a test accuracy of at least ${formatPercent(goal.testAccuracy)}: ${names(true)}.`, 2),
    ...wrap(look, `Did not: ${names(false)}.`, 2),
  ]
}

/**
 * All runs in one table; decades are those lost from the last layer to the first before the first update. Of seconds it
 * is said when several runs shared the machine, `jobs` at a time.
 */
export function summary(
  look: Look,
  records: readonly RunRecord[],
  agreement: readonly Agreement[],
  jobs = 1,
): string[] {
  const verdicts = agreement.map((each) => verdictLine(look, each))
  const figure = armsFigure(look, records)
  return [
    ...(figure.length === 0 ? [] : [...figure, '']),
    ...table(look, columns, records.map(summaryRow)),
    '  decades: of the gradient norm, lost from the last layer to the first at step 1',
    ...(jobs > 1 ? [`  seconds: ${sharedMachine(jobs)}`] : []),
    ...goalLines(look, records),
    ...(verdicts.length === 0 ? [] : ['', ...verdicts]),
  ]
}
