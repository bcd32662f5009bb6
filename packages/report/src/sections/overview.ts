/** All runs in one table: published and measured figures, speed, and the cost of depth. */
import { changedSettings } from '@isograd/core/compare'
import { sharedMachine } from '../documents/environment.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { armClass, itemAt, runNames } from '../charts/series-names.js'
import { divergedText, type RunSummary, summaryOf } from '../documents/run-view/summary.js'
import { badge, type Columns, columns, number, scrolling, spreadMarkup } from './cells.js'
import { unique } from '../documents/fields.js'
import { recordsOf, type Section } from '../charts/section.js'

/** A row of the table: an arm on a backend, with all its seeds. */
interface Row {
  readonly section: Section
  readonly series: number
  readonly summary: RunSummary
  /** The settings that differ from the preset's; none where the preset has nothing published. */
  readonly changed: readonly string[]
  /** Where a run of it left the finite numbers, in words. */
  readonly diverged: string | undefined
}

function rowOf(section: Section, series: number): Row[] {
  const [first, ...rest] = recordsOf(section, series)
  if (first === undefined) return []
  const summary = summaryOf([first, ...rest], recordsOf(section))
  const changed = summary.published === undefined ? [] : (changedSettings(first) ?? [])
  return [{ section, series, summary, changed, diverged: divergedText([first, ...rest]) }]
}

/** The settings that differ in all runs whose preset has something published: they are said once. */
function commonChanges(rows: readonly Row[]): string[] {
  const [first, ...rest] = rows.filter(({ summary }) => summary.published !== undefined)
  if (first === undefined || rest.length === 0) return []
  return first.changed.filter((text) => rest.every(({ changed }) => changed.includes(text)))
}

function commonNote(common: readonly string[]): Part {
  if (common.length === 0) return undefined
  return html`<p class="lede">
    Settings that are not the presets’: ${common.join(', ')}. These runs are not compared with the published figures,
    which are of the presets as they are.
  </p>`
}

/** Seconds stand in the table. */
function sharedNote(jobs: number): Part {
  return jobs > 1 ? html`<p class="lede">Seconds were ${sharedMachine(jobs)}.</p>` : undefined
}

/** The verdict, unless the run was made with settings of its own: then what is published says nothing about it. */
function verdictCell({ summary: { published, verdict }, changed }: Row, common: readonly string[]): Part {
  if (published === undefined || verdict === 'nothing published') return '\u2013'
  if (changed.length === 0) return badge(verdict, verdict === 'reproduced' ? 'good' : 'bad')
  const own = changed.filter((each) => !common.includes(each))
  if (own.length === 0) return badge('own settings', 'open')
  const more = own.length > 2 ? ', \u2026' : ''
  return html`${badge('own settings', 'open')} <small>${own.slice(0, 2).join(', ')}${more}</small>`
}

/** A value that all rows share is said at the head of a column, anything else in its cells. */
interface Common {
  readonly changes: readonly string[]
  /** The figure that judges, with its table. */
  readonly judged: string | undefined
}

function finalCell({ summary, diverged }: Row, common: Common): Part {
  const { final, seeds, style, judged } = summary
  if (diverged !== undefined) return badge(diverged, 'bad')
  const name = common.judged === undefined && html` <small>${judged}</small>`
  return html`${spreadMarkup(style, { ...final, seeds })}${name}`
}

function cells(row: Row, common: Common): Part {
  const { section, series, summary } = row
  const [arm, backend] = runNames(section, { series })
  return html`<th scope="row" class="${armClass(section, series)}">
      <span class="swatch arm" aria-hidden="true"></span>${nameMarkup(arm)}
    </th>
    <td>${nameMarkup(backend)}</td>
    <td class="n">${finalCell(row, common)}</td>
    <td class="n">${number(summary.style, summary.published?.final)}</td>
    <td class="verdict">${verdictCell(row, common.changes)}</td>
    <td class="n">${number('decimal', summary.loss)}</td>
    <td class="n">${number('decades', summary.vanishing.firstStep.decadesPerLayer)}</td>
    <td class="n">${number('decades', summary.vanishing.lastStep.decadesPerLayer)}</td>
    <td class="n">${number('rate', summary.rate === undefined ? undefined : summary.seconds.mean)}</td>
    <td class="n">${number('rate', summary.rate)}</td>`
}

function group({ id, preset }: Section, rows: readonly Row[], common: Common): Markup {
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

function columnsOf(judged = 'final'): Columns {
  const depth = ['decades lost per layer, first step', 'decades lost per layer, last step']
  const figures = columns('n', 'loss', ...depth, 'seconds', 'steps/s')
  return [
    ...columns('', 'experiment', 'arm', 'backend'),
    ...columns('n', judged, 'published'),
    ...columns('', 'against published'),
    ...figures,
  ]
}

/** The table. */
export function overview(sections: readonly Section[]): Part {
  if (sections.length === 0) return undefined
  const groups = sections.map((section) => section.series.flatMap((_, series) => rowOf(section, series)))
  const rows = groups.flat()
  const [judged, ...others] = unique(rows.map(({ summary }) => summary.judged))
  const common = { changes: commonChanges(rows), judged: others.length === 0 ? judged : undefined }
  const bodies = sections.map((section, i) => group(section, itemAt(groups, i), common))
  return html`<section aria-labelledby="overview-title">
    <h2 id="overview-title">At a glance</h2>
    ${commonNote(common.changes)}${sharedNote(Math.max(...sections.map(({ jobs }) => jobs)))}
    ${scrolling('All runs, as a table', columnsOf(common.judged), bodies, 'overview')}
  </section>`
}
