/** Chains of scalar units: what each derivative leaves, and the true gradient beside it, as tables. */
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { columnHead, number } from './cells.js'
import type { Source } from '../records/source.js'

type Chain = Source['chains'][number]

function unitRow(unit: Chain['units'][number], index: number): Markup {
  const { weight, activation, derivative, derivativeProduct, gradient } = unit
  const cells = [weight, activation, derivative, derivativeProduct, gradient].map(
    (value) => html`<td class="n">${number('scientific', value)}</td>`,
  )
  return html`<tr>
    <th scope="row">${index + 1}</th>
    ${cells}
  </tr>`
}

function chainCard({ arm, backend, precision, units }: Chain, id: string): Markup {
  const titles = ['unit', 'weight', 'output a', "f'(z)", "product of f'", 'dL/dw']
  return html`<article class="card" aria-labelledby="${id}">
    <header><h3 id="${id}">${nameMarkup(arm)} on ${nameMarkup(backend)}, ${precision}</h3></header>
    <div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
      <table>
        <thead>
          <tr>
            ${titles.map((title, i) => columnHead(title, i > 0))}
          </tr>
        </thead>
        <tbody>
          ${units.map(unitRow)}
        </tbody>
      </table>
    </div>
  </article>`
}

/** The id of the section. */
export const CHAINS_ID = 'chains'

/** All chains of all sources. */
export function chainSection(sources: readonly Source[]): Part {
  const chains = sources.flatMap((source) => source.chains)
  const [first] = chains
  if (first === undefined) return undefined
  return html`<section id="${CHAINS_ID}" aria-labelledby="chains-title">
    <h2 id="chains-title">${nameMarkup(first.preset)}</h2>
    <p class="lede">
      a<sub>i</sub> = f(w<sub>i</sub> a<sub>i−1</sub>) and L = a<sub>n</sub>. The product of f′ from a unit to the last
      leaves the weights out; dL/dw is the true gradient, with the weights in.
    </p>
    <div class="cards">${chains.map((chain, i) => chainCard(chain, `chain${i + 1}`))}</div>
  </section>`
}
