/** Local derivatives of the activations by layer, and what their product leaves of a gradient on its way to each layer. */
import { runNames } from '../charts/series-names.js'
import { recordsOf, type Section } from '../charts/section.js'
import { localDerivatives } from '../documents/run-view/layers.js'
import { nameMarkup, type Part } from '../markup.js'
import { about, card, columns, number, scrollTable } from './cells.js'

const heads = [
  ...columns('', 'arm', 'backend', 'layer'),
  ...columns('n', 'output', 'derivative', 'product to the last layer'),
]

function rowsOf(section: Section, series: number): Part[][] {
  const [record] = recordsOf(section, series)
  if (record === undefined) return []
  const [arm, backend] = runNames(section, { series }).map(nameMarkup)
  return localDerivatives(record).map(({ layer, output, derivative, product }) => {
    const numbers = [output, derivative, product].map((value) => number('ratio', value))
    return [arm, backend, nameMarkup(layer), ...numbers]
  })
}

/** The card, of the first seed; there is none where derivatives were not probed. */
export function derivativesCard(section: Section): Part {
  const rows = section.series.flatMap((_, series) => rowsOf(section, series))
  if (rows.length === 0) return undefined
  const told = about(
    'Means over the units of a layer and the samples of a batch, before anything is trained. The product of the derivatives from a layer to the last, times the weights between, is what is left of the gradient there.',
  )
  const table = scrollTable('Local derivatives by layer', heads, rows)
  return card(`${section.id}-derivatives`, 'Local derivatives', [told, table], 'wide')
}
