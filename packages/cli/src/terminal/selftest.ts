/** The results of a selftest for people: two tables, and a command that repeats each line that is wrong. */
import { type FaultTrial, healthyModes, type HealthyResult } from '@isograd/core/compare'
import { type Column, heading, indented, plural, table, wrap } from '../text/layout.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'
import { mark } from './verdict.js'

/** The trials and their outcomes. */
export interface SelftestResults {
  readonly backends: readonly string[]
  /** The healthy experiments. */
  readonly healthy: readonly HealthyResult[]
  /** The faults. */
  readonly faults: readonly FaultTrial[]
}

const verdicts = ['agree', 'inconclusive', 'diverged'] as const

const columns: readonly Column[] = [
  { title: 'asked of' },
  ...['experiments', ...verdicts, 'false alarms'].map((title): Column => ({ title, align: 'right' })),
]

function modeRows(healthy: readonly HealthyResult[]): string[][] {
  return healthyModes.map((mode) => {
    const asked = healthy.filter(({ verdicts: all }) => all[mode] !== undefined)
    const counts = verdicts.map((verdict) => asked.filter(({ verdicts: all }) => all[mode]?.includes(verdict)).length)
    const blamed = healthy.filter(({ alarms }) => alarms.some((alarm) => alarm.mode === mode)).length
    return [mode, ...[asked.length, ...counts, blamed].map(String)]
  })
}

/** Seeds that are listed of each kind. */
const MOST_SEEDS = 12

/** The seeds that a table is of, those of its odd columns, and the command that repeats one. */
function seedLines(
  style: TerminalStyle,
  all: readonly { readonly seed: number }[],
  odd: Readonly<Record<string, readonly { readonly seed: number }[]>>,
  command: string,
): string[] {
  const listed = Object.entries(odd).flatMap(([kind, some]) => {
    const more = some.length > MOST_SEEDS ? ` and ${some.length - MOST_SEEDS} more` : ''
    const seeds = some.slice(0, MOST_SEEDS).map(({ seed }) => seed)
    return some.length === 0 ? [] : [`; ${kind}: ${seeds.join(', ')}${more}`]
  })
  const ends = all.length === 1 ? `seed ${all[0]?.seed}` : `seeds ${all[0]?.seed} to ${all.at(-1)?.seed}`
  const repeat = `isograd selftest ${command} --seed N, with the same --backend, repeats one`
  return [...indented(style, 2, (narrow) => wrap(narrow, `${ends}${listed.join('')}; ${repeat}`, 0)), '']
}

const ONE_HEALTHY = '--healthy 1 --faults 0'
const ONE_FAULT = '--healthy 0 --faults 1'

/** A line that is wrong, and the command that repeats it. */
function wrongLine(style: TerminalStyle, seed: number, text: string, command: string): string[] {
  const repeat = `isograd selftest ${command} --seed ${seed}`
  return [
    `${mark(style, false)} seed ${seed}`,
    ...indented(style, 4, (narrow) => wrap(narrow, printable(text), 2)),
    `    ${repeat}`,
  ]
}

function healthyLines(style: TerminalStyle, { healthy, backends }: SelftestResults): string[] {
  const wrong = healthy.flatMap(({ seed, alarms: [first] }) =>
    first === undefined ? [] : wrongLine(style, seed, `${first.mode}: ${first.sentence}`, ONE_HEALTHY),
  )
  const alarms = healthy.filter((each) => each.alarms.length > 0).length
  const of = (verdict: (typeof verdicts)[number]): HealthyResult[] =>
    healthy.filter(({ verdicts: all }) => Object.values(all).some((each) => each?.includes(verdict)))
  return [
    heading(style, `Healthy experiments on ${backends.join(', ')}`),
    ...table(style, columns, modeRows(healthy)),
    '',
    ...seedLines(style, healthy, { inconclusive: of('inconclusive'), diverged: of('diverged') }, ONE_HEALTHY),
    ...wrong,
    `${plural(alarms, 'false alarm')} in ${plural(healthy.length, 'experiment')}`,
    '',
  ]
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`
}

function whatIsWrong({ kind, place, found, sentence }: FaultTrial): string {
  return `${kind}, ${place}: ${found ? 'blamed on another place' : 'missed'}: ${sentence}`
}

function faultLines(style: TerminalStyle, faults: readonly FaultTrial[]): string[] {
  const counting = faults.filter(({ counts }) => counts)
  const found = counting.filter((each) => each.found)
  const right = found.filter(({ ok }) => ok)
  const titles = ['drawn', 'below the noise', 'that count', 'found', 'of those blamed rightly']
  const row = [
    ...[faults.length, faults.length - counting.length, counting.length].map(String),
    share(found.length, counting.length),
    share(right.length, found.length),
  ]
  const wrong = faults.filter(({ ok }) => !ok)
  return [
    heading(style, 'Faults planted in the reference'),
    ...table(
      style,
      titles.map((title): Column => ({ title, align: 'right' })),
      [row],
    ),
    '',
    ...seedLines(style, faults, { 'below the noise': faults.filter(({ counts }) => !counts) }, ONE_FAULT),
    ...wrong.flatMap((trial) => wrongLine(style, trial.seed, whatIsWrong(trial), ONE_FAULT)),
  ]
}

/** The lines of the report. */
export function selftestReport(style: TerminalStyle, results: SelftestResults): string[] {
  return [
    ...(results.healthy.length > 0 ? healthyLines(style, results) : []),
    ...(results.faults.length > 0 ? faultLines(style, results.faults) : []),
  ]
}
