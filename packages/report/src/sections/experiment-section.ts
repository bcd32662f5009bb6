/** One experiment: its controls, its figures and their data. */
import { nonFiniteText, stopText } from '@isograd/core/compare'
import type { SectionData } from '../charts/page-data.js'
import { itemAt, seriesName } from '../charts/series-names.js'
import type { Section } from '../charts/section.js'
import { isNothingHeldOut } from '../documents/run-view/measures.js'
import { initialView } from '../charts/view-state.js'
import { wordsList } from '../drawings/words-list.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { agreementCard, comparedArms } from './agreement-card.js'
import { answerMarkup } from './answer.js'
import { detailFigures } from './detail-figures.js'
import { figureMarkup, type Rendered } from './figure.js'
import {
  curveFigures,
  distanceFigure,
  gradientFigure,
  heatFigures,
  ridgeFigures,
  type Room,
  speedFigure,
  timeFigure,
} from './figures.js'
import { derivativesCard } from './derivatives-card.js'
import { finalsCard } from './finals-card.js'
import { experimentCard } from './provenance.js'

/** Boxes that switch arms or backends on and off; `style` is the class of one. */
export function toggles(
  kind: 'arm' | 'backend',
  title: string,
  names: readonly string[],
  style: (index: number) => string,
): Markup {
  const boxes = names.map(
    (name, i) =>
      html`<label class="${style(i)}"
        ><input type="checkbox" data-${kind}="${i}" checked autocomplete="off" /><span
          class="swatch ${kind}"
          aria-hidden="true"
        ></span
        >${nameMarkup(name)}</label
      >`,
  )
  const all = html`<span class="all"
    ><button type="button" data-all="${kind}">all</button><button type="button" data-none="${kind}">none</button></span
  >`
  return html`<fieldset class="toggles" data-toggles="${kind}">
    <legend>${title}</legend>
    <div class="boxes">${boxes}</div>
    ${boxes.length > 4 && all}
  </fieldset>`
}

function controls({ arms, backends, seeds, colours, isSourced }: Section): Markup {
  const seed = html`<label class="chooser"
    ><span>Seed, where one is shown</span>
    <select data-seed autocomplete="off">
      ${seeds.map((each, i) => html`<option value="${i}">${each}</option>`)}
    </select></label
  >`
  return html`<div class="controls" role="group" aria-label="What is shown">
    ${toggles('arm', 'Arms', arms, (i) => `a${itemAt(colours, i)}`)}
    ${toggles('backend', isSourced ? 'Runs' : 'Backends', backends, (i) => `b${Math.min(i, 3)}`)}
    ${seeds.length > 1 && seed}
  </div>`
}

/** Figures of samples that were trained on say little of others. */
function heldOutNote({ runs }: Section): Part {
  return (
    runs.some(({ record }) => isNothingHeldOut(record)) &&
    'Nothing was held out: figures are those of the training samples.'
  )
}

/** Every run that ended before its last epoch: where it left the finite numbers, or the rule that stopped it. */
function endNotes({ runs, ...names }: Section): Part {
  return runs.flatMap(({ record: { end }, series, seed }) => {
    const text = (end.nonFinite && nonFiniteText(end.nonFinite)) ?? (end.stopped && stopText(end.stopped))
    if (text === undefined) return []
    return [html`<p class="note"><strong>${seriesName(names, { series, seed })}</strong>: ${text}.</p>`]
  })
}

/** Renders a section with so much room for its numbers. */
export function renderSection(section: Section, room: Room): Rendered {
  const leading = gradientFigure(section, room)
  const maps = [...heatFigures(section, leading), ...ridgeFigures(section, room)]
  const times = [timeFigure(section, room)].filter(({ views }) => views.length > 0)
  const details = detailFigures(section, room)
  const wide = details.filter((figure) => figure.wide === true)
  const curves = [...details.filter((figure) => figure.wide !== true), ...curveFigures(section, room)].filter(
    ({ views }) => views.length > 0,
  )
  const comparing = [distanceFigure(section, room), speedFigure(section)].filter(({ views }) => views.length > 0)
  const arms = comparedArms(section)
  const charts = [leading, ...times, ...maps, ...wide, ...curves, ...comparing].flatMap(({ views }) =>
    views.map(({ chart }) => chart),
  )
  const { id, preset, colours, backends, seeds, series } = section
  const compared = arms.map((each) => each.compared)
  const data: SectionData = { id, preset, colours, arms: section.arms, backends, seeds, series, charts, compared }
  const [first] = leading.views
  const beside = first?.chart.kind === 'lines' ? wordsList(data, first.chart, initialView(data)) : undefined
  // Two columns where the last of three would leave a card alone; two that are over share a row.
  const small = curves.length + comparing.length
  const columns = small % 3 === 1 || small === 2 ? ' by-two' : small % 3 === 2 ? ' two-over' : ''
  const markup = html`<section
    class="experiment${backends.length > 1 ? '' : ' one-backend'}"
    id="${id}"
    aria-labelledby="${id}-title"
  >
    <h2 id="${id}-title">${nameMarkup(preset)}</h2>
    <p class="lede">${section.description} ${heldOutNote(section)}</p>
    ${answerMarkup(section, arms)} ${endNotes(section)} ${controls(section)}
    <div class="cards${columns}">
      ${figureMarkup(data, leading, beside)} ${times.map((figure) => figureMarkup(data, figure))}
      ${derivativesCard(section)} ${maps.map((figure) => figureMarkup(data, figure))} ${finalsCard(section)}
      ${agreementCard(section, arms)} ${wide.map((figure) => figureMarkup(data, figure))}
      ${[...curves, ...comparing].map((figure) => figureMarkup(data, figure))} ${experimentCard(section)}
    </div>
  </section>`
  return { markup, data }
}
