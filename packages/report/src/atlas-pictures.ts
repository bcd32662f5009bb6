/** The charts of an atlas as SVG files, by operation. */
import { atlasData, inexactOperations } from './charts/atlas-charts.js'
import type { Source } from './documents/source.js'
import { pictureOf } from './drawings/picture.js'

/** The text of each file; operations that are exact everywhere have none. */
export function picturesOf({ atlases = [] }: Source): Record<string, string> {
  return Object.fromEntries(
    atlases.flatMap((atlas) => {
      const names = inexactOperations(atlas)
      const data = atlasData(atlas, 'atlas')
      const charts = data.charts.flatMap((chart) => (chart.kind === 'lines' ? [chart] : []))
      return charts.map((chart, i): [string, string] => [names[i] ?? chart.id, pictureOf(data, chart)])
    }),
  )
}
