/**
 * The comparison of two runs in sentences: the verdict, and if there is one, the first thing that is out
 * while what it is made from is in. It reads the comparison and decides nothing.
 */
import { type Agreement, type EarlyDifference, earlyDifference } from '@isograd/core/compare'
import { shortText } from '../documents/readings.js'
import { finalsOf, hasLosses } from '../documents/run-view/summary.js'

/** Comparisons of an arm on two backends, one a seed. */
export type Agreements = readonly [Agreement, ...Agreement[]]

/** 1.23e-5; zero as 0. */
function scientific(value: number, places = 2): string {
  return Number.isFinite(value) && value !== 0 ? value.toExponential(places) : String(value)
}

/** The early figure that is out, what is in before it, and the place to look at. */
const sentences: Readonly<Record<EarlyDifference['part'], (text: string) => string>> = {
  firstLoss: (text) => `Before any update, ${text}: look at the data, the initial weights and the forward pass.`,
  gradient: (text) => `The first loss agrees, but ${text}: the backward pass departs there or above.`,
  earlyLoss: (text) => `The first loss and all gradients agree, but ${text}: look at the update.`,
}

function divergence(agreement: Agreement): string {
  const { gradients, note } = agreement
  const found = earlyDifference(agreement)
  if (found !== undefined) return sentences[found.part](found.text)
  if (gradients.length === 0) return 'There is no gradient to compare.'
  return `The first losses and all gradients agree, but ${note ?? `the finals do not: ${finalsText([agreement])}`}.`
}

/** The comparison that decides over all: one that disagrees, else one that leaves it open. */
export function worstOf(agreements: Agreements): Agreement {
  const found = (verdict: Agreement['verdict']) => agreements.find((each) => each.verdict === verdict)
  return found('disagree') ?? found('diverged') ?? found('inconclusive') ?? agreements[0]
}

function greatest(agreements: readonly Agreement[], of: (agreement: Agreement) => readonly number[]): string {
  return scientific(Math.max(0, ...agreements.flatMap(of)))
}

function numbersText(agreements: Agreements): string {
  const most = agreements.length > 1 ? 'at most ' : ''
  const first = greatest(agreements, ({ firstLoss }) => [firstLoss.relative])
  const gradients = greatest(agreements, (each) => each.gradients.map(({ relative }) => relative))
  const early = greatest(agreements, ({ earlyLoss }) => [earlyLoss.relative])
  if (!agreements.some(hasLosses)) return `gradients differ by at most ${gradients}`
  return `first losses differ by ${most}${first}, gradients by at most ${gradients}, losses of ten updates by at most ${early}`
}

function finalsText(agreements: Agreements): string {
  const { label, style, a, b } = finalsOf(agreements)
  return `${agreements.length > 1 ? 'mean ' : ''}final ${label} ${shortText(style, a)} and ${shortText(style, b)}`
}

/** The seed that is spoken of, where there are several. */
function seedText(agreements: Agreements, { seed, verdict }: Agreement): string {
  if (agreements.length === 1) return ''
  const others = agreements.filter((each) => each.verdict === verdict).length - 1
  return `Seed ${seed}${others > 0 ? `, and likewise ${others} more` : ''}: `
}

/** The verdict explained: of all seeds where they agree, else of the first one that does not. */
export function agreementSentence(agreements: Agreements): string {
  const [told, { note }] = [verdictSentence(agreements), worstOf(agreements)]
  return note === undefined || told.includes(note) ? told : `${told} Note that ${note}.`
}

/** The largest differences of comparisons that agree, of whatever arms and backends. */
export function agreeingSentence(agreements: Agreements): string {
  return `No difference is larger than rounding explains: ${numbersText(agreements)}`
}

function verdictSentence(agreements: Agreements): string {
  const worst = worstOf(agreements)
  const seed = seedText(agreements, worst)
  if (worst.reason !== undefined) return `${seed}${worst.reason.charAt(0).toUpperCase()}${worst.reason.slice(1)}.`
  if (worst.verdict === 'disagree') return `${seed}${divergence(worst)}`
  if (worst.verdict === 'agree') return `${agreeingSentence(agreements)}; ${finalsText(agreements)}.`
  return `${seed}Nothing speaks of a fault: ${numbersText([worst])}. But the finals (${finalsText([worst])}) are further apart than their standard errors allow and each run moves by itself, and training amplifies rounding: a check of kind \u201crun\u201d measures how much of that is noise.`
}
