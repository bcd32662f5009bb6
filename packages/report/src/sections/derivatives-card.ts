/** Local derivatives of the activations by layer, and what their product leaves of a gradient on its way to each layer. */
import { runNames } from '../charts/page-data.js'
import type { Section } from '../charts/section.js'
import { localDerivatives } from '../documents/run-view/layers.js'
import { html, nameMarkup, type Part } from '../markup.js'
import { card, number, scrollTable } from './cells.js'

const columns = Object.entries({
  arm: '',
  backend: '',
  layer: '',
  output: 'n',
  derivative: 'n',
  'product to the last layer': 'n',
})

function rowsOf(section: Section, series: number): Part[][] {
  const record = section.runs.find((run) => run.series === series)?.record
  if (record === undefined) return []
  const [arm, backend] = runNames(section, { series }).map(nameMarkup)
  return localDerivatives(record).map(({ layer, output, derivative, product }) => [
    arm,
    backend,
    nameMarkup(layer),
    number('ratio', output),
    number('ratio', derivative),
    number('ratio', product),
  ])
}

/** The card, of the first seed; there is none where derivatives were not probed. */
export function derivativesCard(section: Section): Part {
  const rows = section.series.flatMap((_, series) => rowsOf(section, series))
  if (rows.length === 0) return undefined
  const about = html`<p class="about">
    Means over the units of a layer and the samples of a batch, before anything is trained. The product of the
    derivatives from a layer to the last, times the weights between, is what is left of the gradient there.
  </p>`
  const table = scrollTable('Local derivatives by layer', columns, rows)
  return card(`${section.id}-derivatives`, 'Local derivatives', [about, table], 'wide')
}
