/** The confusion matrix of each run. */
import { counted } from '../../documents/readings.js'
import { firstPanels } from '../panel-lines.js'
import type { DetailCharts } from './detail.js'

/** Runs of other categories than those of the first are left out: one chart has one set of names. */
export const confusionCharts: DetailCharts<'confusion'> = {
  title: 'Confusion matrix',
  about:
    'A row for what samples are, a column for what they are told to be; colours are shares of the row, and the diagonal is right. The table has recall and precision.',
  hasShares: true,
  views: ({ section, id, runs }) => {
    const [names = []] = runs.map(({ detail }) => detail.names)
    const alike = runs.filter(({ detail }) => JSON.stringify(detail.names) === JSON.stringify(names))
    const lines = alike.map(({ series, seed, detail: { counts } }) => ({ series, seed, counts }))
    const others = runs.length - alike.length
    const notes = others > 0 ? [`${counted(others, 'run')} on other categories left out.`] : []
    const panels = firstPanels(section, lines)
    if (names.length === 0) return []
    return [{ chart: { kind: 'matrix', id, title: 'Confusion matrix', names, lines, panels }, notes }]
  },
}
