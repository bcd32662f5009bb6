/** An atlas in the page: the errors of each operation by exponent, and a table of the worst. */
import { nearestShare } from '@isograd/core/compare'
import { atlasData, inexactOperations } from '../charts/atlas-charts.js'
import type { AtlasSource } from '../documents/atlas-source.js'
import { shortText } from '../documents/readings.js'
import { html, type Markup, nameMarkup } from '../markup.js'
import { card, type Columns, number, scrollTable } from './cells.js'
import { toggles } from './experiment-section.js'
import { figureMarkup, type Rendered } from './figure.js'

const columns: Columns = Object.entries({
  operation: '',
  backend: '',
  'worst, ulp': 'n',
  'RMS, ulp': 'n',
  nearest: 'n',
  'worst / bound': 'n',
  at: 'n',
  got: 'n',
  exact: 'n',
})

/** Digits that tell any float32 number from its neighbours. */
const FLOAT32_DIGITS = 9

/** A number whose last digits count. */
function inFull(value: number, digits: number): Markup {
  return html`<data value="${value}">${Number(value.toPrecision(digits))}</data>`
}

function worstCard({ rows }: AtlasSource, id: string): Markup {
  const cells = rows.map(({ operation, backend, worst, rms, ratio, ...counts }) => [
    nameMarkup(operation),
    nameMarkup(backend),
    number('ratio', worst.units),
    number('ratio', rms),
    counts.inexact === 0 ? 'all' : shortText('percent', nearestShare(counts)),
    number('ratio', ratio),
    worst.operands.map((each, i) => [i > 0 && ', ', inFull(each, FLOAT32_DIGITS)]),
    inFull(worst.got, FLOAT32_DIGITS),
    inFull(worst.exact, FLOAT32_DIGITS + 1),
  ])
  return card(
    `${id}-worst`,
    'The largest error of each operation',
    scrollTable('Largest errors', columns, cells),
    'wide',
  )
}

/** The id of an atlas's section. */
export function atlasId(index: number): string {
  return `atlas${index + 1}`
}

const about =
  'Largest error of all inputs of each exponent, in units in the last place. 0.5 is the nearest number; below a hundredth all are at the foot.'

/** An atlas as a section. */
export function renderAtlas(atlas: AtlasSource, index: number): Rendered {
  const id = atlasId(index)
  const data = atlasData(atlas, id)
  const names = inexactOperations(atlas)
  const figures = data.charts.map((chart, i) =>
    figureMarkup(data, { id: `${chart.id}-figure`, title: names[i] ?? '', about, views: [{ chart, notes: [] }] }),
  )
  const markup = html`<section class="experiment" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">Errors over the range of float32</h2>
    <div class="controls" role="group" aria-label="What is shown">
      ${toggles('arm', 'Backends', data.arms, (i) => `a${i}`)}
      ${toggles('backend', 'Signs', data.backends, (i) => `b${i}`)}
    </div>
    <div class="cards">${figures} ${worstCard(atlas, id)}</div>
  </section>`
  return { markup, data }
}
