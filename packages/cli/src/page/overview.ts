/** All runs in one table: what is published, what was measured, how fast, and what depth cost. */
import { type Reproduction, reproductionOf } from '@isograd/core'
import { html, type Markup, nameMarkup, type Part } from './markup.js'
import type { NumberStyle } from './page-data.js'
import { exactText, shortText } from './readings.js'
import { type Section } from './section.js'

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

function row(section: Section, series: number): Part {
  const [first, ...rest] = section.runs.flatMap((run) => (run.series === series ? [run.record] : []))
  if (first === undefined) return undefined
  const { arm = 0, backend = 0 } = section.series[series] ?? {}
  const { testAccuracy, seconds, vanishing, published, verdict, seeds } = reproductionOf([first, ...rest])
  const { text, tone } = verdictWords[verdict]
  const spread =
    seeds > 1
      ? html` <small>${shortText('percent', testAccuracy.min)} to ${shortText('percent', testAccuracy.max)}</small>`
      : ''
  return html`<tr>
    <th scope="row"><a href="#${section.id}">${nameMarkup(section.preset)}</a></th>
    <td class="a${arm}"><span class="swatch arm"></span>${nameMarkup(section.arms[arm] ?? '')}</td>
    <td>${nameMarkup(section.backends[backend] ?? '')}</td>
    <td class="n">${number('percent', testAccuracy.mean)}${spread}</td>
    <td class="n">${number('percent', published?.testAccuracy)}</td>
    <td>${badge(text, tone)}</td>
    <td class="n">${number('loss', mean([first, ...rest].map(({ testLoss }) => testLoss)))}</td>
    <td class="n">${decades(vanishing.firstStep.decadesPerLayer)}</td>
    <td class="n">${decades(vanishing.lastStep.decadesPerLayer)}</td>
    <td class="n">${number('seconds', seconds.mean)}</td>
    <td class="n">${number('rate', mean([first, ...rest].map((each) => each.steps / each.seconds)))}</td>
  </tr>`
}

function decades(perLayer: number): Part {
  if (!Number.isFinite(perLayer)) return String(perLayer)
  return html`<data value="${perLayer}">${perLayer.toFixed(2)}</data>`
}

/** The table. */
export function overview(sections: readonly Section[]): Part {
  if (sections.length === 0) return undefined
  const titles = [
    'experiment',
    'arm',
    'backend',
    'test accuracy',
    'published',
    'verdict',
    'test loss',
    'decades lost per layer, first step',
    'last step',
    'seconds',
    'steps/s',
  ]
  const rows = sections.flatMap((section) => section.series.map((_, i) => row(section, i)))
  return html`<section aria-labelledby="overview-title">
    <h2 id="overview-title">At a glance</h2>
    <div class="scroll" role="region" aria-labelledby="overview-title" tabindex="0">
      <table>
        <thead>
          <tr>
            ${titles.map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`
}
