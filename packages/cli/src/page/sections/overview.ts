/** All runs in one table: what is published, what was measured, how fast, and what depth cost. */
import { type Reproduction, reproductionOf, type RunRecord } from '@isograd/core'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { armClass, type NumberStyle } from '../charts/page-data.js'
import { changedSettings } from '../published-settings.js'
import { exactText, shortText } from '../charts/readings.js'
import { type Section } from '../records/section.js'

/** A number with its digits as the record has them behind those that are shown. */
export function number(style: NumberStyle, value: number | undefined): Part {
  if (value === undefined) return '\u2013'
  return html`<data value="${exactText(value)}">${shortText(style, value)}</data>`
}

const verdictWords: Readonly<Record<Reproduction['verdict'], { readonly text: string; readonly tone: string }>> = {
  reproduced: { text: 'reproduced', tone: 'good' },
  'not reproduced': { text: 'not reproduced', tone: 'bad' },
  'nothing published': { text: '\u2013', tone: '' },
}

/** A word in the colour of its meaning; the word alone says it too. */
export function badge(text: string, tone: string): Markup {
  return tone === '' ? html`${text}` : html`<span class="badge ${tone}">${text}</span>`
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The verdict, unless the run was made with settings of its own: then what is published says nothing about it. */
function verdictCell(record: RunRecord, { published, verdict }: Reproduction): Part {
  if (published === undefined) return '\u2013'
  const changed = changedSettings(record) ?? []
  const { text, tone } = verdictWords[verdict]
  if (changed.length === 0) return badge(text, tone)
  const more = changed.length > 2 ? ', \u2026' : ''
  return html`${badge('own settings', 'open')} <small>${changed.slice(0, 2).join(', ')}${more}</small>`
}

function accuracyCell({ testAccuracy: { mean: middle, min, max }, seeds }: Reproduction): Part {
  const spread = seeds > 1 ? html` <small>${shortText('percent', min)} to ${shortText('percent', max)}</small>` : ''
  return html`${number('percent', middle)}${spread}`
}

function cells(section: Section, series: number): Part {
  const [first, ...rest] = section.runs.flatMap((run) => (run.series === series ? [run.record] : []))
  if (first === undefined) return undefined
  const { arm = 0, backend = 0 } = section.series[series] ?? {}
  const reproduction = reproductionOf([first, ...rest])
  const { seconds, vanishing, published } = reproduction
  return html`<th scope="row" class="${armClass(section, series)}">
      <span class="swatch arm" aria-hidden="true"></span>${nameMarkup(section.arms[arm] ?? '')}
    </th>
    <td>${nameMarkup(section.backends[backend] ?? '')}</td>
    <td class="n">${accuracyCell(reproduction)}</td>
    <td class="n">${number('percent', published?.testAccuracy)}</td>
    <td class="verdict">${verdictCell(first, reproduction)}</td>
    <td class="n">${number('loss', mean([first, ...rest].map(({ testLoss }) => testLoss)))}</td>
    <td class="n">${decades(vanishing.firstStep.decadesPerLayer)}</td>
    <td class="n">${decades(vanishing.lastStep.decadesPerLayer)}</td>
    <td class="n">${number('seconds', seconds.mean)}</td>
    <td class="n">${number('rate', mean([first, ...rest].map((each) => each.steps / each.seconds)))}</td>`
}

function decades(perLayer: number): Part {
  if (!Number.isFinite(perLayer)) return String(perLayer)
  return html`<data value="${perLayer}">${perLayer.toFixed(2)}</data>`
}

function rows(section: Section): Part {
  const head = html`<th scope="rowgroup" rowspan="${section.series.length}">
    <a href="#${section.id}">${nameMarkup(section.preset)}</a>
  </th>`
  return html`<tbody>
    ${section.series.map(
      (_, series) =>
        html`<tr>
          ${series === 0 ? head : ''}${cells(section, series)}
        </tr>`,
    )}
  </tbody>`
}

const titles: readonly string[] = [
  'arm',
  'backend',
  'test accuracy',
  'published',
  'verdict',
  'test loss',
  'decades lost per layer, first step',
  'decades lost per layer, last step',
  'seconds',
  'steps/s',
]

/** The table. */
export function overview(sections: readonly Section[]): Part {
  if (sections.length === 0) return undefined
  return html`<section aria-labelledby="overview-title">
    <h2 id="overview-title">At a glance</h2>
    <div class="scroll" role="region" aria-label="All runs, as a table" tabindex="0">
      <table class="overview">
        <thead>
          <tr>
            <th scope="col">experiment</th>
            ${titles.map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        ${sections.map(rows)}
      </table>
    </div>
  </section>`
}
