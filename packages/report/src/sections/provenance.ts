/** The origin of a page's numbers: machine, versions, options, seeds, experiments in full, and the command that does it again. */
import type { RunRecord } from '@isograd/core'
import { counted } from '../documents/readings.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { itemAt } from '../charts/series-names.js'
import type { Section } from '../charts/section.js'
import { grouped } from '@isograd/core/compare'
import { unique } from '../documents/fields.js'
import { shellWord } from '../documents/check-command.js'
import { sharedMachine } from '../documents/environment.js'
import { card } from './cells.js'
import type { Source } from '../documents/source.js'

/** A term with what it is. */
export type Fact = readonly [term: string, text: string]

/** A list of facts. */
export function facts(entries: readonly Fact[]): Markup {
  return html`<dl>
    ${entries.map(
      ([term, text]) =>
        html`<div>
          <dt>${nameMarkup(term)}</dt>
          <dd>${nameMarkup(text)}</dd>
        </div>`,
    )}
  </dl>`
}

/** `4 runs`, `1 check`: the content of a document. */
function contentText({ runs, checks, sweeps = [], atlases = [] }: Source): string {
  const counts = [
    [runs.length, 'run'],
    [checks.length, 'check'],
    [sweeps.length, 'sweep'],
    [atlases.length, 'atlas'],
  ] as const
  return counts.flatMap(([count, noun]) => (count > 0 ? [counted(count, noun)] : [])).join(', ') || 'no run'
}

function machineFacts({ environment, sweeps = [] }: Source): Fact[] {
  // Each result of a sweep has its own, which stand in its section.
  if (sweeps.length > 0) return []
  if (environment === undefined) return [['machine', 'not recorded: a lone record']]
  const { cpu, cores, platform, arch, jobs = 1, peakMemory, node, v8, versions } = environment
  return [
    ['processor', `${cpu}, ${cores} cores`],
    ['system', `${platform} ${arch}`],
    // Said only where runs were in each other's way.
    ...(jobs > 1 ? [['seconds', sharedMachine(jobs)] as const] : []),
    ...(peakMemory === undefined ? [] : [['memory', `${Math.round(peakMemory / 1e6)} MB at most`] as const]),
    ['Node.js', `${node} (V8 ${v8})`],
    ...Object.entries(versions),
  ]
}

function commandMarkup({ environment, sweeps: [sweep] = [] }: Source): Part {
  const command =
    sweep === undefined ? environment?.commandLine : ['isograd', 'sweep', sweep.source, '--out', sweep.directory]
  if (command === undefined) return undefined
  return html`<h4>To do it again</h4>
    <pre class="command" tabindex="0">${command.map(shellWord).join(' ')}</pre>`
}

function failureList({ failures }: Source): Part {
  if (failures.length === 0) return undefined
  const items = failures.map(
    ({ preset, arm, backend, message }) =>
      html`<li>
        ${nameMarkup(preset)} ${nameMarkup(arm)} ${nameMarkup(backend)}:
        <span class="message">${nameMarkup(message)}</span>
      </li>`,
  )
  return html`<h4>Failed</h4>
    <ul>
      ${items}
    </ul>`
}

function sourceCard(source: Source, index: number): Markup {
  const content = html`<p class="about">${contentText(source)}</p>`
  const inside = [content, commandMarkup(source), facts(machineFacts(source)), failureList(source)]
  return card(`source${index + 1}`, nameMarkup(source.name), inside)
}

/** The id of the section of sources. */
export const SOURCES_ID = 'sources'

/** The sources, a card each. */
export function sourcesSection(sources: readonly Source[]): Part {
  if (sources.length === 0) return undefined
  return html`<section id="${SOURCES_ID}" aria-labelledby="sources-title">
    <h2 id="sources-title">What ran where</h2>
    <div class="cards">${sources.map(sourceCard)}</div>
  </section>`
}

/** Options of backends in words; those that change no number and are as usual have none. Others stand as their backend names them. */
const optionWords = new Map([
  ['contraction false', 'products and sums rounded one by one'],
  ['contraction true', 'a product and a sum may be rounded as one (fused multiply-add)'],
  ['subnormals true', 'subnormal numbers kept'],
  ['subnormals false', 'subnormal numbers flushed to 0'],
  ['graphOptimization disabled', 'no optimization of the graph'],
  ['interpreted 0', ''],
  ['packing true', ''],
])

function optionText(record: RunRecord): string {
  const { device, threads, options } = record.backendInfo
  const set = Object.entries(options).flatMap(([key, value]) => {
    const text = `${key} ${String(value)}`
    return (optionWords.get(text) ?? text) || []
  })
  return [device, `${threads} thread${threads === 1 ? '' : 's'}`, ...set].join(', ')
}

function backendFacts({ backends, runs }: Section): Fact[] {
  return backends.flatMap((label, i): Fact[] => {
    const record = runs.find(({ backend }) => backend === i)?.record
    if (record === undefined) return []
    const versions = Object.entries(record.backendInfo.versions).map(([name, version]) => `${name} ${version}`)
    return [[label, `${versions.join(', ')}; ${optionText(record)}`]]
  })
}

function dataFact({ dataset }: RunRecord): string {
  const { name, origin, rows } = dataset
  const tables = Object.entries(rows).map(([table, count]) =>
    counted(count, table === 'train' ? 'training sample' : `${table} sample`),
  )
  return `${name} (${origin}): ${tables.join(', ')}`
}

/** The experiment of each arm as JSON, once where backends and seeds got it alike. */
function experiments(section: Section): Markup[] {
  // Runs of one arm that were told the same but for the seed.
  const groups = grouped(section.runs, ({ arm, record }) => [arm, { ...record.experiment, seed: 0 }])
  return groups.map((runs) => {
    const [first] = runs
    const backends = unique(runs.map(({ backend }) => itemAt(section.backends, backend)))
    const seeds = unique(runs.map(({ record }) => record.seed))
    const name = `${itemAt(section.arms, first.arm)} on ${backends.join(', ')}, seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}`
    return html`<details class="numbers">
      <summary>The experiment in full: ${nameMarkup(name)}</summary>
      <pre class="scroll" tabindex="0">${JSON.stringify(first.record.experiment, undefined, 2)}</pre>
    </details>`
  })
}

/** Data, seeds, backends and experiments of a section. */
export function experimentCard(section: Section): Part {
  const [first] = section.runs
  if (first === undefined) return undefined
  const entries: Fact[] = [
    ['data', dataFact(first.record)],
    [section.seeds.length === 1 ? 'seed' : 'seeds', section.seeds.join(', ')],
    ...backendFacts(section),
  ]
  return card(`${section.id}-ran`, 'What was run', [facts(entries), experiments(section)], 'wide')
}
