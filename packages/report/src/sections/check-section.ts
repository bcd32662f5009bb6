/**
 * A check in the page: its verdict, what was found, the distance of free trainings beside the noise floor, and how near
 * every operation came to its rounding bound.
 */
import type { SectionData } from '../charts/page-data.js'
import { checkData, pairName } from '../charts/trajectory-chart.js'
import { wordsItem } from '../drawings/words-list.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { CheckSource } from '../documents/check-document.js'
import { badge, card, scrollTable, verdictBadge } from './cells.js'
import { figureMarkup, type Rendered } from './figure.js'
import { operationsCard } from './operations-card.js'

/** Distance of all parameters beyond which trainings are of two models. */
const PARTED = 0.1

const expectedParting =
  ' Here trainings end as two different models though nothing is wrong: training amplifies rounding, and where the noise itself reaches a tenth of the weights, a distance of any size says nothing against a backend.'

/** True where trainings that agree have parted all the same. */
function hasParted({ arms }: CheckSource): boolean {
  const healthy = arms.flatMap(({ runs }) => runs.filter(({ verdict }) => verdict !== 'disagree'))
  return healthy.some(({ curve }) => curve.some(({ distance }) => distance > PARTED))
}

/** The figure of free trainings, with their verdicts beside it. */
function trajectoryFigure(check: CheckSource, data: SectionData): Part {
  const verdicts = runVerdicts(check)
  const about = `How far two backends are apart after so many steps of training on their own. The bands are the noise: all that is nearer than a backend is to itself when its first weights are off by one unit in the last place.${hasParted(check) ? expectedParting : ''}`
  const views = data.charts.map((chart) => ({ chart, notes: [] }))
  const id = `${data.id}-trajectories-figure`
  return figureMarkup(data, { id, title: 'Free training and the noise floor', about, views, wide: true }, verdicts)
}

function runVerdicts({ arms }: CheckSource): Markup {
  const items = arms.flatMap(({ arm, runs }, i) =>
    runs.map(({ backends, verdict, reason }) =>
      wordsItem(`a${i}`, `${arm}: ${pairName(backends)}`, verdictBadge(verdict), reason),
    ),
  )
  return html`<ul class="words">
    ${items}
  </ul>`
}

function finding(mark: Markup, name: string, text: Part): Markup {
  return html`<li>
    <p>${mark} <strong>${nameMarkup(name)}</strong> ${text}</p>
  </li>`
}

function findingsCard({ findings, failures }: CheckSource, id: string): Part {
  if (findings.length + failures.length === 0) return undefined
  // Modes that came upon the same thing say the same.
  const said = new Map(findings.map((each) => [`${each.arm} ${each.sentence}`, each]))
  const found = [...said.values()].map(({ severity, arm, sentence }) =>
    finding(badge(severity, severity === 'fault' ? 'bad' : 'open'), arm, sentence),
  )
  const failed = failures.map(({ backend, message }) => finding(badge('failure', 'bad'), backend, nameMarkup(message)))
  const list = html`<ul class="agreements">
    ${failed}${found}
  </ul>`
  return card(id, 'What was found', list, 'wide')
}

/** One verdict for each pair of backends: why, the figure that decided, and what to do next. */
function pairsCard({ pairs }: CheckSource, id: string): Part {
  if (pairs.length === 0) return undefined
  const items = pairs.map(({ backends, verdict, reason, evidence, next }) => {
    const title = verdict === 'disagree' ? 'Beyond its limit' : 'Nearest to its limit'
    // Of what must be exact every error is beyond any limit: there is no figure to tell.
    const figure =
      evidence && Number.isFinite(evidence.measured)
        ? ` ${title}: ${evidence.what}: ${evidence.measured.toPrecision(3)}, limit ${evidence.limit}.`
        : ''
    return finding(
      verdictBadge(verdict),
      backends.join(' and '),
      `${reason}.${figure}${next === undefined ? '' : ` Next: ${next}.`}`,
    )
  })
  return card(
    id,
    'Do the backends agree?',
    html`<ul class="agreements">
      ${items}
    </ul>`,
    'wide',
  )
}

/** The parts of each arm that were not looked into. */
function uncheckedNotes({ arms }: CheckSource): Part {
  const notes = arms.filter(({ unchecked }) => unchecked.length > 0)
  return notes.map(
    ({ arm, unchecked }) => html`<p class="about">Not looked into in ${nameMarkup(arm)}: ${unchecked.join('; ')}.</p>`,
  )
}

function modeVerdicts(check: CheckSource): Markup {
  const rows = check.arms.flatMap(({ arm, judgements }) =>
    judgements.map(({ mode, verdict, reason }) => [nameMarkup(arm), mode, verdictBadge(verdict), reason]),
  )
  const columns = Object.entries({ arm: '', mode: '', verdict: '', because: 'reason' })
  return html`<article class="card wide" aria-label="Verdicts">
    ${scrollTable('Verdicts by arm and mode', columns, rows)} ${uncheckedNotes(check)}
  </article>`
}

/** The id of a check's section. */
export function checkId(index: number): string {
  return `check${index + 1}`
}

/** A check as a section. */
export function renderCheck(check: CheckSource, index: number): Rendered {
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
      ${pairsCard(check, `${id}-pairs`)} ${findingsCard(check, `${id}-findings`)} ${modeVerdicts(check)}
      ${trajectoryFigure(check, data)} ${check.arms.map((arm, i) => operationsCard(arm, `${id}-operations${i + 1}`))}
    </div>
  </section>`
  return { markup, data }
}
