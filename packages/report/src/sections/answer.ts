/** The answer of an experiment, before its charts: whether the backends agree, how good the models are, and what to do next. */
import { defaultSteps, type RunRecord } from '@isograd/core/compare'
import { recordsOf, type Section } from '../charts/section.js'
import { itemAt, seriesName } from '../charts/page-data.js'
import { counted, shortText } from '../documents/readings.js'
import { finalMeasures, finalSpread, onTable } from '../documents/run-view/measures.js'
import { divergedText } from '../documents/run-view/summary.js'
import { explained } from '../glossary.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { ComparedArm } from './agreement-card.js'
import { agreementSentence, worstOf } from './agreement-words.js'
import { verdictBadge } from './cells.js'

/** A command with what it does. */
type Step = readonly [command: string, purpose: string]

/** The check that a verdict calls for: options of its own, and its purpose. */
const checks: Readonly<Record<string, Step>> = {
  agree: ['', `compares single operations too, and steps up to the ${defaultSteps.trained}th`],
  disagree: ['', 'names the operation, the layer and the step at which they part'],
  inconclusive: [' --mode run', 'measures how much of it is noise'],
}

/** The next thing to do where a check is of no use; `alone` where one backend ran. */
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
    <p>
      Next:
      <code>${command.split(' ').map((word, i) => html`${i > 0 && ' '}<span>${word}</span>`)}</code>
      ${explained(purpose)}.
    </p>
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

/** Arms whose finals are told, and finals of one that is alone. */
const [MOST_ARMS, MOST_FINALS] = [4, 3]

/** Finals on the table that judges, the figure that judges first: `test loss 0.0123, test r2 0.9876`. */
function finalsText(records: readonly RunRecord[], most: number): string | undefined {
  const [first] = records
  const found = finalMeasures(records).filter(({ table }) => table === first?.judgedOn)
  const own = [
    ...found.filter(({ metric }) => metric === first?.judgedBy),
    ...found.filter(({ metric }) => metric !== first?.judgedBy),
  ]
  const told = own.slice(0, most).flatMap((measure) => {
    const spread = finalSpread(records, measure)
    return spread === undefined
      ? []
      : [`${onTable(measure.table, measure.label)} ${shortText(measure.style, spread.mean)}`]
  })
  return divergedText(records) ?? (told.length === 0 ? undefined : told.join(', '))
}

/** The quality of the models: finals of each arm on its first backend. */
function qualityMarkup(section: Section): Part {
  const { arms, series } = section
  const most = arms.length > 1 ? 1 : MOST_FINALS
  const told = arms.flatMap((_, arm) => {
    const first = series.findIndex((each) => each.arm === arm)
    const text = first < 0 ? undefined : finalsText(recordsOf(section, first), most)
    return text === undefined ? [] : [html`${nameMarkup(seriesName(section, { series: first }))}: ${text}`]
  })
  if (told.length === 0) return undefined
  const shown = told.slice(0, MOST_ARMS).map((part, i) => html`${i > 0 && '; '}${part}`)
  const more = told.length > MOST_ARMS && `; ${told.length - MOST_ARMS} more: see the final figures`
  return html`<li>
    <p>After training, ${shown}${more}.</p>
  </li>`
}

function verdictAlone(section: Section): 'alone' | 'diverged' {
  const records = section.series.flatMap((_, i) => recordsOf(section, i))
  return divergedText(records) === undefined ? 'alone' : 'diverged'
}

/** The answer. @param arms its comparisons, the worst first. */
export function answerMarkup(section: Section, arms: readonly ComparedArm[]): Markup {
  const [first] = arms
  return html`<ul class="agreements answer">
    ${agreementMarkup(section, arms)} ${qualityMarkup(section)}
    ${nextMarkup(first === undefined ? verdictAlone(section) : worstOf(first.agreements).verdict, section.check)}
  </ul>`
}
