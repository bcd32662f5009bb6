/**
 * A check in the page: its verdict, what was found, the distance of free trainings beside the noise floor, and how near
 * every operation came to its rounding bound.
 */
import type { SectionData } from '../charts/page-data.js'
import { checkData, pairName } from '../charts/trajectory-chart.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { CheckSource } from '../documents/check-document.js'
import { badge, verdictBadge } from './cells.js'
import { figureMarkup } from './figure.js'
import { operationsCard } from './operations-card.js'

/** A check as it stands in the page, and the data that go with it. */
export interface RenderedCheck {
  readonly markup: Markup
  readonly data: SectionData
}

/** The figure of free trainings, with their verdicts beside it. */
function trajectoryFigure(data: SectionData, verdicts: Markup): Part {
  const about =
    'How far two backends are apart after so many steps of training on their own. The bands are the noise: all that is nearer than a backend is to itself when its first weights are off by one unit in the last place.'
  const views = data.charts.map((chart) => ({ chart, notes: [] }))
  const id = `${data.id}-trajectories-figure`
  return figureMarkup(data, { id, title: 'Free training and the noise floor', about, views, wide: true }, verdicts)
}

function runVerdicts({ arms }: CheckSource): Markup {
  const items = arms.flatMap(({ arm, runs }, i) =>
    runs.map(
      ({ backends, verdict, reason }) =>
        html`<li class="a${i}">
          <span class="swatch arm" aria-hidden="true"></span>
          <div>
            ${nameMarkup(`${arm}: ${pairName(backends)}`)}<strong>${verdictBadge(verdict)}</strong
            ><span>${reason}</span>
          </div>
        </li>`,
    ),
  )
  return html`<ul class="words">
    ${items}
  </ul>`
}

function findingsCard({ findings, failures }: CheckSource, id: string): Part {
  if (findings.length + failures.length === 0) return undefined
  // Modes that came upon the same thing say the same.
  const said = new Map(findings.map((finding) => [`${finding.arm} ${finding.sentence}`, finding]))
  const found = [...said.values()].map(
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
          <td>${verdictBadge(verdict)}</td>
          <td class="reason">${reason}</td>
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

/** The id of a check's section. */
export function checkId(index: number): string {
  return `check${index + 1}`
}

/** A check as a section. */
export function renderCheck(check: CheckSource, index: number): RenderedCheck {
  const id = checkId(index)
  const data = checkData(check, id)
  const markup = html`<section
    class="experiment${data.backends.length > 1 ? '' : ' one-backend'}"
    id="${id}"
    aria-labelledby="${id}-title"
  >
    <h2 id="${id}-title">Check of ${nameMarkup(check.experiment)}: ${verdictBadge(check.verdict)}</h2>
    <p class="lede">
      ${check.backends.map((name, i) => html`${i === 0 ? '' : ', '}${nameMarkup(name)}`)} – ${check.reason}
    </p>
    <div class="cards">
      ${findingsCard(check, `${id}-findings`)} ${modeVerdicts(check)} ${trajectoryFigure(data, runVerdicts(check))}
      ${check.arms.map((arm, i) => operationsCard(arm, `${id}-operations${i + 1}`))}
    </div>
  </section>`
  return { markup, data }
}
