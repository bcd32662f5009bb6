/** A sweep for people: a line while it works, and what came of it. */
import { chanceText } from '@isograd/core/compare'
import { settingColumns, shortPaths } from '@isograd/core/sweep'
import type { ApartFinals, BackendPair, ComparedFinals } from '../documents/sweep-backends.js'
import type { SettingsResult, SweepDocument, SweepProgress } from '../documents/sweep-document.js'
import { type Column, plural, table } from '../text/layout.js'
import { formatClock, formatCount, formatLoss, formatRate } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

const MOST_SHOWN = 10
/** Characters of a value that is an object. */
const LONGEST_VALUE = 40

function countsOf({ trials, done, running, failed, left }: SweepProgress): string {
  const others = [
    [running, 'running'],
    [failed, 'failed'],
    [left - running, 'left'],
  ] as const
  const told = others.flatMap(([count, word]) => (count > 0 ? [`${formatCount(count)} ${word}`] : []))
  const all = `${formatCount(trials)} ${trials === 1 ? 'trial' : 'trials'}`
  return [`${formatCount(done)} of ${all} done`, ...told].join(', ')
}

/** The line of a sweep at work. */
export function sweepLine(progress: SweepProgress): string {
  const { perSecond, secondsLeft } = progress
  const time =
    perSecond === undefined || secondsLeft === undefined
      ? ''
      : `, ${formatRate(perSecond)}/s, ${formatClock(secondsLeft)} left`
  return `${countsOf(progress)}${time}`
}

/** The sentence on trials of which one process got something else than another. */
export function differenceText({ id, hashes: [first, second] }: SweepProgress['differences'][number]): string {
  return `trial ${id} was trained twice and came out otherwise: ${first.slice(0, 12)} and ${second.slice(0, 12)}`
}

function valueText(value: unknown): string {
  if (value === undefined) return '-'
  if (typeof value === 'number') return String(Number(value.toPrecision(4)))
  if (typeof value === 'string') return printable(value)
  const text = JSON.stringify(value)
  return printable(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text)
}

/** The first of some lines, and how many more there are. */
export function firstLines<T>(all: readonly T[], lineOf: (item: T) => string): string[] {
  const more = all.length - MOST_SHOWN
  return [
    ...all.slice(0, MOST_SHOWN).map(lineOf),
    ...(more > 0 ? [`  and ${formatCount(more)} more; --json has them all`] : []),
  ]
}

interface ShownColumn extends Column {
  readonly of: (result: SettingsResult) => string
}

function judgedTitle(result: SettingsResult | undefined): string {
  if (result === undefined) return ''
  return result.judgedOn === 'test' ? result.judgedBy : `${result.judgedBy} (${result.judgedOn})`
}

/** Titles of the columns of settings: paths, or their ends where they would fill the line. */
function titlesOf(paths: readonly string[], width: number): readonly string[] {
  return paths.join('  ').length <= width / 2 ? paths : shortPaths(paths)
}

/** Columns of arm and backend only where there are several. */
function columnsOf(results: readonly SettingsResult[], width: number): ShownColumn[] {
  const settings = settingColumns(results.map((result) => result.settings))
  const titles = titlesOf(
    settings.map(({ path }) => path),
    width,
  )
  const isHalved = results.some(({ epochs }) => epochs !== undefined)
  const names = (['arm', 'backend'] as const).filter((name) => new Set(results.map((each) => each[name])).size > 1)
  return [
    ...settings.map(({ of }, i) => ({
      title: String(titles[i]),
      of: (each: SettingsResult) => valueText(of(each.settings)),
    })),
    ...names.map((name) => ({ title: name, of: (each: SettingsResult) => each[name] })),
    ...(isHalved
      ? [{ title: 'epochs', align: 'right' as const, of: (each: SettingsResult) => String(each.epochs) }]
      : []),
    { title: 'seeds', align: 'right', of: ({ seeds }) => String(seeds.length) },
    { title: judgedTitle(results[0]), align: 'right', of: ({ mean }) => formatLoss(mean) },
    { title: 'standard error', align: 'right', of: ({ error }) => (error === undefined ? '-' : formatLoss(error)) },
    { title: 'diverged', align: 'right', of: ({ diverged }) => String(diverged) },
  ]
}

function settingsTable(style: TerminalStyle, results: readonly SettingsResult[]): string[] {
  const columns = columnsOf(results, style.width)
  const rows = results.slice(0, MOST_SHOWN).map((result) => columns.map(({ of }) => of(result)))
  return table(style, columns, rows)
}

/** A combination in words. */
export function settingsText(settings: SettingsResult['settings'], arm: string): string {
  return [...Object.entries(settings).map(([path, value]) => `${path} ${valueText(value)}`), arm].join(', ')
}

/** The sentence on a trial that was set aside, with what it was of. */
export function failureText({ id, reason, settings, arm, seed, backend }: SweepProgress['failures'][number]): string {
  return `trial ${id} (${settingsText(settings, arm)}, seed ${seed}, ${backend}) was set aside: ${reason}`
}

/** `58 of 60 combinations within 3 standard errors` */
export function withinText({ combinations, tolerance, apart }: ComparedFinals): string {
  const within = `${formatCount(combinations - apart.length)} of ${plural(combinations, 'combination')}`
  return `${within} within ${tolerance} standard errors`
}

/** A combination whose finals are apart. */
export function apartText({ settings, arm, means: [a, b], measured }: ApartFinals): string {
  const distance = Number.isNaN(measured) ? 'one diverged' : `${formatLoss(measured)} standard errors apart`
  return `  ${settingsText(settings, arm)}: ${formatLoss(a)} and ${formatLoss(b)}, ${distance}`
}

function backendLines(pair: BackendPair): string[] {
  const [first, second] = pair.backends
  return [
    `${first} and ${second}: finals of ${withinText(pair)}`,
    ...firstLines(pair.apart, apartText),
    ...(pair.combinations > 1 ? [chanceText(pair.chance)] : []),
  ]
}

/** `6 combinations for 1 epoch, 3 for 2, 1 for 5`, and the rung that is trained. */
function rungLines({ rungs = [], left }: SweepDocument): string[] {
  const [first, ...others] = rungs
  if (first === undefined) return []
  const told = [
    `${plural(first.combinations, 'combination')} for ${plural(first.epochs, 'epoch')}`,
    ...others.map(({ combinations, epochs }) => `${formatCount(combinations)} for ${formatCount(epochs)}`),
  ]
  const now =
    left === 0 ? '' : `; at rung ${Math.max(1, rungs.filter(({ trained }) => trained > 0).length)} of ${rungs.length}`
  return [`rungs: ${told.join(', ')}${now}`]
}

/** The lines of the report. */
export function sweepReport(style: TerminalStyle, document: SweepDocument): string[] {
  const { source, shard, settings, backends, failures, differences, repeated, damaged, environments } = document
  const part = shard === undefined ? '' : ` (shard ${shard.part}/${shard.of})`
  const machines = Object.keys(environments).length
  const notes = [
    ...backends.flatMap(backendLines),
    ...(repeated > 0
      ? [`${plural(repeated, 'training')} done more than once: ${differences.length} came out otherwise`]
      : []),
    ...(damaged > 0 ? [`${plural(damaged, 'line')} of results damaged and passed over`] : []),
    ...(machines > 1 ? [`trained in ${machines} environments; bits are compared within each alone`] : []),
    ...firstLines(differences, differenceText),
    ...firstLines(failures, failureText),
  ]
  const more = settings.length - MOST_SHOWN
  return [
    `${paint(style, 'bold', printable(`${source}${part}`))}: ${sweepLine(document)}`,
    ...rungLines(document),
    ...(settings.length > 0 ? ['', ...settingsTable(style, settings)] : []),
    ...(more > 0 ? [`  and ${formatCount(more)} more; --json has them all`] : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => printable(note))] : []),
  ]
}
