/** Remarks on trainings that went wrong whatever their backends: gradients that vanish or explode, numbers that are lost, finals that a guess has too. */
import { finalOf, judgedFacts, type RunRecord } from '../../records/record.js'
import { grouped } from '../../grouped.js'
import { builtins } from '../../registry/builtins.js'
import { docsPage } from '../../text/docs-page.js'
import { depthNorms } from './effects.js'

/** The gradient of a run from its last layer down to its first, at a probe. */
export interface DepthLoss {
  /** Names of the layers. */
  readonly first: string
  readonly last: string
  /** Decades by which the first layer's norm is smaller than the last's, negative where it is larger. */
  readonly decades: number
  /** The same from one layer to the one before it, on average. */
  readonly perLayer: number
}

/** The decades that depth costs at a probe, -1 for the last; undefined where there are no two layers. */
export function depthLoss(record: RunRecord, probe: number): DepthLoss | undefined {
  const norms = depthNorms(record, probe)
  const [first, last] = [norms[0], norms.at(-1)]
  if (first === undefined || last === undefined || first === last) return undefined
  const decades = Math.log10(last.value) - Math.log10(first.value)
  return { first: first.layer, last: last.layer, decades, perLayer: decades / (norms.length - 1) }
}

/** Decades between the first and the last layer from which a gradient is said to vanish or to explode. */
const MANY_DECADES = 2

function gradientRemark(record: RunRecord): string | undefined {
  const { decades = 0 } = depthLoss(record, 0) ?? {}
  if (!(Math.abs(decades) >= MANY_DECADES)) return undefined
  const share = 10 ** -decades
  const shown = Number.isFinite(share) && share !== 0 ? share.toExponential(1) : String(share)
  return `the gradient ${decades > 0 ? 'vanishes' : 'explodes'}: the first layer gets ${shown} of the last one's norm`
}

/** The cure by where the numbers were no longer finite first. */
function nonFiniteCure({ end: { nonFinite }, experiment: { optimizer } }: RunRecord): string {
  const { stage, operation } = nonFinite?.origin ?? {}
  if (stage === 'data') return 'its data have values that are not finite; isograd data inspect names the columns'
  const divides = stage === 'update' && operation === 'div'
  if (!divides) return 'a smaller rate may keep them, --set optimizer.learningRate=<rate>'
  const hasEpsilon = 'epsilon' in optimizer
  return `its optimizer divides by 0${hasEpsilon ? ', which --set optimizer.epsilon=1e-8 prevents' : ''}`
}

/** Standard errors within which a final cannot be told from a guess. */
const GUESS_ERRORS = 2

/** The value of the metric that judges, of outputs that tell nothing of their inputs; undefined where nobody knows it. */
function guessOf({ judgedBy, dataset: { fields, target } }: RunRecord): number | undefined {
  const metric = Object.entries(builtins.metrics).find(([name]) => name === judgedBy)?.[1]
  const encoding = target === undefined ? undefined : fields[target]?.encoding
  return metric?.guessed?.(encoding?.kind === 'category' ? encoding.count : undefined)
}

/** A final that is no better than a guess, where the experiment has no goal that says so. */
function guessRemark(record: RunRecord): string | undefined {
  const [guess, { format, label, better }] = [guessOf(record), judgedFacts(record)]
  if (guess === undefined || record.steps === 0 || record.experiment.goal !== undefined) return undefined
  const { value, error } = finalOf(record)
  const gain = better === 'larger' ? value - guess : guess - value
  const isGuess = gain <= GUESS_ERRORS * (Number.isNaN(error) ? 0 : error)
  const shown = format === 'percent' ? `${(100 * guess).toFixed(2)} %` : guess.toFixed(2)
  const trained = record.steps === 1 ? 'after 1 step' : `after ${record.steps.toLocaleString('en-US')} steps`
  return isGuess ? `${trained} no better than a guess, whose ${label} is ${shown}` : undefined
}

function remarksOf(record: RunRecord): string[] {
  if (record.end.nonFinite !== undefined) return [`left the finite numbers: ${nonFiniteCure(record)}`]
  return [gradientRemark(record), guessRemark(record)].filter((text) => text !== undefined)
}

/** The page with reasons and cures of what is remarked on. */
export const remarksPage = docsPage('guides/not-training.md')

/** Arms that a remark names. */
const MOST_ARMS = 6

/** Remarks on the arms that there is something to say of, as they are on their first backends. */
export function remarksOn(records: readonly RunRecord[]): string[] {
  const first = records.filter((record, i) => records.findIndex(({ arm }) => arm === record.arm) === i)
  const all = first.flatMap((record) => remarksOf(record).map((remark) => ({ arm: record.arm, remark })))
  return grouped(all, ({ remark }) => remark).map((alike) => {
    const arms = alike.slice(0, MOST_ARMS).map(({ arm }) => arm)
    const more = alike.length > MOST_ARMS ? ` and ${alike.length - MOST_ARMS} more` : ''
    return `${arms.join(', ')}${more}: ${alike[0].remark}`
  })
}
