/** The answer of an experiment, before its charts: whether the backends agree, and what to do next. */
import type { Section } from '../charts/section.js'
import { itemAt } from '../charts/page-data.js'
import { counted } from '../documents/readings.js'
import { explained } from '../glossary.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { ComparedArm } from './agreement-card.js'
import { agreementSentence, worstOf } from './agreement-words.js'
import { verdictBadge } from './cells.js'

/** The next step, by the verdict; `alone` where one backend ran. */
const next: Readonly<Record<string, readonly [command: string, purpose: string]>> = {
  agree: [
    'isograd check',
    'on the same experiment holds every operation, and longer trainings, to what rounding explains',
  ],
  disagree: ['isograd check', 'on the same experiment names the operation, the layer and the step at which they part'],
  inconclusive: ['isograd check --mode run', 'on the same experiment measures how much of it is noise'],
  diverged: ['--set optimizer.learningRate=…', 'with a smaller rate may keep its numbers finite'],
  alone: ['--backend wasm,onnx', 'trains on two backends and compares them'],
}

function nextMarkup(verdict: string): Part {
  const step = Object.hasOwn(next, verdict) ? next[verdict] : undefined
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
    ${agreementMarkup(section, arms)} ${nextMarkup(first === undefined ? 'alone' : worstOf(first.agreements).verdict)}
  </ul>`
}
