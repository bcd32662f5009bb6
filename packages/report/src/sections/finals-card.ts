/** Every metric and the loss at the end, by table, of each arm on each backend. */
import { runNames } from '../charts/series-names.js'
import { mostSeeds, recordsOf, type Section } from '../charts/section.js'
import { finalMeasures, finalSpread, onTable } from '../documents/run-view/measures.js'
import { type Markup, nameMarkup, type Part } from '../markup.js'
import { divergedText } from '../documents/run-view/summary.js'
import { about, badge, card, columns, scrollTable, spreadMarkup } from './cells.js'

/** The card. */
export function finalsCard(section: Section): Markup {
  const measures = finalMeasures(recordsOf(section))
  const titles = measures.map(({ table, label }) => onTable(table, label))
  const rows = section.series.map((_, series): Part[] => {
    const own = recordsOf(section, series)
    const [arm, backend] = runNames(section, { series })
    const diverged = divergedText(own)
    const cells = measures.map((measure, i): Part => {
      if (diverged !== undefined) return i === 0 ? badge(diverged, 'bad') : '\u2013'
      const spread = finalSpread(own, measure)
      return spread === undefined ? '\u2013' : spreadMarkup(measure.style, spread)
    })
    return [nameMarkup(arm), nameMarkup(backend), ...cells]
  })
  const told =
    mostSeeds(section) > 1
      ? 'After the epoch that counts: means over the n seeds \u00b1 their sample standard deviation, and least to greatest.'
      : 'After the epoch that counts; \u00b1 is the standard error that the finite number of samples leaves.'
  const table = scrollTable('All finals', [...columns('', 'arm', 'backend'), ...columns('n', ...titles)], rows)
  return card(`${section.id}-finals`, 'Final figures', [about(told), table], 'wide')
}
