/** All runs in one table: what is published, what was measured, how fast, and what depth cost. */
import { type Reproduction, reproductionOf, type RunRecord } from '@isograd/core'
import { sharedMachine } from '../documents/environment.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { armClass } from '../charts/page-data.js'
import { badge, columnHead, number } from './cells.js'
import { changedSettings } from '../documents/published-settings.js'
import { shortText } from '../charts/readings.js'
import { type Section } from '../charts/section.js'

const verdictWords: Readonly<Record<Reproduction['verdict'], { readonly text: string; readonly tone: string }>> = {
  reproduced: { text: 'reproduced', tone: 'good' },
  'not reproduced': { text: 'not reproduced', tone: 'bad' },
  'nothing published': { text: '\u2013', tone: '' },
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A row of the table: an arm on a backend, with all its seeds. */
interface Row {
  readonly section: Section
  readonly series: number
  readonly records: readonly [RunRecord, ...RunRecord[]]
  readonly reproduction: Reproduction
  /** What is set otherwise than in the preset; nothing where the preset has nothing published. */
  readonly changed: readonly string[]
}

function rowOf(section: Section, series: number): Row[] {
  const [first, ...rest] = section.runs.flatMap((run) => (run.series === series ? [run.record] : []))
  if (first === undefined) return []
  const reproduction = reproductionOf([first, ...rest])
  const changed = reproduction.published === undefined ? [] : (changedSettings(first) ?? [])
  return [{ section, series, records: [first, ...rest], reproduction, changed }]
}

/** What all runs whose preset has something published have set otherwise: it is said once. */
function commonChanges(rows: readonly Row[]): string[] {
  const [first, ...rest] = rows.filter(({ reproduction }) => reproduction.published !== undefined)
  if (first === undefined || rest.length === 0) return []
  return first.changed.filter((text) => rest.every(({ changed }) => changed.includes(text)))
}

function commonNote(common: readonly string[]): Part {
  if (common.length === 0) return undefined
  return html`<p class="lede">
    Settings that are not the presets’: ${common.join(', ')}. What is published is held against none of these runs.
  </p>`
}

/** Seconds stand in the table. */
function sharedNote(jobs: number): Part {
  return jobs > 1 ? html`<p class="lede">Seconds were ${sharedMachine(jobs)}.</p>` : undefined
}

/** The verdict, unless the run was made with settings of its own: then what is published says nothing about it. */
function verdictCell({ reproduction: { published, verdict }, changed }: Row, common: readonly string[]): Part {
  if (published === undefined) return '\u2013'
  const { text, tone } = verdictWords[verdict]
  if (changed.length === 0) return badge(text, tone)
  const own = changed.filter((each) => !common.includes(each))
  if (own.length === 0) return badge('own settings', 'open')
  const more = own.length > 2 ? ', \u2026' : ''
  return html`${badge('own settings', 'open')} <small>${own.slice(0, 2).join(', ')}${more}</small>`
}

function accuracyCell({ testAccuracy: { mean: middle, min, max }, seeds }: Reproduction): Part {
  const spread = seeds > 1 ? html` <small>${shortText('percent', min)} to ${shortText('percent', max)}</small>` : ''
  return html`${number('percent', middle)}${spread}`
}

function cells(row: Row, common: readonly string[]): Part {
  const { section, series, records, reproduction } = row
  const { arm = 0, backend = 0 } = section.series[series] ?? {}
  const { seconds, vanishing, published } = reproduction
  return html`<th scope="row" class="${armClass(section, series)}">
      <span class="swatch arm" aria-hidden="true"></span>${nameMarkup(section.arms[arm] ?? '')}
    </th>
    <td>${nameMarkup(section.backends[backend] ?? '')}</td>
    <td class="n">${accuracyCell(reproduction)}</td>
    <td class="n">${number('percent', published?.testAccuracy)}</td>
    <td class="verdict">${verdictCell(row, common)}</td>
    <td class="n">${number('loss', mean(records.map(({ testLoss }) => testLoss)))}</td>
    <td class="n">${decades(vanishing.firstStep.decadesPerLayer)}</td>
    <td class="n">${decades(vanishing.lastStep.decadesPerLayer)}</td>
    <td class="n">${number('seconds', seconds.mean)}</td>
    <td class="n">${number('rate', mean(records.map((each) => each.steps / each.seconds)))}</td>`
}

function decades(perLayer: number | undefined): Part {
  if (perLayer === undefined) return '\u2013'
  if (!Number.isFinite(perLayer)) return String(perLayer)
  return html`<data value="${perLayer}">${perLayer.toFixed(2)}</data>`
}

function group({ id, preset }: Section, rows: readonly Row[], common: readonly string[]): Markup {
  const head = html`<th scope="rowgroup" rowspan="${rows.length}"><a href="#${id}">${nameMarkup(preset)}</a></th>`
  return html`<tbody>
    ${rows.map(
      (row, i) =>
        html`<tr>
          ${i === 0 ? head : ''}${cells(row, common)}
        </tr>`,
    )}
  </tbody>`
}

const titles: readonly { readonly text: string; readonly numeric: boolean }[] = [
  { text: 'arm', numeric: false },
  { text: 'backend', numeric: false },
  { text: 'test accuracy', numeric: true },
  { text: 'published', numeric: true },
  { text: 'verdict', numeric: false },
  { text: 'test loss', numeric: true },
  { text: 'decades lost per layer, first step', numeric: true },
  { text: 'decades lost per layer, last step', numeric: true },
  { text: 'seconds', numeric: true },
  { text: 'steps/s', numeric: true },
]

/** The table. */
export function overview(sections: readonly Section[]): Part {
  if (sections.length === 0) return undefined
  const groups = sections.map((section) => section.series.flatMap((_, series) => rowOf(section, series)))
  const common = commonChanges(groups.flat())
  return html`<section aria-labelledby="overview-title">
    <h2 id="overview-title">At a glance</h2>
    ${commonNote(common)}${sharedNote(Math.max(...sections.map(({ jobs }) => jobs)))}
    <div class="scroll" role="region" aria-label="All runs, as a table" tabindex="0">
      <table class="overview">
        <thead>
          <tr>
            <th scope="col">experiment</th>
            ${titles.map(({ text, numeric }) => columnHead(text, numeric))}
          </tr>
        </thead>
        ${sections.map((section, i) => group(section, groups[i] ?? [], common))}
      </table>
    </div>
  </section>`
}
