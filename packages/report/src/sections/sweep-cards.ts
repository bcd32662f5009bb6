/** The cards of a sweep that are tables and words: the best combinations, backends beside each other, what failed, where it stands. */
import { type Dimension, valueText } from '../charts/sweep/dimensions.js'
import { lossAxis } from '../charts/curve-charts.js'
import type { Axis } from '../charts/page-data.js'
import { place } from '../charts/scale.js'
import { unique } from '../documents/fields.js'
import { counted, shortText } from '../documents/readings.js'
import type { SweepResult, SweepSource } from '../documents/sweep-source.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { about, badge, card, columns, number, scrollTable, verdictBadge } from './cells.js'
import { type Fact, facts } from './provenance.js'

/** Rows of the table of the best, and items of each list. */
const [MOST_ROWS, MOST_ITEMS] = [50, 20]

/** The sentence on what is left out. */
function moreNote(all: number, shown: number, { directory }: SweepSource): Part {
  if (all <= shown) return undefined
  return html`<p class="note">
    ${counted(all - shown, 'more row')} not shown: <code>isograd sweep status ${directory} --json</code> has all.
  </p>`
}

/** The ends of an interval around a mean; a lone seed has none. */
function intervalOf({ mean, error }: SweepResult): readonly [number, number] {
  return Number.isFinite(error) ? [mean - error, mean + error] : [mean, mean]
}

/** A mean with its standard error on the axis of all rows. */
function intervalMarkup(result: SweepResult, axis: Pick<Axis, 'scale' | 'domain'>): Part {
  if (!Number.isFinite(result.mean)) return undefined
  const whole = { ...axis, range: [4, 96], label: '', style: 'decimal' } as const
  const at = (value: number): string => (place(whole, value)?.at ?? whole.range[0]).toFixed(1)
  const [from, to] = intervalOf(result).map(at)
  return html`<svg class="share" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">
    <rect x="0" y="3.5" width="100" height="1" class="whole" />
    <path d="M${from},4H${to}" class="interval" />
    <circle cx="${at(result.mean)}" cy="4" r="3" class="part" />
  </svg>`
}

function figureCell({ mean, error }: SweepResult): Part {
  const beside = Number.isFinite(error) && html` <small>± ${number('decimal', error)}</small>`
  return html`${number('decimal', mean)}${beside}`
}

/** The facts that results are told with. */
export interface BestContext {
  /** The figure in words. */
  readonly label: string
  readonly dimensions: readonly Dimension[]
}

/** The best combinations, with the standard errors of their means over seeds. */
export function bestCard(sweep: SweepSource, id: string, { label, dimensions }: BestContext): Part {
  const { results } = sweep
  const shown = results.slice(0, MOST_ROWS)
  if (shown.length === 0) return undefined
  const ends = shown.flatMap(intervalOf).filter(Number.isFinite)
  const scale = lossAxis(ends)
  const own = (['arm', 'backend'] as const).filter((name) => unique(results.map((each) => each[name])).length > 1)
  const isHalved = results.some(({ epochs }) => epochs !== undefined)
  const rows = shown.map((result, i): Part[] => [
    String(i + 1),
    ...dimensions.map(({ values }) => nameMarkup(valueText(values[i]))),
    ...own.map((name) => nameMarkup(result[name])),
    ...(isHalved ? [result.epochs === undefined ? '' : shortText('count', result.epochs)] : []),
    figureCell(result),
    intervalMarkup(result, scale),
    shortText('count', result.seeds),
    shortText('count', result.diverged),
  ])
  const heads = [
    ...columns('', 'place', ...dimensions.map(({ name }) => name), ...own),
    ...columns('n', ...(isHalved ? ['epochs'] : []), label),
    ...columns('', 'interval'),
    ...columns('n', 'seeds', 'diverged'),
  ]
  const told = about(
    `Means over seeds ± their standard error, the best first${isHalved ? ', those of later rungs before all others' : ''}. The interval is one standard error to each side. The best of many is better than it would be again.`,
  )
  const inside = [told, scrollTable('Best combinations', heads, rows), moreNote(results.length, shown.length, sweep)]
  return card(`${id}-best`, 'Best combinations', inside, 'wide')
}

function settingsText(settings: SweepResult['settings'], arm: string): string {
  const values = Object.entries(settings).map(([path, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `${path} ${text.length > 60 ? `${text.slice(0, 60)}\u2026` : text}`
  })
  return [...values, ...(arm === '' ? [] : [arm])].join(', ')
}

function apartTable({ backends: [first, second], apart }: SweepSource['backends'][number]): Part {
  if (apart.length === 0) return undefined
  const rows = apart
    .slice(0, MOST_ITEMS)
    .map(({ settings, arm, means: [a, b], measured }): Part[] => [
      nameMarkup(settingsText(settings, arm)),
      number('decimal', a),
      number('decimal', b),
      Number.isNaN(measured) ? 'one diverged' : number('ratio', measured),
    ])
  const heads = [...columns('', 'combination'), ...columns('n', first, second, 'standard errors apart')]
  return scrollTable(`Finals apart: ${second} against ${first}`, heads, rows)
}

/** Finals that the backends share, and those that they do not; there is none where one backend ran alone. */
export function backendsCard(sweep: SweepSource, id: string): Part {
  const { backends } = sweep
  if (backends.length === 0) return undefined
  const items = backends.map((pair) => {
    const { combinations, tolerance, apart, chance } = pair
    const [first, second] = pair.backends
    const within = `${(combinations - apart.length).toLocaleString('en-US')} of ${counted(combinations, 'combination')}`
    return html`<li>
      <p>
        ${verdictBadge(apart.length === 0 ? 'agree' : 'disagree')} ${nameMarkup(second)} against ${nameMarkup(first)}:
        finals of ${within} are within ${tolerance} standard
        errors.${chance.comparisons > 1 && ` Of ${chance.comparisons.toLocaleString('en-US')}, ${shortText('ratio', chance.expected)} would be apart by chance alone.`}
      </p>
      ${apartTable(pair)} ${moreNote(apart.length, MOST_ITEMS, sweep)}
    </li>`
  })
  const told = about(
    'Finals over the same seeds, by the rule of ',
    html`<code>isograd compare</code>`,
    '. Where two trainings part, a check says: ',
    html`<code>isograd check</code>`,
    '.',
  )
  const list = html`<ul class="agreements">
    ${items}
  </ul>`
  return card(`${id}-backends`, 'Do the backends agree?', [told, list], 'wide')
}

/** Trials that were set aside, and those that came out otherwise when they were done again. */
export function unfinishedCard(sweep: SweepSource, id: string): Part {
  const { failures, differences } = sweep
  if (failures.length + differences.length === 0) return undefined
  const failed = failures.slice(0, MOST_ITEMS).map(
    ({ id: trial, settings, arm, seed, backend, reason }) =>
      html`<li>
        <p>
          ${badge('set aside', 'bad')} trial ${nameMarkup(trial)} (${nameMarkup(settingsText(settings, arm))}, seed
          ${seed}, ${nameMarkup(backend)}): <span class="message">${nameMarkup(reason)}</span>
        </p>
      </li>`,
  )
  const differing = differences.slice(0, MOST_ITEMS).map(
    ({ id: trial, hashes }) =>
      html`<li>
        <p>
          ${badge('differs', 'bad')} trial ${nameMarkup(trial)} was trained twice and came out otherwise:
          ${hashes.map((hash) => hash.slice(0, 12)).join(' and ')}
        </p>
      </li>`,
  )
  const list = html`<ul class="agreements">
    ${differing}${failed}
  </ul>`
  const left = [differences, failures].map((all) => moreNote(all.length, MOST_ITEMS, sweep))
  return card(`${id}-unfinished`, 'Set aside', [list, left], 'wide')
}

/** `72 of 72 trials done, 3 set aside.` */
export function stateText({ trials, done, running, left, failed, results }: SweepSource): string {
  const diverged = results.reduce((sum, each) => sum + each.diverged, 0)
  const others = [
    [running, 'running'],
    [left, 'left'],
    [failed, 'set aside'],
    [diverged, diverged === 1 ? 'training diverged' : 'trainings diverged'],
  ] as const
  const told = others.flatMap(([count, words]) => (count > 0 ? [`${shortText('count', count)} ${words}`] : []))
  return `${[`${shortText('count', done)} of ${counted(trials, 'trial')} done`, ...told].join(', ')}.`
}

function progressFacts({ source, shard, repeated, differences, damaged }: SweepSource): Fact[] {
  const again = `${counted(repeated, 'training')}, of which ${differences.length} came out otherwise`
  return [
    ['file', shard === undefined ? source : `${source}, shard ${shard.part}/${shard.of}`],
    ...(repeated > 0 ? [['done more than once', again] as const] : []),
    ...(damaged > 0 ? [['damaged lines of results', shortText('count', damaged)] as const] : []),
  ]
}

/** The file of the sweep, and what it was trained with. */
export function progressCard(sweep: SweepSource, id: string): Markup {
  const { environments } = sweep
  const machines = environments.map(
    ([mark, each]) =>
      html`<h4>Environment ${nameMarkup(mark)}</h4>
        ${facts(Object.entries(each))}`,
  )
  const several = environments.length > 1 && about('Bits are compared within each environment alone.')
  const file = html`<details class="numbers">
    <summary>The sweep in full</summary>
    <pre class="scroll" tabindex="0">${JSON.stringify(sweep.sweep, undefined, 2)}</pre>
  </details>`
  return card(`${id}-progress`, 'What was trained', [facts(progressFacts(sweep)), file, several, machines], 'wide')
}
