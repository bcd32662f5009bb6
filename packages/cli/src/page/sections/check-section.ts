/**
 * A check in the page: its verdict, what was found, the distance of free trainings above the noise floor, and how near
 * every operation came to its rounding bound.
 */
import { formatCount } from '../../report/numbers.js'
import type { CheckedArm, CheckedOperation, CheckSource } from '../records/check-source.js'
import { drawLines } from '../drawings/draw-lines.js'
import { svgElement } from '../drawings/drawing.js'
import { figureMarkup, readableDrawing } from './figure.js'
import { leading, xRange, yRange } from '../charts/geometry.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { badge, number } from './overview.js'
import type { Line, LineChart, SectionData } from '../charts/page-data.js'
import { extentOf } from '../charts/scale.js'

const tones: Readonly<Record<string, string>> = { agree: 'good', disagree: 'bad', inconclusive: 'open' }

/** A check as it stands in the page, and the data that go with it. */
export interface RenderedCheck {
  readonly markup: Markup
  readonly data: SectionData
}

/** Unit roundoff: the least distance that means anything. */
function roundoff(precision: string): number {
  return precision === 'float64' ? 2 ** -53 : 2 ** -24
}

function unique(names: Iterable<string>): string[] {
  return [...new Set(names)]
}

function seriesOf({ arms }: CheckSource, pairs: readonly string[]) {
  return arms.flatMap(({ runs }, arm) =>
    runs.map(({ backends }) => ({ arm, backend: pairs.indexOf(pairName(backends)) })),
  )
}

function pairName([first, second]: readonly [string, string]): string {
  return `${second} against ${first}`
}

function dataOf(check: CheckSource, id: string): SectionData {
  const backends = unique(check.arms.flatMap(({ runs }) => runs.map((run) => pairName(run.backends))))
  const arms = check.arms.map(({ arm }) => arm)
  const base = { id, preset: check.experiment, colours: arms.map((_, i) => i), arms, backends, seeds: [0] }
  return { ...base, series: seriesOf(check, backends), charts: [] }
}

function linesOf({ arms }: CheckSource): { readonly lines: Line[]; readonly xs: number[][] } {
  const runs = arms.flatMap(({ runs: each, precision }) => each.map((run) => ({ run, least: roundoff(precision) })))
  const lines = runs.map(({ run: { curve }, least }, i): Line => ({
    series: i,
    x: i,
    frames: [curve.map(({ distance }) => distance)],
    spread: { low: curve.map(() => least), high: curve.map(({ floor }) => floor) },
  }))
  return { lines, xs: runs.map(({ run }) => run.curve.map(({ step }) => step)) }
}

function trajectoryChart(check: CheckSource, id: string): LineChart | undefined {
  const { lines, xs } = linesOf(check)
  if (lines.every(({ frames: [readings = []] }) => readings.length === 0)) return undefined
  const values = lines.flatMap(({ frames, spread }) => [
    ...frames.flat(),
    ...(spread?.low ?? []),
    ...(spread?.high ?? []),
  ])
  const [low, high] = extentOf(values, 'log') ?? [-8, 0]
  const [first = 1, last = 2] = extentOf(xs.flat(), 'linear') ?? []
  return {
    kind: 'lines',
    id: `${id}-trajectories`,
    title: 'Distance of free trainings',
    x: {
      label: 'step',
      scale: 'linear',
      style: 'count',
      domain: [first, Math.max(last, first + 1)],
      range: xRange(leading),
    },
    y: {
      label: 'relative distance of all parameters',
      scale: 'log',
      style: 'scientific',
      domain: [Math.floor(low - 0.02), Math.ceil(high + 0.02)],
      range: yRange(leading),
    },
    xs,
    steps: [],
    spreadNames: ['distance', 'unit roundoff', 'noise floor'],
    lines,
  }
}

function trajectoryFigure(data: SectionData, chart: LineChart, verdicts: Part): Part {
  const id = `${chart.id}-figure`
  const svg = svgElement(leading, `${id}-title`, drawLines(data, chart, leading))
  const view = { id: chart.id, name: chart.title, drawing: readableDrawing(chart.title, svg), notes: [], frames: chart }
  const about =
    'How far two backends are apart after so many steps of training on their own. The bands are the noise: how far each is from itself when its first weights are off by one unit in the last place.'
  return figureMarkup({
    id,
    title: 'Free training above the noise',
    about,
    views: [view],
    wide: true,
    beside: html`${verdicts}`,
  })
}

function runVerdicts({ arms }: CheckSource): Markup {
  const items = arms.flatMap(({ arm, runs }, i) =>
    runs.map(
      ({ backends, verdict, reason }) =>
        html`<li class="a${i}">
          <span class="swatch arm" aria-hidden="true"></span>
          <div>
            ${nameMarkup(`${arm}: ${pairName(backends)}`)}<strong>${badge(verdict, tones[verdict] ?? '')}</strong
            ><span>${reason}</span>
          </div>
        </li>`,
    ),
  )
  return html`<ul class="words">
    ${items}
  </ul>`
}

/** A bar for a share of 1; what goes beyond is cut off and red. */
function shareBar(ratio: number): Markup {
  const share = Number.isFinite(ratio) ? Math.max(0, Math.min(1, ratio)) : 1
  const over = !(ratio <= 1)
  return html`<svg class="share${over ? ' over' : ''}" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">
    <rect width="100" height="8" rx="2" class="whole" />
    <rect width="${(100 * share).toFixed(1)}" height="8" rx="2" class="part" />
  </svg>`
}

function operationRow({ backend, operation, ratio, elements, node }: CheckedOperation): Markup {
  return html`<tr>
    <th scope="row">${nameMarkup(operation)}</th>
    <td>${nameMarkup(backend)}</td>
    <td class="n">${number('ratio', ratio)}</td>
    <td>${shareBar(ratio)}</td>
    <td>${nameMarkup(node)}</td>
    <td class="n">${formatCount(elements)}</td>
  </tr>`
}

function operationsCard({ arm, operations }: CheckedArm, id: string): Part {
  if (operations.length === 0) return undefined
  const sorted = operations.toSorted((a, b) => b.ratio - a.ratio)
  const titles = ['operation', 'backend', 'worst error / bound', 'of the bound', 'at', 'elements compared']
  return html`<article class="card wide" aria-labelledby="${id}">
    <header><h3 id="${id}">Rounding of every operation: ${nameMarkup(arm)}</h3></header>
    <p class="about">
      Each operation, given the very inputs that the backend gave it, against its float64 evaluation: the largest error
      as a share of what rounding explains.
    </p>
    <div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
      <table>
        <thead>
          <tr>
            ${titles.map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${sorted.map(operationRow)}
        </tbody>
      </table>
    </div>
  </article>`
}

function findingsCard({ findings, failures }: CheckSource, id: string): Part {
  if (findings.length + failures.length === 0) return undefined
  const found = findings.map(
    ({ severity, arm, sentence }) =>
      html`<li>
        <p>${badge(severity, severity === 'fault' ? 'bad' : 'open')} <strong>${nameMarkup(arm)}</strong> ${sentence}</p>
      </li>`,
  )
  const failed = failures.map(
    ({ backend, message }) =>
      html`<li>
        <p>${badge('failure', 'bad')} <strong>${nameMarkup(backend)}</strong> ${nameMarkup(message)}</p>
      </li>`,
  )
  return html`<article class="card wide" aria-labelledby="${id}">
    <header><h3 id="${id}">What was found</h3></header>
    <ul class="agreements">
      ${failed}${found}
    </ul>
  </article>`
}

function modeVerdicts({ arms }: CheckSource): Markup {
  const rows = arms.flatMap(({ arm, judgements }) =>
    judgements.map(
      ({ mode, verdict, reason }) =>
        html`<tr>
          <th scope="row">${nameMarkup(arm)}</th>
          <td>${mode}</td>
          <td>${badge(verdict, tones[verdict] ?? '')}</td>
          <td>${reason}</td>
        </tr>`,
    ),
  )
  return html`<article class="card wide" aria-label="Verdicts">
    <div class="scroll" role="region" aria-label="Verdicts by arm and mode" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">arm</th>
            <th scope="col">mode</th>
            <th scope="col">verdict</th>
            <th scope="col">because</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </article>`
}

/** A check as a section. */
export function renderCheck(check: CheckSource, index: number): RenderedCheck {
  const id = `check${index + 1}`
  const bare = dataOf(check, id)
  const chart = trajectoryChart(check, id)
  const markup = html`<section
    class="experiment${bare.backends.length > 1 ? '' : ' one-backend'}"
    id="${id}"
    aria-labelledby="${id}-title"
  >
    <h2 id="${id}-title">
      Check of ${nameMarkup(check.experiment)}: ${badge(check.verdict, tones[check.verdict] ?? '')}
    </h2>
    <p class="lede">
      ${check.backends.map((name, i) => html`${i === 0 ? '' : ', '}${nameMarkup(name)}`)}. ${check.reason}
    </p>
    <div class="cards">
      ${findingsCard(check, `${id}-findings`)} ${modeVerdicts(check)}
      ${chart === undefined ? '' : trajectoryFigure(bare, chart, runVerdicts(check))}
      ${check.arms.map((arm, i) => operationsCard(arm, `${id}-operations${i + 1}`))}
    </div>
  </section>`
  return { markup, data: { ...bare, charts: chart === undefined ? [] : [chart] } }
}
