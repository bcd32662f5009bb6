/** The suite for people: each preset's arms against what is published, how their gradients vanish, and a count. */
import { sharedMachine } from '@isograd/report'
import { type Format, type Look, paint, printable } from '../look.js'
import type { SuiteArm, SuiteChain, SuiteDocument, SuiteVerdict } from '../run/suite.js'
import { unitsTable } from './chain.js'
import { type Cell, type Column, heading, table, wrap } from './layout.js'
import { formatPercent, formatScientific, formatSeconds } from './numbers.js'

const formats: Readonly<Record<SuiteVerdict, Format>> = {
  reproduced: 'green',
  'not reproduced': 'red',
  'nothing published': 'dim',
  'not judged': 'yellow',
  learns: 'green',
  'does not learn': 'yellow',
}

function verdictCell(verdict: SuiteVerdict): Cell {
  return { text: verdict, format: formats[verdict] }
}

function expected({ published, goal }: SuiteArm): string {
  if (published?.testAccuracy !== undefined) return formatPercent(published.testAccuracy)
  const { atLeast = goal } = published?.accept ?? {}
  return atLeast === undefined ? '-' : `>= ${formatPercent(atLeast)}`
}

/** Least and most of several seeds; of one, how long it took. */
function rangeCell({ seeds, testAccuracy: { min, max }, seconds }: SuiteArm): string {
  if (seeds < 2) return formatSeconds(seconds.mean)
  return `${(100 * min).toFixed(2)} to ${(100 * max).toFixed(2)}`
}

function accuracyTable(look: Look, arms: readonly SuiteArm[]): string[] {
  const seeds = Math.max(...arms.map((arm) => arm.seeds))
  const columns: readonly Column[] = [
    { title: 'arm' },
    { title: 'backend' },
    { title: 'published', align: 'right' },
    { title: seeds < 2 ? 'measured' : 'mean', align: 'right' },
    { title: seeds < 2 ? 'seconds' : `of ${seeds} seeds`, align: 'right' },
    { title: 'verdict' },
  ]
  const rows = arms.map((arm): Cell[] => [
    arm.arm,
    printable(arm.backend),
    expected(arm),
    formatPercent(arm.testAccuracy.mean),
    rangeCell(arm),
    verdictCell(arm.verdict),
  ])
  return table(look, columns, rows)
}

/** How the epoch costs compare, and why an arm is not judged: what has no place in the table. */
function remarks(look: Look, arms: readonly SuiteArm[]): string[] {
  const costs = arms.flatMap(({ arm, backend, verdict, worstCost, published }) => {
    if (worstCost === undefined || verdict === 'not judged') return []
    const farthest = `${formatPercent(worstCost.relative)} from the published one, in epoch ${worstCost.epoch}`
    const from = published?.costsFrom ?? 1
    return [`${arm} on ${printable(backend)}: from epoch ${from} on the mean cost is at most ${farthest}`]
  })
  const changed = [...new Set(arms.flatMap(({ changed: each }) => each))]
  const cut = changed.length === 0 ? [] : [`not judged, for it was cut short or changed: ${changed.join('; ')}`]
  return [...costs, ...cut].flatMap((text) => wrap({ ...look, width: look.width - 2 }, text, 2)).map(indented)
}

function indented(line: string): string {
  return `  ${line}`
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
function gradientTable(look: Look, arms: readonly SuiteArm[]): string[] {
  const [first] = arms
  const rows = arms
    .filter(({ backend }) => backend === first?.backend)
    .flatMap(({ arm, vanishing, dead, saturated }) => {
      const row = (title: string, step: 'firstStep' | 'lastStep'): Cell[] => {
        const { first: firstNorm, last, decadesPerLayer } = vanishing[step]
        const numbers = [formatScientific(firstNorm), formatScientific(last), decadesPerLayer?.toFixed(2) ?? '-']
        return [title, step === 'firstStep' ? 'first' : 'last', ...numbers]
      }
      return [row(arm, 'firstStep'), [...row('', 'lastStep'), share(dead), share(saturated)]]
    })
  return table(look, gradientColumns, rows)
}

function chainLines(look: Look, chain: SuiteChain): string[] {
  const { arm, backend, reproduction } = chain
  const { verdict, worst } = reproduction
  const distance = worst === undefined ? '' : ` (largest difference ${formatScientific(worst.difference)})`
  const title = `  ${paint(look, 'bold', arm)} on ${printable(backend)}: ${paint(look, formats[verdict], verdict)}${distance}`
  return ['', title, ...unitsTable(look, chain)]
}

/** One preset. */
export function presetReport(
  look: Look,
  { name, description }: { readonly name: string; readonly description: string },
  arms: readonly SuiteArm[],
  chains: readonly SuiteChain[],
): string[] {
  const text = wrap({ ...look, width: look.width - 2 }, printable(description), 0).map(indented)
  const comments = remarks(look, arms)
  return [
    heading(look, name),
    '',
    ...text,
    ...(arms.length === 0 ? [] : ['', ...accuracyTable(look, arms)]),
    ...(comments.length === 0 ? [] : ['', ...comments]),
    ...(arms.length === 0 ? [] : ['', ...gradientTable(look, arms)]),
    ...chains.flatMap((chain) => chainLines(look, chain)),
    '',
  ]
}

const counted: readonly SuiteVerdict[] = [
  'reproduced',
  'not reproduced',
  'learns',
  'does not learn',
  'nothing published',
  'not judged',
]

/** How many arms came to which verdict, and which were not reproduced. */
export function suiteSummary(look: Look, { arms, chains, failures, environment }: SuiteDocument): string[] {
  const { jobs = 1 } = environment
  const all = [
    ...arms.map(({ preset, arm, backend, verdict }) => ({ preset, arm, backend, verdict })),
    ...chains.map(({ preset, arm, backend, reproduction }) => ({ preset, arm, backend, ...reproduction })),
  ]
  const lines = counted.flatMap((verdict) => {
    const those = all.filter((each) => each.verdict === verdict)
    return those.length === 0 ? [] : [`  ${String(those.length).padStart(3)} ${paint(look, formats[verdict], verdict)}`]
  })
  const missed = all.filter(({ verdict }) => verdict === 'not reproduced')
  const named = missed.map(({ preset, arm, backend }) => `      ${preset} ${arm} on ${printable(backend)}`)
  const failed = failures.map(({ preset, arm, backend }) => `      ${preset} ${arm} on ${printable(backend)}`)
  return [
    heading(look, 'suite'),
    '',
    ...lines,
    ...(named.length === 0 ? [] : ['', '  not reproduced:', ...named]),
    ...(failed.length === 0 ? [] : ['', `  ${paint(look, 'red', 'failed')}:`, ...failed]),
    ...(arms.length === 0 || jobs < 2 ? [] : ['', `  seconds: ${sharedMachine(jobs)}`]),
  ]
}
