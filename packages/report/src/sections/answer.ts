/** The answer of an experiment, before its charts: whether the backends agree, how good the models are, and what to do next. */
import { defaultSteps, differingFields, remarksOn, remarksPage, type RunRecord } from '@isograd/core/compare'
import { backendsOf, firstRuns, recordsOf, type Section, withoutSeed } from '../charts/section.js'
import { itemAt, seriesName } from '../charts/series-names.js'
import { checkCommand, runBesideAnother, stepsOption } from '../documents/check-command.js'
import { unique } from '../documents/fields.js'
import { counted, shortText } from '../documents/readings.js'
import { finalMeasures, finalSpread, onTable } from '../documents/run-view/measures.js'
import { divergedText } from '../documents/run-view/summary.js'
import { explained } from '../glossary.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import type { ComparedArm } from './agreement-card.js'
import { agreeingSentence, type Agreements, agreementSentence, worstOf } from './agreement-words.js'
import { verdictBadge } from './cells.js'

const list = new Intl.ListFormat('en')

/** Arms that are spoken of one by one. */
const MOST_ARMS = 4

/** A command with what it does. */
type Step = readonly [command: string, purpose: string]

/** The check that a verdict calls for: options of its own, and its purpose. */
const checks: Readonly<Record<string, Step>> = {
  agree: ['', `compares single operations, and ${defaultSteps.trained} steps of training`],
  disagree: ['', 'names the operation, the layer and the step at which they part'],
  inconclusive: [' --mode run', 'measures how much of it is noise'],
}

/** The next thing to do; none after a verdict for which there is no check. */
function nextStep(section: Section, [first]: readonly ComparedArm[]): Step | undefined {
  const { commandLine = [] } = section
  const [backend = '', ...others] = backendsOf(section)
  if (first === undefined) {
    const command = others.length > 0 ? undefined : runBesideAnother(commandLine, backend)
    return command === undefined ? undefined : [command, 'trains on two backends and compares them']
  }
  const { verdict } = worstOf(first.agreements)
  if (!Object.hasOwn(checks, verdict)) return undefined
  const [options, purpose] = checks[verdict] as Step
  const check = checkCommand(commandLine)
  return check === undefined
    ? [`isograd check${options}`, `on the same experiment ${purpose}`]
    : [`${check}${options}${stepsOption(first.agreements)}`, purpose]
}

function nextMarkup(step: Step | undefined): Part {
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

/** The words for the comparisons that have one verdict: of all where they agree, else of the first. */
function comparedText([first, ...others]: readonly [ComparedArm, ...ComparedArm[]], count: number): Part {
  const alike: Agreements = [...first.agreements, ...others.flatMap(({ agreements }) => agreements)]
  const { arm, backends, verdict } = worstOf(first.agreements)
  const share = count > 1 && `in ${others.length + 1} of ${counted(count, 'comparison')}`
  if (verdict === 'agree' && others.length > 0) {
    const pairs = unique(alike.map((each) => list.format(each.backends)))
    return html`${share} of ${nameMarkup(pairs.join('; '))}. ${explained(agreeingSentence(alike))}.`
  }
  const begin = share !== false && html`${share}. ${others.length > 0 && 'For example, '}`
  return html`${begin}${nameMarkup(arm)}, ${nameMarkup(list.format(backends))}:
  ${explained(agreementSentence(first.agreements))}`
}

function agreementMarkup(section: Section, arms: readonly ComparedArm[]): Part {
  const [first] = arms
  if (first === undefined) {
    const [backend = '', ...others] = backendsOf(section)
    const isAlone = others.length === 0 && !section.isSourced
    const trained = isAlone && html`Trained on ${nameMarkup(backend)} alone, with nothing to compare it with.`
    return html`<li>
      <p>${trained || 'Nothing was compared: no two runs here are of one experiment, arm and seed.'}</p>
    </li>`
  }
  const { verdict } = worstOf(first.agreements)
  const others = arms.slice(1).filter(({ agreements }) => worstOf(agreements).verdict === verdict)
  return html`<li><p>${verdictBadge(verdict)} ${comparedText([first, ...others], arms.length)}</p></li>`
}

/** The first few, and how many more there are. */
function firstOf(lines: readonly string[]): string[] {
  const more = lines.length - MOST_ARMS
  return [...lines.slice(0, MOST_ARMS), ...(more > 0 ? [`${more} more`] : [])]
}

/** The runs that were not compared because their experiments differ, and in what. */
function differentMarkup(section: Section): Part {
  const runs = firstRuns(section)
  const lines = runs.flatMap((run) => {
    const first = runs.find(({ arm }) => arm === run.arm) ?? run
    const fields = differingFields(withoutSeed(first), withoutSeed(run))
    const [one, other] = [first, run].map(({ backend }) => itemAt(section.backends, backend))
    const arm = section.arms.length > 1 ? `${itemAt(section.arms, run.arm)}: ` : ''
    return fields.length === 0
      ? []
      : [`${arm}${one} and ${other} are of different experiments, and not compared: ${fields.join('; ')}`]
  })
  return firstOf(unique(lines)).map((line) => html`<li><p>${nameMarkup(line)}.</p></li>`)
}

/** The seeds of each document, where they differ: runs of those that differ in nothing else make one series. */
function seedsMarkup({ isSourced, runs, seeds }: Section): Part {
  const sources = unique(runs.flatMap(({ source = [] }) => source))
  if (seeds.length < 2 || sources.length < 2) return undefined
  const told = sources.map((name) => {
    const own = unique(runs.flatMap(({ source, record }) => (source === name ? [record.seed] : [])))
    return `${name} (seed ${own.join(', ')})`
  })
  const words = isSourced
    ? 'Runs of different seeds are not compared'
    : 'Runs that differ in their seeds are taken together'
  return html`<li><p>${words}: ${nameMarkup(firstOf(told).join('; '))}.</p></li>`
}

/** The remarks of the terminal's summary, on each arm. */
function remarksMarkup(section: Section): Part {
  const runs = section.isSourced ? section.runs : firstRuns(section)
  const named = runs.map(({ record, series }) => ({ ...record, arm: seriesName(section, { series }) }))
  const remarks = remarksOn(named)
  if (remarks.length === 0) return false
  return html`<li>
    ${firstOf(remarks).map((text) => html`<p>${nameMarkup(text)}</p> `)}
    <p>Reasons and cures: <a href="${remarksPage}">${remarksPage}</a></p>
  </li>`
}

/** Finals of an arm that is alone. */
const MOST_FINALS = 3

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

/** The quality of the models: finals of each arm on its first backend, in each experiment, or in each document. */
function qualityMarkup(section: Section): Part {
  const runs = section.isSourced ? section.series.map((_, series) => ({ series })) : firstRuns(section)
  const most = runs.length > 1 ? 1 : MOST_FINALS
  const told = runs.flatMap(({ series }) => {
    const text = finalsText(recordsOf(section, series), most)
    return text === undefined ? [] : [html`${nameMarkup(seriesName(section, { series }))}: ${text}`]
  })
  if (told.length === 0) return undefined
  const shown = told.slice(0, MOST_ARMS).map((part, i) => html`${i > 0 && '; '}${part}`)
  const more = told.length > MOST_ARMS && `; ${told.length - MOST_ARMS} more: see the final figures`
  return html`<li>
    <p>After training, ${shown}${more}.</p>
  </li>`
}

/** The answer. @param arms its comparisons, the worst first. */
export function answerMarkup(section: Section, arms: readonly ComparedArm[]): Markup {
  return html`<ul class="agreements answer">
    ${agreementMarkup(section, arms)} ${differentMarkup(section)} ${seedsMarkup(section)} ${remarksMarkup(section)}
    ${qualityMarkup(section)} ${nextMarkup(nextStep(section, arms))}
  </ul>`
}
