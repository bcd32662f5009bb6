/** The closing table: arms by backends, and the verdict of each arm. */
import type { RunRecord } from '@isograd/core'
import {
  type Agreement,
  chanceOf,
  chanceText,
  defaultSteps,
  finalOf,
  judgedFacts,
  overSeeds,
  partsNotCompared,
} from '@isograd/core/compare'
import { isStoredAsSeen } from '@isograd/core/data'
import {
  formatMetric,
  goalText,
  isReached,
  judgedFigures,
  onTable,
  type ShownFigure,
  trainedSteps,
} from '../documents/run-figures.js'
import { type Column, indented, table, wrap } from '../text/layout.js'
import { formatCount, formatRate, formatSeconds } from '../text/numbers.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'
import { armsFigure, decadesText } from './gradients.js'
import { remarkLines } from './remarks.js'
import { verdictText } from './verdict.js'
import { sharedMachine, stepsOption } from '@isograd/report'

function finalFigures(record: RunRecord): readonly ShownFigure[] {
  const final = record.finals[record.judgedOn]
  return final === undefined ? [] : judgedFigures(record, record.judgedOn, final)
}

/** Titles of the figures; arms of one experiment may be judged by different ones. */
function figureTitles(records: readonly RunRecord[]): string[] {
  const figures = records.map(finalFigures)
  return [0, 1].flatMap((i) => [...new Set(figures.flatMap((each) => each[i]?.label ?? []))].join(' or ') || [])
}

function summaryRow(record: RunRecord, titles: readonly string[], showsSeed: boolean): string[] {
  const figures = finalFigures(record)
  const { steps, seconds, end } = record
  const diverged = end.nonFinite && `diverged at step ${formatCount(end.nonFinite.step + 1)}`
  return [
    record.arm,
    printable(record.backend),
    ...(showsSeed ? [String(record.seed)] : []),
    ...titles.map((_, i) => (diverged === undefined ? (figures[i]?.text ?? '') : i === 0 ? diverged : '-')),
    formatSeconds(seconds),
    steps === 0 ? '-' : formatRate(trainedSteps(record) / seconds),
    decadesText(record),
  ]
}

function summaryTable(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const titles = figureTitles(records)
  const showsSeed = overSeeds(records).length > 0
  const seed = showsSeed ? ['seed'] : []
  const numbers = [...seed, ...titles, 'seconds', 'steps/s', 'decades'].map((title): Column => ({
    title,
    align: 'right',
  }))
  return table(
    style,
    [{ title: 'arm' }, { title: 'backend' }, ...numbers],
    records.map((record) => summaryRow(record, titles, showsSeed)),
  )
}

/** Means and spreads of arms that were trained with several seeds. */
function seedsTable(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const rows = overSeeds(records).map(({ arm, backend, table: name, metric, mean, sd, min, max, seeds }) => {
    const values = [mean, ...(sd === undefined ? [] : [sd]), min, max].map((value) => formatMetric(metric, value))
    return [arm, printable(backend), onTable(name, metric.label), ...values, String(seeds.length)]
  })
  const numbers = ['mean', 'sd', 'least', 'most', 'n'].map((title): Column => ({ title, align: 'right' }))
  const columns = [{ title: 'over seeds' }, { title: 'backend' }, { title: 'final' }, ...numbers]
  return rows.length === 0 ? [] : ['', ...table(style, columns, rows), '  sd: sample standard deviation, with n - 1']
}

function namesOf(arms: readonly string[]): string {
  return [...new Set(arms)].join(', ') || 'none'
}

/** The arms that learned and those that did not, where they have a goal; arms may be judged by different figures. */
function goalLines(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const goals = new Map<string, { reached: string[]; missed: string[] }>()
  for (const record of records) {
    const { goal } = record.experiment
    if (goal === undefined) continue
    const facts = judgedFacts(record)
    const key = `a ${onTable(record.judgedOn, facts.label)} of ${goalText(facts, goal)}`
    const arms = goals.get(key) ?? { reached: [], missed: [] }
    arms[isReached(goal, finalOf(record).value) ? 'reached' : 'missed'].push(record.arm)
    goals.set(key, arms)
  }
  return [...goals].flatMap(([key, { reached, missed }]) => [
    '',
    ...wrap(style, `Learned, with ${key}: ${namesOf(reached)}.`, 2),
    ...wrap(style, `Did not: ${namesOf(missed)}.`, 2),
  ])
}

/** The limits of the verdicts: parts that nobody looked into, and what chance does to so many finals. */
function limitLines(style: TerminalStyle, agreement: readonly Agreement[]): string[] {
  const finals = agreement.flatMap((each) => (each.reason === undefined ? [each.finals] : []))
  const chance = finals.length > 1 ? [chanceText(chanceOf(finals))] : []
  const lines = [`not looked into: ${partsNotCompared}`, ...chance]
  return ['', ...indented(style, 2, (narrow) => lines.flatMap((line) => wrap(narrow, line, 2)))]
}

/** The aim of the check that goes on. */
function aimOf(agreement: readonly Agreement[], records: readonly RunRecord[]): string {
  if (agreement.some(({ ok }) => !ok)) return 'to be told at which operation, layer and step they part'
  const isLonger = records.some(({ steps }) => steps > defaultSteps.trained)
  const trained = isLonger ? `, and into ${defaultSteps.trained} steps of training` : ''
  return `to look into single operations${trained}`
}

/** The check that goes on from the verdicts, on a line of its own so that it can be copied. */
function nextLines(
  agreement: readonly Agreement[],
  records: readonly RunRecord[],
  check: string | undefined,
): string[] {
  if (check === undefined) return []
  const why = aimOf(agreement, records)
  return [`  next, ${why}:`, `    ${printable(check)}${stepsOption(agreement)}`]
}

/** True of a record whose loss is in other units than its errors, which are in those of the file. */
function hasScaledTarget({ dataset: { fields, target } }: RunRecord): boolean {
  const field = target === undefined ? undefined : fields[target]
  return field !== undefined && !isStoredAsSeen(field)
}

/** The figures of the table that need a word, a line each. */
function legendLines(records: readonly RunRecord[], jobs: number): string[] {
  const when = records.some(({ steps }) => steps > 0) ? ' at step 1' : ''
  return [
    ...(records.some(hasScaledTarget) ? ['  loss: of targets as they are encoded; errors in units of the file'] : []),
    `  decades: of the gradient norm, lost from the last layer to the first${when}`,
    ...(jobs > 1 ? [`  seconds: ${sharedMachine(jobs)}`] : []),
  ]
}

/**
 * All runs in one table; decades are those lost from the last layer to the first before the first update. Seconds are
 * remarked on when several runs shared the machine, `jobs` at a time. `check` is the command line of a check of the same.
 */
export function summary(
  style: TerminalStyle,
  records: readonly RunRecord[],
  agreement: readonly Agreement[],
  { jobs = 1, check }: { readonly jobs?: number; readonly check?: string | undefined } = {},
): string[] {
  const hasSeeds = agreement.some(({ seed }) => seed !== agreement[0]?.seed)
  const verdicts = agreement.flatMap(({ arm, seed, backends: [a, b], verdict, reason, note }) => [
    `  ${arm}${hasSeeds ? `, seed ${seed}` : ''}: ${printable(a)} and ${printable(b)}${verdict === 'diverged' ? ' both' : ''} ${verdictText(style, verdict)}`,
    ...[reason ?? note]
      .filter((text) => text !== undefined)
      .flatMap((text) => indented(style, 4, (narrow) => wrap(narrow, printable(text), 2))),
  ])
  const figure = armsFigure(style, records)
  // Of trainings that all diverged there is nothing to look further into; where nothing was compared, neither.
  const isOver = agreement.every(({ verdict }) => verdict === 'diverged')
  return [
    ...(figure.length === 0 ? [] : [...figure, '']),
    ...summaryTable(style, records),
    ...legendLines(records, jobs),
    ...seedsTable(style, records),
    ...goalLines(style, records),
    ...remarkLines(style, records),
    ...(verdicts.length === 0 ? [] : ['', ...verdicts]),
    ...(isOver ? [] : [...limitLines(style, agreement), ...nextLines(agreement, records, check)]),
  ]
}
