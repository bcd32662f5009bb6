/** The key of a heat map: its colours with the numbers at their ends, and those of zero and of what is not finite. */
import { heatColours } from '../charts/colours.js'
import type { Axis } from '../charts/page-data.js'
import { tickLabel } from '../charts/scale.js'
import { html, type Markup } from '../markup.js'

const WIDTH = 10

/** Colours with the text of their ends. */
function scaleMarkup(low: string | undefined, high: string | undefined): Markup {
  const bars = heatColours.map(
    (_, i) => html`<rect class="h${i}" x="${i * WIDTH}" y="0" width="${WIDTH}" height="12" />`,
  )
  return html`<span data-end>${low}</span
    ><svg viewBox="0 0 ${WIDTH * heatColours.length} 12" aria-hidden="true" shape-rendering="crispEdges">${bars}</svg
    ><span data-end>${high}</span>`
}

function barMarkup(low: string | undefined, high: string | undefined): Markup {
  return html`${scaleMarkup(low, high)}<span class="swatch zero"></span><span>zero</span>`
}

/** The key of a figure, whose colours span from its least to its greatest mean. */
export function figureKey(low: string, high: string, hasDiverged: boolean): Markup {
  const bad = html`<span class="swatch bad"></span><span>all diverged</span>`
  return html`<div class="key">${scaleMarkup(low, high)}${hasDiverged && bad}</div>`
}

/** The key of colours that span an axis. */
export function colourKey(axis: Axis): Markup {
  const [low, high] = axis.domain.map((position) => tickLabel({ ...axis, domain: [-9, 9] }, position))
  return html`<div class="key">${barMarkup(low, high)}<span class="swatch bad"></span><span>not finite</span></div>`
}

/** The key of shares, whose colours span from more than nothing to all. */
export const shareKey: Markup = html`<div class="key">${barMarkup('0 %', '100 %')}</div>`
