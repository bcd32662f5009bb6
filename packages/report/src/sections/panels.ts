/** Panels: a drawing for each of a few runs, each with a choice of which run it shows. */
import { type Figure, figureMarkup, readableDrawing } from './figure.js'
import { html, type Markup, type Part } from '../markup.js'
import { type SeriesNames, seriesName } from '../charts/page-data.js'

/** Whatever belongs to a run: lines of a chart, or their like. */
export interface OfRun {
  readonly series: number
  readonly seed?: number
}

const MOST_PANELS = 3

/** The runs shown at first: one an arm, on its first backend with the first seed; the first and last arms of many. */
export function firstPanels({ series }: SeriesNames, runs: readonly OfRun[]): number[] {
  const armOf = (index: number): number => series[runs[index]?.series ?? 0]?.arm ?? 0
  const all = runs.map((_, i) => i)
  const firsts = all.filter((i) => all.findIndex((other) => armOf(other) === armOf(i)) === i)
  return firsts.length <= MOST_PANELS ? firsts : [firsts[0] ?? 0, firsts.at(-1) ?? 0]
}

/** What panels show. */
export interface Panelled {
  readonly id: string
  readonly title: string
  readonly panels: readonly number[]
}

/** The panels of a chart; `draw` makes the SVG of one, labelled by the element with the given id. */
export function panelsMarkup(
  section: SeriesNames,
  { id, title, panels }: Panelled,
  runs: readonly OfRun[],
  draw: (run: number, label: string) => Markup,
): Markup {
  const panel = (run: number, index: number): Markup => {
    const choice = `${id}-panel${index}`
    const options = runs.map(
      (each, i) => html`<option value="${i}" ${i === run ? html` selected` : ''}>${seriesName(section, each)}</option>`,
    )
    return html`<div class="panel" data-panel="${index}">
      <label for="${choice}" class="unseen">Run in panel ${index + 1} of ${title}</label>
      <select id="${choice}" data-panel-of="${id}" autocomplete="off">
        ${options}
      </select>
      ${readableDrawing(`${title}, panel ${index + 1}`, draw(run, choice))}
    </div>`
  }
  return html`<div class="panels">${panels.map(panel)}</div>`
}

/** The figure of panels. */
export function panelFigure(
  { id, title }: Panelled,
  about: string,
  drawing: Markup,
  notes: readonly string[],
  frames: Figure['views'][number]['frames'] = { steps: [] },
): Part {
  const view = { id, name: title, drawing, notes, frames }
  return figureMarkup({ id: `${id}-figure`, title, about, views: [view], wide: true })
}
