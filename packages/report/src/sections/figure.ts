/**
 * A figure of the page: a heading, what it shows in a sentence, and one or more views of which one is seen at a time.
 * Every view has its drawing, a place for its numbers as a table, and ways to save it.
 */
import { html, type Markup, type Part } from '../markup.js'
import { frameNumber, frameText, type LineChart } from '../charts/page-data.js'

/** One view. */
export interface View {
  /** Id of its chart. */
  readonly id: string
  /** What a reader chooses it by. */
  readonly name: string
  readonly drawing: Markup
  /** What must be known to read the numbers, such as that they were thinned. */
  readonly notes: readonly string[]
  /** The frames of its slider; those of a drawing without one have no steps. */
  readonly frames: Pick<LineChart, 'steps' | 'framed'>
}

/** A figure. */
export interface Figure {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly views: readonly View[]
  readonly wide?: boolean
  /** What stands beside or below the drawing. */
  readonly beside?: Markup
}

function slider({ id, frames }: View): Markup | undefined {
  if (frames.steps.length < 2) return undefined
  return html`<div class="slider">
    <button type="button" data-play="${id}" aria-label="Play through the steps">▶</button>
    <label for="${id}-frame">${frames.framed === 'trained' ? 'Steps trained' : 'Step'}</label>
    <input
      type="range"
      id="${id}-frame"
      data-frame="${id}"
      min="0"
      max="${frames.steps.length - 1}"
      step="1"
      value="0"
      aria-valuetext="${frameText(frames, 0)}"
    />
    <output for="${id}-frame" data-frame-text="${id}">${frameNumber(frames, 0)}</output>
  </div>`
}

/** Buttons that save what a chart shows. */
function saving({ id, name }: View): Markup {
  const button = (format: string): Markup =>
    html`<button
      type="button"
      data-save="${format.toLowerCase()}"
      data-of="${id}"
      aria-label="Save ${name} as ${format}"
    >
      ${format}
    </button>`
  return html`<div class="save" role="group" aria-label="Save">${['SVG', 'PNG', 'CSV'].map(button)}</div>`
}

function viewMarkup(view: View, index: number): Markup {
  const { id, name, drawing, notes } = view
  return html`<div class="view" data-chart="${id}" ${index > 0 ? html` hidden` : ''}>
    ${slider(view)}
    <div class="drawing">${drawing}</div>
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
    <div class="under">
      <details class="numbers" data-table="${id}">
        <summary>Table<span class="unseen"> of ${name}</span></summary>
        <div class="scroll" role="region" aria-label="${name}, as a table" tabindex="0"></div>
      </details>
      ${saving(view)}
    </div>
  </div>`
}

function chooser({ id, views }: Figure): Part {
  if (views.length < 2) return undefined
  const options = views.map(({ id: view, name }) => html`<option value="${view}">${name}</option>`)
  return html`<label class="chooser"
    ><span>Show</span>
    <select data-choose="${id}" autocomplete="off">
      ${options}
    </select></label
  >`
}

/** The figure as HTML; one without views is not there. */
export function figureMarkup(figure: Figure): Part {
  const { id, title, about, views, wide = false, beside } = figure
  if (views.length === 0) return undefined
  return html`<article class="card${wide ? ' wide' : ''}" id="${id}" aria-labelledby="${id}-title">
    <header>
      <h3 id="${id}-title">${title}</h3>
      ${chooser(figure)}
    </header>
    <p class="about">${about}</p>
    <div class="${beside === undefined ? 'views' : 'views with-side'}">
      <div>${views.map(viewMarkup)}</div>
      ${beside}
    </div>
  </article>`
}

/** A drawing that the pointer and the arrow keys read values from. */
export function readableDrawing(label: string, svg: Markup): Markup {
  return html`<div
    class="chart"
    role="application"
    aria-roledescription="chart"
    aria-label="${label}. Arrow keys read its values."
    tabindex="0"
  >
    ${svg}
  </div>`
}
