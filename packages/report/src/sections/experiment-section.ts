/** One experiment: its controls, its figures and their data. */
import { agreementCard, comparedArms } from './agreement-card.js'
import { depthWords, MOST_SENTENCES } from '../charts/depth-words.js'
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
import { html, type Markup, nameMarkup } from '../markup.js'
import { armClass, type Chart, type HeatMap, type LineChart, type SectionData } from '../charts/page-data.js'
import { experimentCard } from './provenance.js'
import { ridgeChart } from '../charts/ridge-chart.js'
import { ridgeFigure } from './ridge-figure.js'
import type { Section } from '../charts/section.js'
import { speedChart, speedFigure } from './speed-figure.js'
import { initialView } from '../charts/view-state.js'

/** A section as it stands in the page, and the data that go with it. */
export interface RenderedSection {
  readonly markup: Markup
  readonly data: SectionData
}

type ToggleKind = 'arm' | 'backend'

function toggle(kind: ToggleKind, name: string, index: number, className: string): Markup {
  return html`<label class="${className}"
    ><input type="checkbox" data-${kind}="${index}" checked autocomplete="off" /><span
      class="swatch ${kind}"
      aria-hidden="true"
    ></span
    >${nameMarkup(name)}</label
  >`
}

function toggles(kind: ToggleKind, title: string, boxes: readonly Markup[]): Markup {
  const all = html`<span class="all"
    ><button type="button" data-all="${kind}">all</button><button type="button" data-none="${kind}">none</button></span
  >`
  return html`<fieldset class="toggles" data-toggles="${kind}">
    <legend>${title}</legend>
    <div class="boxes">${boxes}</div>
    ${boxes.length > 4 ? all : ''}
  </fieldset>`
}

function armToggles({ arms, colours }: Section): Markup {
  return toggles(
    'arm',
    'Arms',
    arms.map((name, i) => toggle('arm', name, i, `a${colours[i] ?? 0}`)),
  )
}

function backendToggles({ backends }: Section): Markup {
  return toggles(
    'backend',
    'Backends',
    backends.map((name, i) => toggle('backend', name, i, `b${Math.min(i, 3)}`)),
  )
}

function controls(section: Section): Markup {
  const { seeds } = section
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
    ${armToggles(section)}${backendToggles(section)}${seed}
  </div>`
}

/** The list of sentences; the page writes it anew when the slider moves. */
function wordsList(section: SectionData, chart: LineChart | undefined): Markup | undefined {
  if (chart?.judged === undefined) return undefined
  const words = depthWords(section, chart, initialView(section))
  const shown = words.slice(0, MOST_SENTENCES)
  const items = shown.map(
    ({ series, arm, headline, text }) =>
      html`<li class="${armClass(section, series)}">
        <span class="swatch arm" aria-hidden="true"></span>
        <div>${nameMarkup(arm)}<strong>${headline}</strong>${text === '' ? '' : html`<span>${text}</span>`}</div>
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

/** A chart of frames with its map of them. */
interface Mapped {
  readonly map: HeatMap
  readonly chart: LineChart
  readonly about: string
}

const maps = [
  {
    key: 'weight',
    title: 'Gradient norm by layer and step',
    about: 'Each column is a probed step, each row a layer, first on top. Dark is small.',
  },
  {
    key: 'update',
    title: 'Update-to-weight ratio by layer and step',
    about: "How far a step moved a layer's weights, relative to their own norm. Where it is dark, nothing is learned.",
  },
] as const

function mapsOf(data: SectionData, charts: readonly LineChart[]): Mapped[] {
  return maps.flatMap(({ key, title, about }) => {
    const chart = charts.find(({ id }) => id === `${data.id}-${key}`)
    const map = chart === undefined ? undefined : heatMapOf(data, chart, title)
    return chart === undefined || map === undefined ? [] : [{ map, chart, about }]
  })
}

function dataOf(section: Section, charts: readonly Chart[], compared: SectionData['compared']): SectionData {
  const { id, preset, colours, arms, backends, seeds, series } = section
  return { id, preset, colours, arms, backends, seeds, series, charts, compared }
}

/** Everything that is drawn in a section. */
function figuresOf(section: Section, room: Room) {
  const bare = dataOf(section, [], [])
  const gradients = gradientFigure(section, room, undefined)
  const leading: Figure = { ...gradients.figure, ...besideOf(bare, gradients.charts[0]) }
  const ridges = ridgeChart(section, room.depth)
  return {
    bare,
    leading,
    gradients: gradients.charts,
    mapped: mapsOf(bare, gradients.charts),
    curves: [lossFigure, accuracyFigure, unitFigure].map((make): Charted => make(section, room)),
    ridges: ridges === undefined ? [] : [ridges],
    distance: distanceFigure(section, room),
    speed: speedChart(section),
  }
}

/** Renders a section with so much room for its numbers. */
export function renderSection(section: Section, room: Room): RenderedSection {
  const { bare, leading, gradients, mapped, curves, ridges, distance, speed } = figuresOf(section, room)
  const lines = [...gradients, ...curves.flatMap(({ charts }) => charts), ...distance.charts]
  const arms = comparedArms(section)
  const charts = [...lines, ...mapped.map(({ map }) => map), ...ridges, speed]
  const data = dataOf(
    section,
    charts,
    arms.map(({ compared }) => compared),
  )
  const single = section.backends.length > 1 ? '' : ' one-backend'
  // Two columns where the last of three would leave a card alone or an empty place beside two.
  const small = curves.filter(({ charts: own }) => own.length > 0).length + (arms.length > 0 ? 2 : 0) + 1
  const markup = html`<section class="experiment${single}" id="${section.id}" aria-labelledby="${section.id}-title">
    <h2 id="${section.id}-title">${nameMarkup(section.preset)}</h2>
    <p class="lede">${section.description}</p>
    ${controls(section)}
    <div class="cards${small % 3 === 1 || small === 2 ? ' by-two' : ''}">
      ${figureMarkup(leading)} ${mapped.map(({ map, chart, about }) => heatFigure(bare, map, chart, about))}
      ${ridges.map((chart) => ridgeFigure(bare, chart))} ${curves.map(({ figure }) => figureMarkup(figure))}
      ${agreementCard(section, arms)} ${figureMarkup(distance.figure)} ${figureMarkup(speedFigure(section, speed))}
      ${experimentCard(section)}
    </div>
  </section>`
  return { markup, data }
}

function besideOf(data: SectionData, chart: LineChart | undefined): Pick<Figure, 'beside'> {
  const beside = wordsList(data, chart)
  return beside === undefined ? {} : { beside }
}
