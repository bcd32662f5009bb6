/** The suite for people: each preset's arms against what is published, how their gradients vanish, and a count. */
import { type MetricFacts, spreadOf } from '@isograd/core/compare'
import { formatMetric, publishedText } from '../documents/run-figures.js'
import type { SuiteArm, SuiteDocument, SuiteVerdict } from '../documents/suite-document.js'
import { type Cell, type Column, heading, indented, table, wrap } from '../text/layout.js'
import { formatPercent, formatScientific, formatSeconds } from '../text/numbers.js'
import { type Format, paint, printable, symbols, type TerminalStyle } from '../text/terminal-style.js'
import { sharedMachine } from '@isograd/report'

/** In the order of the summary. */
const verdictFormats = {
  reproduced: 'green',
  'not reproduced': 'red',
  learns: 'green',
  'does not learn': 'yellow',
  'nothing published': 'dim',
  'not judged': 'yellow',
} as const satisfies Record<SuiteVerdict, Format>

/** Sample standard deviation, least and most of several seeds; of one, its seconds. */
function rangeText(style: TerminalStyle, arm: SuiteArm): string {
  const { min, max, sd } = arm.final
  if (sd === undefined) return formatSeconds(arm.seconds.mean)
  const [spread, least, most] = [sd, min, max].map((value) => formatMetric(arm.metric, value).replace(' %', ''))
  return `${symbols(style).plusMinus} ${spread}, ${least} to ${most}`
}

function finalsTable(style: TerminalStyle, arms: readonly SuiteArm[]): string[] {
  const labels = [...new Set(arms.map(({ metric }) => metric.label))].join(' or ')
  const seeds = Math.max(...arms.map((arm) => arm.seeds))
  const columns: readonly Column[] = [
    { title: 'arm' },
    { title: 'backend' },
    { title: 'published', align: 'right' },
    { title: seeds < 2 ? labels : `mean ${labels}`, align: 'right' },
    { title: seeds < 2 ? 'seconds' : `sd, range (n = ${seeds})`, align: 'right' },
    { title: 'verdict' },
  ]
  const rows = arms.map((arm): Cell[] => [
    arm.arm,
    printable(arm.backend),
    publishedText(arm, arm.goal),
    formatMetric(arm.metric, arm.final.mean),
    rangeText(style, arm),
    { text: arm.verdict, format: verdictFormats[arm.verdict] },
  ])
  return table(style, columns, rows)
}

/** `0.0331 (0.0298 to 0.0364)` */
function valuesText(facts: Pick<MetricFacts, 'format'>, values: readonly number[]): string {
  const { mean, min, max } = spreadOf(values)
  const [middle, least, most] = [mean, min, max].map((value) => formatMetric(facts, value))
  return values.length < 2 ? `${middle}` : `${middle} (${least} to ${most})`
}

/** The published directions of an arm, with what was measured. */
function effectRemarks({ arm, backend, verdict, effects = [] }: SuiteArm): string[] {
  if (verdict === 'not judged') return []
  return effects.map((effect) => {
    const { label, values, relation, bounds, arm: other, holds } = effect
    const bound =
      other === undefined ? formatMetric(effect, Number(bounds[0])) : `${other}, ${valuesText(effect, bounds)}`
    const text = `${label} ${valuesText(effect, values)}, published: ${relation} ${bound}`
    return `${arm} on ${printable(backend)}: ${text}${holds ? '' : ', which is missed'}`
  })
}

/** The comparison of epoch costs, and the reason that an arm is not judged, which have no column in the table. */
function remarks(style: TerminalStyle, arms: readonly SuiteArm[]): string[] {
  const costs = arms.flatMap(({ arm, backend, verdict, worstCost, published }) => {
    if (worstCost === undefined || verdict === 'not judged') return []
    const farthest = `${formatPercent(worstCost.relative)} from the published one, in epoch ${worstCost.epoch}`
    const from = published?.costsFrom ?? 1
    return [`${arm} on ${printable(backend)}: from epoch ${from} on the mean cost is at most ${farthest}`]
  })
  const layers = arms.flatMap(({ arm, backend, verdict, worstLayer }) => {
    if (worstLayer === undefined || verdict === 'not judged') return []
    const { layer, quantity, difference } = worstLayer
    const farthest = `${formatScientific(difference)} from the published one, ${quantity} of layer ${layer}`
    return [`${arm} on ${printable(backend)}: a number of a layer is at most ${farthest}`]
  })
  const effects = arms.flatMap(effectRemarks)
  const changed = [...new Set(arms.flatMap(({ changed: each }) => each))]
  const cut = changed.length === 0 ? [] : [`not judged, for it was cut short or changed: ${changed.join('; ')}`]
  return indented(style, 2, (narrow) =>
    [...costs, ...layers, ...effects, ...cut].flatMap((text) => wrap(narrow, text, 2)),
  )
}

const gradientColumns: readonly Column[] = [
  { title: 'gradients' },
  { title: 'step' },
  { title: 'first layer', align: 'right' },
  { title: 'last layer', align: 'right' },
  { title: 'decades/layer', align: 'right' },
  { title: 'dead', align: 'right' },
  { title: 'saturated', align: 'right' },
]

function share(value: number | undefined): string {
  return value === undefined ? '' : `${(100 * value).toFixed(1)} %`
}

/** Of the first backend alone: gradients are a matter of the arm. */
function gradientTable(style: TerminalStyle, arms: readonly SuiteArm[]): string[] {
  const rows = arms
    .filter(({ backend }) => backend === arms[0]?.backend)
    .flatMap(({ arm, vanishing: { firstStep, lastStep }, dead, saturated }) => {
      const numbers = ({ first, last, decadesPerLayer }: typeof firstStep): string[] => {
        return [formatScientific(first), formatScientific(last), decadesPerLayer?.toFixed(2) ?? '-']
      }
      const shares = [share(dead), share(saturated)]
      const isOne = Object.is(firstStep.first, lastStep.first) && Object.is(firstStep.last, lastStep.last)
      if (isOne) return [[arm, 'first', ...numbers(firstStep), ...shares]]
      return [
        [arm, 'first', ...numbers(firstStep)],
        ['', 'last', ...numbers(lastStep), ...shares],
      ]
    })
  return table(style, gradientColumns, rows)
}

/** One preset. */
export function presetReport(
  style: TerminalStyle,
  { name, description }: { readonly name: string; readonly description: string },
  arms: readonly SuiteArm[],
): string[] {
  const comments = remarks(style, arms)
  return [
    heading(style, name),
    '',
    ...indented(style, 2, (narrow) => wrap(narrow, printable(description), 0)),
    ...(arms.length === 0 ? [] : ['', ...finalsTable(style, arms)]),
    ...(comments.length === 0 ? [] : ['', ...comments]),
    ...(arms.length === 0 ? [] : ['', ...gradientTable(style, arms)]),
    '',
  ]
}

function names(arms: readonly Pick<SuiteArm, 'preset' | 'arm' | 'backend'>[]): string[] {
  return arms.map(({ preset, arm, backend }) => `      ${preset} ${arm} on ${printable(backend)}`)
}

/** The number of arms by verdict, and those that were not reproduced. */
export function suiteSummary(style: TerminalStyle, { arms, failures, environment }: SuiteDocument): string[] {
  const { jobs = 1 } = environment
  const lines = Object.entries(verdictFormats).flatMap(([verdict, format]) => {
    const count = arms.filter((arm) => arm.verdict === verdict).length
    return count === 0 ? [] : [`  ${String(count).padStart(3)} ${paint(style, format, verdict)}`]
  })
  const missed = names(arms.filter(({ verdict }) => verdict === 'not reproduced'))
  const failed = names(failures)
  return [
    heading(style, 'suite'),
    '',
    ...lines,
    ...(missed.length === 0 ? [] : ['', '  not reproduced:', ...missed]),
    ...(failed.length === 0 ? [] : ['', `  ${paint(style, 'red', 'failed')}:`, ...failed]),
    ...(arms.length === 0 || jobs < 2 ? [] : ['', `  seconds: ${sharedMachine(jobs)}`]),
  ]
}
