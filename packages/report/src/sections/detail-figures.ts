/** The figures behind metrics on the table that judges: one for each metric that has some. */
import type { DetailKind, MetricDetail } from '@isograd/core/compare'
import type { DetailCharts, RunDetail } from '../charts/details/detail.js'
import { detailCharts } from '../charts/details/index.js'
import { hasPanels } from '../charts/page-data.js'
import type { Section } from '../charts/section.js'
import { idPart, unique } from '../documents/fields.js'
import { onTable } from '../documents/run-view/measures.js'
import { shareKey } from './colour-key.js'
import type { Figure } from './figure.js'
import type { Room } from './figures.js'

/** The details of a metric in one run. */
interface Found {
  readonly key: string
  readonly label: string
  readonly table: string
  readonly series: number
  readonly seed: number
  readonly detail: MetricDetail
}

function foundIn({ runs }: Section): Found[] {
  return runs.flatMap(({ record: { finals, judgedOn: table, metrics }, series, seed }) =>
    Object.entries(metrics).flatMap(([key, { label }]) => {
      const detail = finals[table]?.metrics[key]?.detail
      return detail === undefined ? [] : [{ key, label, table, series, seed, detail }]
    }),
  )
}

/** The details of a kind with the charts of that kind. */
function figureOf(section: Section, { depth }: Room, [first, ...rest]: readonly [Found, ...Found[]]): Figure {
  const { kind } = first.detail
  // Kind and details are of one entry, which the type of a union cannot say.
  const charts = detailCharts[kind] as DetailCharts<DetailKind>
  const runs = [first, ...rest].filter(({ detail }) => detail.kind === kind) as readonly RunDetail<DetailKind>[]
  const id = `${section.id}-${idPart(first.key)}-${kind}`
  const views = charts.views({ section, id, runs, room: Math.floor(depth / 4) })
  const isWide = views.some(({ chart }) => hasPanels(chart) && chart.panels.length > 1)
  return {
    id: `${id}-figure`,
    title: charts.title,
    about: `${onTable(first.table, first.label)}. ${charts.about}`.replace(/^./, (letter) => letter.toUpperCase()),
    views: views.map((view) => (charts.hasShares === true ? { ...view, key: shareKey } : view)),
    wide: isWide,
  }
}

/** A figure for each metric with details, in the order in which they are listed. */
export function detailFigures(section: Section, room: Room): Figure[] {
  const found = foundIn(section)
  return unique(found.map(({ key }) => key)).flatMap((key) => {
    const [first, ...rest] = found.filter((each) => each.key === key)
    const figure = first && figureOf(section, room, [first, ...rest])
    return figure === undefined || figure.views.length === 0 ? [] : [figure]
  })
}
