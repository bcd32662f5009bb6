/** The agreement of the backends, arm by arm: the verdict, why, and a place for all that was held against a tolerance. */
import { agreementOf, chanceOf, chanceText, partsCompared, partsNotCompared } from '@isograd/core/compare'
import { comparedOf } from '../charts/compared-table.js'
import type { Compared } from '../charts/page-data.js'
import { itemAt } from '../charts/series-names.js'
import { grouped } from '@isograd/core/compare'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { Section } from '../charts/section.js'
import { agreementSentence, type Agreements, worstOf } from './agreement-words.js'
import { about, card, verdictBadge } from './cells.js'

/** Comparisons of an arm's runs on two backends, one a seed, with the name of their table. */
export interface ComparedArm {
  readonly agreements: Agreements
  readonly compared: Compared
}

/** All comparisons of a section; disagreements come first. */
export function comparedArms(section: Section): ComparedArm[] {
  const order = ['disagree', 'diverged', 'inconclusive', 'agree']
  const place = (agreements: Agreements): number => order.indexOf(worstOf(agreements).verdict)
  const named = section.runs.map(({ record, backend }) => ({ ...record, backend: itemAt(section.backends, backend) }))
  const groups = grouped(agreementOf(named), ({ arm, backends }) => [arm, backends])
  const sorted = groups.toSorted((a, b) => place(a) - place(b))
  return sorted.map((agreements, i) => {
    const [{ arm, backends }] = agreements
    const title = `${arm}: ${backends[1]} against ${backends[0]}`
    return { agreements, compared: comparedOf(`${section.id}-compared${i + 1}`, title, agreements) }
  })
}

function item({ agreements, compared: { id, title } }: ComparedArm): Markup {
  const [{ arm, backends }] = agreements
  return html`<li>
    <p>
      ${verdictBadge(worstOf(agreements).verdict)} <strong>${nameMarkup(arm)}</strong>: ${nameMarkup(backends[1])}
      against ${nameMarkup(backends[0])}. ${agreementSentence(agreements)}
    </p>
    <details class="numbers" data-table="${id}">
      <summary>All that was compared<span class="unseen">: ${title}</span></summary>
      <div class="scroll" role="region" aria-label="Compared: ${title}" tabindex="0"></div>
    </details>
  </li>`
}

/** The finals that chance would put beyond their limit. */
function chanceNote(arms: readonly ComparedArm[]): string {
  const all = arms.flatMap(({ agreements }) => agreements.filter(({ reason }) => reason === undefined))
  if (all.length < 2) return ''
  return `${chanceText(chanceOf(all.map(({ finals }) => finals)))}.`
}

/** The card; there is none where one backend ran alone. */
export function agreementCard({ id: section }: Section, arms: readonly ComparedArm[]): Part {
  if (arms.length === 0) return undefined
  const compared = `Held against each other: ${partsCompared}. Not looked into: ${partsNotCompared}. `
  const inside = html`${about(compared, chanceNote(arms))}
    <ul class="agreements">
      ${arms.map(item)}
    </ul>`
  return card(`${section}-agreement`, 'Do the backends agree?', inside, 'wide')
}
