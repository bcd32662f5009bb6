/** The answer of an experiment, before its charts: whether the backends agree, and what to do next. */
import type { Section } from '../charts/section.js'
import { itemAt } from '../charts/page-data.js'
import { counted } from '../documents/readings.js'
import { explained } from '../glossary.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { ComparedArm } from './agreement-card.js'
import { agreementSentence, worstOf } from './agreement-words.js'
import { verdictBadge } from './cells.js'

/** A command with what it does. */
type Step = readonly [command: string, purpose: string]

/** What a check does, by the verdict that calls for one: options of its own, and its purpose. */
const checks: Readonly<Record<string, Step>> = {
  agree: ['', 'compares single operations too, and the steps after the tenth'],
  disagree: ['', 'names the operation, the layer and the step at which they part'],
  inconclusive: [' --mode run', 'measures how much of it is noise'],
}

/** What is done next where a check is of no use; `alone` where one backend ran. */
const others: Readonly<Record<string, Step>> = {
  diverged: ['--set optimizer.learningRate=…', 'with a smaller rate may keep its numbers finite'],
  alone: ['--backend wasm,onnx', 'trains on two backends and compares them'],
}

function nextStep(verdict: string, check: string | undefined): Step | undefined {
  if (!Object.hasOwn(checks, verdict)) return Object.hasOwn(others, verdict) ? others[verdict] : undefined
  const [options, purpose] = checks[verdict] as Step
  return check === undefined
    ? [`isograd check${options}`, `on the same experiment ${purpose}`]
    : [`${check}${options}`, purpose]
}

function nextMarkup(verdict: string, check: string | undefined): Part {
  const step = nextStep(verdict, check)
  if (step === undefined) return undefined
  const [command, purpose] = step
  return html`<li>
    <p>Next: <code>${command}</code> ${explained(purpose)}.</p>
  </li>`
}

function agreementMarkup({ backends }: Section, arms: readonly ComparedArm[]): Part {
  const [first] = arms
  if (first === undefined)
    return html`<li><p>Trained on ${nameMarkup(itemAt(backends, 0))} alone: nothing was compared.</p></li>`
  const { verdict } = worstOf(first.agreements)
  const [{ arm, backends: pair }] = first.agreements
  const alike = arms.filter(({ agreements }) => worstOf(agreements).verdict === verdict).length
  const count = arms.length > 1 ? `in ${alike} of ${counted(arms.length, 'comparison')}. ` : ''
  return html`<li>
    <p>
      ${verdictBadge(verdict)} ${count}${nameMarkup(arm)}, ${nameMarkup(pair[1])} against ${nameMarkup(pair[0])}:
      ${explained(agreementSentence(first.agreements))}
    </p>
  </li>`
}

/** The answer. @param arms its comparisons, the worst first. */
export function answerMarkup(section: Section, arms: readonly ComparedArm[]): Markup {
  const [first] = arms
  return html`<ul class="agreements answer">
    ${agreementMarkup(section, arms)}
    ${nextMarkup(first === undefined ? 'alone' : worstOf(first.agreements).verdict, section.check)}
  </ul>`
}
