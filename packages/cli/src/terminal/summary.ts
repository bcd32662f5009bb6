/** The closing table: arms by backends, and the verdict of each arm. */
import type { RunRecord } from '@isograd/core'
import type { Agreement } from '@isograd/core/compare'
import { finalMetric, formatMetric, goalOf, metricName } from '../documents/run-figures.js'
import { type Column, table, wrap } from '../text/layout.js'
import { formatLoss, formatRate, formatSeconds } from '../text/numbers.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'
import { armsFigure, decadesText } from './gradients.js'
import { verdictText } from './verdict.js'
import { sharedMachine } from '@isograd/report'

const columns: readonly Column[] = [
  { title: 'arm' },
  { title: 'backend' },
  { title: metricName, align: 'right' },
  { title: 'test loss', align: 'right' },
  { title: 'seconds', align: 'right' },
  { title: 'steps/s', align: 'right' },
  { title: 'decades', align: 'right' },
]

function summaryRow(record: RunRecord): string[] {
  return [
    record.arm,
    printable(record.backend),
    formatMetric(finalMetric(record)),
    formatLoss(record.testLoss),
    formatSeconds(record.seconds),
    formatRate(record.steps / record.seconds),
    decadesText(record),
  ]
}

/** The arms that learned and those that did not, where the experiment has a goal. */
function goalLines(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const goal = records[0] && goalOf(records[0].experiment)
  if (goal === undefined) return []
  const names = (reached: boolean): string => {
    const arms = records.flatMap((record) => (finalMetric(record) >= goal === reached ? [record.arm] : []))
    return arms.length === 0 ? 'none' : [...new Set(arms)].join(', ')
  }
  const learned = `Learned, with a test ${metricName} of at least ${formatMetric(goal)}: ${names(true)}.`
  return ['', ...wrap(style, learned, 2), ...wrap(style, `Did not: ${names(false)}.`, 2)]
}

/**
 * All runs in one table; decades are those lost from the last layer to the first before the first update. Seconds are
 * remarked on when several runs shared the machine, `jobs` at a time.
 */
export function summary(
  style: TerminalStyle,
  records: readonly RunRecord[],
  agreement: readonly Agreement[],
  jobs = 1,
): string[] {
  const verdicts = agreement.map(
    ({ arm, backends: [a, b], verdict }) =>
      `  ${arm}: ${printable(a)} and ${printable(b)} ${verdictText(style, verdict)}`,
  )
  const figure = armsFigure(style, records)
  return [
    ...(figure.length === 0 ? [] : [...figure, '']),
    ...table(style, columns, records.map(summaryRow)),
    '  decades: of the gradient norm, lost from the last layer to the first at step 1',
    ...(jobs > 1 ? [`  seconds: ${sharedMachine(jobs)}`] : []),
    ...goalLines(style, records),
    ...(verdicts.length === 0 ? [] : ['', ...verdicts]),
  ]
}
