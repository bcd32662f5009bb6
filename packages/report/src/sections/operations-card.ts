/** The errors of every operation as shares of their rounding bounds, as a table with the worst first. */
import type { CheckedArm } from '../documents/check-document.js'
import { shortText } from '../documents/readings.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { about, card, number, scrollTable } from './cells.js'

const columns = Object.entries({
  operation: '',
  backend: '',
  'worst error / bound': 'n',
  'of the bound': '',
  'behaves like': '',
  at: '',
  'elements compared': 'n',
})

/** A bar for a share of 1; what goes beyond is cut off and red. */
function shareBar(ratio: number): Markup {
  const share = Number.isFinite(ratio) ? Math.max(0, Math.min(1, ratio)) : 1
  const over = !(ratio <= 1)
  return html`<svg class="share${over ? ' over' : ''}" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">
    <rect width="100" height="8" rx="2" class="whole" />
    <rect width="${(100 * share).toFixed(1)}" height="8" rx="2" class="part" />
  </svg>`
}

/** The table of an arm; there is none where operations were not looked at. */
export function operationsCard({ arm, operations }: CheckedArm, id: string): Part {
  if (operations.length === 0) return undefined
  const rows = operations
    .toSorted((a, b) => b.ratio - a.ratio)
    .map(({ backend, operation, ratio, elements, like, node }) => [
      nameMarkup(operation),
      nameMarkup(backend),
      number('ratio', ratio),
      shareBar(ratio),
      nameMarkup(like),
      nameMarkup(node),
      shortText('count', elements),
    ])
  const told = about(
    'Each operation, given the very inputs that the backend gave it, against its float64 evaluation: the largest error as a share of what rounding explains.',
  )
  const title = html`Rounding of every operation: ${nameMarkup(arm)}`
  return card(id, title, [told, scrollTable(`Rounding of every operation: ${arm}`, columns, rows)], 'wide')
}
