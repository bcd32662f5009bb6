/** How near every operation came to its rounding bound, as a table with the worst first. */
import type { CheckedArm, CheckedOperation } from '../documents/check-document.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { shortText } from '../documents/readings.js'
import { columnHead, number } from './cells.js'

const titles: readonly { readonly text: string; readonly numeric: boolean }[] = [
  { text: 'operation', numeric: false },
  { text: 'backend', numeric: false },
  { text: 'worst error / bound', numeric: true },
  { text: 'of the bound', numeric: false },
  { text: 'at', numeric: false },
  { text: 'elements compared', numeric: true },
]

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
    <td class="n">${shortText('count', elements)}</td>
  </tr>`
}

/** The table of an arm; there is none where operations were not looked at. */
export function operationsCard({ arm, operations }: CheckedArm, id: string): Part {
  if (operations.length === 0) return undefined
  const sorted = operations.toSorted((a, b) => b.ratio - a.ratio)
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
            ${titles.map(({ text, numeric }) => columnHead(text, numeric))}
          </tr>
        </thead>
        <tbody>
          ${sorted.map(operationRow)}
        </tbody>
      </table>
    </div>
  </article>`
}
