/**
 * What the comparison of two runs says, in sentences: the verdict, and if there is one, the first thing that is out
 * while what it is made from is in. It reads the comparison and decides nothing.
 */
import type { Agreement } from '@isograd/core'
import { formatPercent, formatScientific } from '../../report/numbers.js'

type GradientComparison = Agreement['gradients'][number]

/** The layer whose gradient is out and that is computed first: the one nearest to the loss. */
function firstGradientOut({ gradients }: Agreement): GradientComparison | undefined {
  return gradients.filter(({ ok }) => !ok).at(-1)
}

function off({ relative, tolerance }: { readonly relative: number; readonly tolerance: number }): string {
  return `by ${formatScientific(relative)}, where ${formatScientific(tolerance, 0)} is allowed`
}

function divergence(agreement: Agreement): string {
  const { firstLoss, earlyLoss, gradients } = agreement
  if (!firstLoss.ok) {
    return `Already the first loss, before any update, is off ${off(firstLoss)}: look at the data, the initial weights and the forward pass.`
  }
  if (gradients.length === 0) return 'There is no gradient to compare.'
  const gradient = firstGradientOut(agreement)
  if (gradient !== undefined) {
    return `The first loss agrees, but the gradient of ${gradient.layer} (${gradient.parameter}) is off ${off(gradient)}: the backward pass departs there or above.`
  }
  return `The first loss and all gradients agree, but the loss of step ${earlyLoss.step + 1} is off ${off(earlyLoss)}: look at the update.`
}

function worst({ gradients }: Agreement): number {
  return gradients.reduce((most, { relative }) => Math.max(most, relative), 0)
}

/** The verdict explained. */
export function agreementSentence(agreement: Agreement): string {
  const { verdict, firstLoss, earlyLoss, accuracy } = agreement
  if (verdict === 'disagree') return divergence(agreement)
  const numbers = `first losses differ by ${formatScientific(firstLoss.relative)}, gradients by at most ${formatScientific(worst(agreement))}, losses of the first ten steps by at most ${formatScientific(earlyLoss.relative)}`
  const final = `final accuracies ${formatPercent(accuracy.a)} and ${formatPercent(accuracy.b)}`
  if (verdict === 'agree') return `No divergence: ${numbers}; ${final}.`
  return `Nothing speaks of a fault: ${numbers}. But the ${final} are further apart than each run moves by itself, and training amplifies rounding: a check of kind \u201crun\u201d measures how much of that is noise.`
}
