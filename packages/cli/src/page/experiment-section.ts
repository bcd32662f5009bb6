/** One experiment: its controls, its figures and their data. */
import { agreementCard } from './agreement-card.js'
import { depthWords, MOST_SENTENCES } from './depth-words.js'
import { type Figure, figureMarkup } from './figure.js'
import { heatFigure, heatMapOf } from './heat-figures.js'
import {
  accuracyFigure,
  type Charted,
  distanceFigure,
  gradientFigure,
  lossFigure,
  type Room,
  unitFigure,
} from './line-figures.js'
import { html, type Markup, nameMarkup, type Part } from './markup.js'
import type { Chart, HeatMap, LineChart, SectionData } from './page-data.js'
import { experimentCard } from './provenance.js'
import type { Section } from './section.js'
import { speedChart, speedFigure } from './speed-figure.js'
import { initialView } from './view-state.js'

/** A section as it stands in the page, and the data that go with it. */
export interface RenderedSection {
  readonly markup: Markup
  readonly data: SectionData
}

function toggles(kind: 'arm' | 'backend', title: string, names: readonly string[]): Part {
  const boxes = names.map(
    (name, i) =>
      html`<label class="${kind === 'arm' ? `a${i}` : `b${Math.min(i, 3)}`}"
        ><input type="checkbox" data-${kind}="${i}" checked autocomplete="off" /><span
          class="swatch ${kind}"
          aria-hidden="true"
        ></span
        >${nameMarkup(name)}</label
      >`,
  )
  const all =
    names.length > 4
      ? html`<span class="all"
          ><button type="button" data-all="${kind}">all</button
          ><button type="button" data-none="${kind}">none</button></span
        >`
      : ''
  return html`<fieldset class="toggles">
    <legend>${title}</legend>
    <div class="boxes">${boxes}</div>
    ${all}
  </fieldset>`
}

function controls({ arms, backends, seeds }: Section): Markup {
  const seed =
    seeds.length > 1
      ? html`<label class="chooser"
          ><span>Seed, where one is shown</span>
          <select data-seed autocomplete="off">
            ${seeds.map((each, i) => html`<option value="${i}">${each}</option>`)}
          </select></label
        >`
      : ''
  return html`<div class="controls" role="group" aria-label="What is shown">
    ${toggles('arm', 'Arms', arms)}${toggles('backend', 'Backends', backends)}${seed}
  </div>`
}

/** The list of sentences; the page writes it anew when the slider moves. */
function wordsList(section: SectionData, chart: LineChart | undefined): Markup | undefined {
  if (chart?.judged === undefined) return undefined
  const words = depthWords(section, chart, initialView(section))
  const shown = words.slice(0, MOST_SENTENCES)
  const items = shown.map(
    ({ series, arm, text }) =>
      html`<li class="a${section.series[series]?.arm ?? 0}">
        <span class="swatch arm" aria-hidden="true"></span><span>${nameMarkup(arm)} ${text}</span>
      </li>`,
  )
  const more =
    words.length > shown.length
      ? html`<li class="more"><span>and ${words.length - shown.length} more: see the table.</span></li>`
      : ''
  return html`<ul class="words" data-words="${chart.id}">
    ${items}${more}
  </ul>`
}

function heatOf(
  data: SectionData,
  chart: LineChart | undefined,
): { readonly map: HeatMap; readonly chart: LineChart }[] {
  if (chart === undefined) return []
  const map = heatMapOf(data, chart, 'Gradient norm by layer and step')
  return map === undefined ? [] : [{ map, chart }]
}

function dataOf(section: Section, charts: readonly Chart[]): SectionData {
  const { id, preset, arms, backends, seeds, series } = section
  return { id, preset, arms, backends, seeds, series, charts }
}

/** Renders a section with so much room for its numbers. */
export function renderSection(section: Section, room: Room): RenderedSection {
  const bare = dataOf(section, [])
  const gradients = gradientFigure(section, room, undefined)
  const [weights] = gradients.charts
  const maps = heatOf(bare, weights)
  const others: Charted[] = [lossFigure, accuracyFigure, unitFigure, distanceFigure].map((make) => make(section, room))
  const speed = speedChart(section)
  const leading: Figure = { ...gradients.figure, ...besideOf(bare, weights) }
  const data = dataOf(section, [
    ...gradients.charts,
    ...maps.map(({ map }) => map),
    ...others.flatMap(({ charts }) => charts),
    speed,
  ])
  const markup = html`<section
    class="experiment${section.backends.length > 1 ? '' : ' one-backend'}"
    id="${section.id}"
    aria-labelledby="${section.id}-title"
  >
    <h2 id="${section.id}-title">${nameMarkup(section.preset)}</h2>
    <p class="lede">${section.description}</p>
    ${controls(section)}
    <div class="cards">
      ${figureMarkup(leading)}
      ${maps.map(({ map, chart }) => heatFigure(bare, map, chart, 'Each column is a probed step, each row a layer, first on top. Dark is small.'))}
      ${others.slice(0, 3).map(({ figure }) => figureMarkup(figure))} ${agreementCard(section)}
      ${others.slice(3).map(({ figure }) => figureMarkup(figure))} ${figureMarkup(speedFigure(section, speed))}
      ${experimentCard(section)}
    </div>
  </section>`
  return { markup, data }
}

function besideOf(data: SectionData, chart: LineChart | undefined): Pick<Figure, 'beside'> {
  const beside = wordsList(data, chart)
  return beside === undefined ? {} : { beside }
}
