/** Whether the backends agree, arm by arm: the verdict, why, and every number that was held against a tolerance. */
import { type Agreement, agreementOf } from '@isograd/core'
import { formatScientific } from '../../report/numbers.js'
import { agreementSentence } from './agreement-words.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { badge, number } from './overview.js'
import type { Section } from '../records/section.js'

const tones: Readonly<Record<Agreement['verdict'], string>> = { agree: 'good', disagree: 'bad', inconclusive: 'open' }

interface Check {
  readonly name: string
  readonly relative: number
  readonly tolerance: number
  readonly ok: boolean
}

function checksOf({ firstLoss, gradients, earlyLoss }: Agreement): Check[] {
  return [
    { name: 'first loss', ...firstLoss },
    ...gradients.map((each) => ({ ...each, name: `gradient of ${each.layer}, ${each.parameter}` })),
    { ...earlyLoss, name: `loss of the first steps, worst at step ${earlyLoss.step + 1}` },
  ]
}

function checkRow({ name, relative, tolerance, ok }: Check): Markup {
  return html`<tr>
    <th scope="row">${nameMarkup(name)}</th>
    <td class="n">${number('scientific', relative)}</td>
    <td class="n">${formatScientific(tolerance, 0)}</td>
    <td>${badge(ok ? 'within' : 'out', ok ? 'good' : 'bad')}</td>
  </tr>`
}

function checksTable(agreement: Agreement, title: string): Markup {
  const columns = ['compared', 'relative difference', 'tolerance', ''].map((each) =>
    each === '' ? html`<td></td>` : html`<th scope="col">${each}</th>`,
  )
  return html`<details class="numbers">
    <summary>All that was compared<span class="unseen">: ${title}</span></summary>
    <div class="scroll" role="region" aria-label="Compared: ${title}" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns}
          </tr>
        </thead>
        <tbody>
          ${checksOf(agreement).map(checkRow)}
        </tbody>
      </table>
    </div>
  </details>`
}

function agreementItem(agreement: Agreement, severalSeeds: boolean): Markup {
  const { arm, backends, verdict, seed } = agreement
  const seedText = severalSeeds ? `, seed ${seed}` : ''
  const title = `${arm}: ${backends[1]} against ${backends[0]}${seedText}`
  return html`<li>
    <p>
      ${badge(verdict, tones[verdict])} <strong>${nameMarkup(arm)}</strong>: ${nameMarkup(backends[1])} against
      ${nameMarkup(backends[0])}${seedText}. ${agreementSentence(agreement)}
    </p>
    ${checksTable(agreement, title)}
  </li>`
}

/** Comparisons of runs as the page names their backends. */
export function agreementsOf(section: Section): Agreement[] {
  return agreementOf(
    section.runs.map(({ record, backend }) => ({ ...record, backend: section.backends[backend] ?? record.backend })),
  )
}

/** The card; disagreements come first. */
export function agreementCard(section: Section): Part {
  const order = ['disagree', 'inconclusive', 'agree']
  const agreements = agreementsOf(section).toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
  if (agreements.length === 0) return undefined
  const id = `${section.id}-agreement`
  return html`<article class="card" id="${id}" aria-labelledby="${id}-title">
    <header><h3 id="${id}-title">Do the backends agree?</h3></header>
    <p class="about">
      Held against each other: the loss and every gradient before the first update, the losses of the first steps, the
      final accuracies.
    </p>
    <ul class="agreements">
      ${agreements.map((each) => agreementItem(each, section.seeds.length > 1))}
    </ul>
  </article>`
}
