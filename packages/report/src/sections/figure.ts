/**
 * A figure of the page: a heading, what it shows in a sentence, and one or more views of which one is seen at a time.
 * Every view has its drawing, a place for its numbers as a table, and ways to save it.
 */
import { type Chart, hasPanels, type PanelChart, type SectionData } from '../charts/page-data.js'
import { frameNumber, frameText, hasFrames, seriesName } from '../charts/series-names.js'
import { panelLines } from '../charts/panel-lines.js'
import { initialView } from '../charts/view-state.js'
import { drawChart } from '../drawings/draw-chart.js'
import { svgElement } from '../drawings/drawing.js'
import { html, type Markup, type Part } from '../markup.js'
import { about as aboutText } from './cells.js'

/** One view. */
export interface View {
  readonly chart: Chart
  /** Facts that a reader of the numbers must know, such as that they were thinned. */
  readonly notes: readonly string[]
  /** The meaning of colours that stand for numbers. */
  readonly key?: Markup
}

/** A section as it stands in the page, and the data that go with it. */
export interface Rendered {
  readonly markup: Markup
  readonly data: SectionData
}

/** A figure. */
export interface Figure {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly views: readonly View[]
  readonly wide?: boolean
}

function slider(chart: Chart): Part {
  if (!hasFrames(chart) || chart.steps.length < 2) return undefined
  const { id, steps, framed } = chart
  return html`<div class="slider">
    <button type="button" data-play="${id}" aria-label="Play through the steps">▶</button>
    <label for="${id}-frame">${framed === 'trained' ? 'Steps trained' : 'Step'}</label>
    <input
      type="range"
      id="${id}-frame"
      data-frame="${id}"
      min="0"
      max="${steps.length - 1}"
      step="1"
      value="0"
      aria-valuetext="${frameText(chart, 0)}"
    />
    <output for="${id}-frame" data-frame-text="${id}">${frameNumber(chart, 0)}</output>
  </div>`
}

/** Buttons that save what a chart shows. */
function saving({ id, title }: Chart): Markup {
  const button = (format: string): Markup =>
    html`<button
      type="button"
      data-save="${format.toLowerCase()}"
      data-of="${id}"
      aria-label="Save ${title} as ${format}"
    >
      ${format}
    </button>`
  return html`<div class="save" role="group" aria-label="Save">${['SVG', 'PNG', 'CSV'].map(button)}</div>`
}

/** The panels of a chart, each with a choice of the run that it shows. */
function panelsMarkup(section: SectionData, chart: PanelChart): Markup {
  const { id, title, panels } = chart
  const names = panelLines(section, chart).map((line) => seriesName(section, line))
  const panel = (chosen: number, index: number): Markup => {
    const choice = `${id}-panel${index}`
    const options = names.map(
      (name, i) => html`<option value="${i}" ${i === chosen ? html` selected` : ''}>${name}</option>`,
    )
    return html`<div class="panel">
      <label for="${choice}" class="unseen">Run in panel ${index + 1} of ${title}</label>
      <select id="${choice}" data-panel-of="${id}" autocomplete="off">
        ${options}
      </select>
      ${drawingMarkup(section, chart, index, `${title}, panel ${index + 1}`, choice)}
    </div>`
  }
  return html`<div class="panels">${panels.map(panel)}</div>`
}

/** A drawing that the pointer and the arrow keys read values from; `label` is the id of its title. */
function drawingMarkup(section: SectionData, chart: Chart, panel: number, name: string, label: string): Markup {
  return html`<div
    class="chart"
    role="application"
    aria-roledescription="chart"
    aria-label="${name}. Arrow keys read its values."
    tabindex="0"
  >
    ${svgElement(drawChart(section, chart, initialView(section), panel), label)}
  </div>`
}

function viewMarkup(section: SectionData, { chart, notes, key }: View, index: number, label: string): Markup {
  const { id, title } = chart
  const drawing = hasPanels(chart) ? panelsMarkup(section, chart) : drawingMarkup(section, chart, 0, title, label)
  return html`<div class="view" data-chart="${id}" ${index > 0 ? html` hidden` : ''}>
    ${slider(chart)}
    <div class="drawing">${drawing}${key}</div>
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
    <div class="under">
      <details class="numbers" data-table="${id}">
        <summary>Table<span class="unseen"> of ${title}</span></summary>
        <div class="scroll" role="region" aria-label="${title}, as a table" tabindex="0"></div>
      </details>
      ${saving(chart)}
    </div>
  </div>`
}

function chooser({ id, views }: Figure): Part {
  if (views.length < 2) return undefined
  const options = views.map(({ chart }) => html`<option value="${chart.id}">${chart.title}</option>`)
  return html`<label class="chooser"
    ><span>Show</span>
    <select data-choose="${id}" autocomplete="off">
      ${options}
    </select></label
  >`
}

/** The figure as HTML, with what stands beside its drawings; one without views is not there. */
export function figureMarkup(section: SectionData, figure: Figure, beside?: Markup): Part {
  const { id, title, views, wide = false } = figure
  if (views.length === 0) return undefined
  return html`<article class="card${wide ? ' wide' : ''}" id="${id}" aria-labelledby="${id}-title">
    <header>
      <h3 id="${id}-title">${title}</h3>
      ${chooser(figure)}
    </header>
    ${aboutText(figure.about)}
    <div class="${beside === undefined ? 'views' : 'views with-side'}">
      <div>${views.map((view, i) => viewMarkup(section, view, i, `${id}-title`))}</div>
      ${beside}
    </div>
  </article>`
}
