/** What ran where: machine, versions, options, seeds, experiments in full, and the command that does it again. */
import type { RunRecord } from '@isograd/core'
import { counted } from '../documents/readings.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'
import { type Run, type Section, unique } from '../charts/section.js'
import { type Environment, sharedMachine } from '../documents/environment.js'
import type { Source } from '../documents/source.js'

/** A word for a POSIX shell: as it is, or quoted. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function facts(entries: readonly (readonly [string, string])[]): Markup {
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

/** `4 runs`, `1 check`: what a document holds. */
function contentText({ runs, checks }: Source): string {
  const counts = [
    [runs.length, 'run'],
    [checks.length, 'check'],
  ] as const
  const present = counts.filter(([count]) => count > 0)
  return present.map(([count, noun]) => counted(count, noun)).join(', ') || 'no run'
}

/** Said only where runs were in each other's way. */
function jobsFact({ jobs = 1 }: Environment): [string, string][] {
  return jobs > 1 ? [['seconds', sharedMachine(jobs)]] : []
}

function environmentCard(source: Source, index: number): Markup {
  const { name, environment, failures } = source
  const id = `source${index + 1}`
  const command = environment?.commandLine.map(shellWord).join(' ')
  const machine: [string, string][] =
    environment === undefined
      ? [['machine', 'not recorded: a lone record']]
      : [
          ['processor', `${environment.cpu}, ${environment.cores} cores`],
          ['system', `${environment.platform} ${environment.arch}`],
          ...jobsFact(environment),
          ['Node.js', `${environment.node} (V8 ${environment.v8})`],
          ...Object.entries(environment.versions),
        ]
  return html`<article class="card" aria-labelledby="${id}">
    <header><h3 id="${id}">${nameMarkup(name)}</h3></header>
    <p class="about">${contentText(source)}</p>
    ${
      command === undefined
        ? ''
        : html`<h4>To do it again</h4>
            <pre class="command" tabindex="0">${command}</pre>`
    }
    ${facts(machine)}${failureList(failures)}
  </article>`
}

function failureList(failures: Source['failures']): Part {
  if (failures.length === 0) return undefined
  return html`<h4>Failed</h4>
    <ul>
      ${failures.map(({ preset, arm, backend, message }) => html`<li>${badgeless(preset, arm, backend)}: <span class="message">${nameMarkup(message)}</span></li>`)}
    </ul>`
}

function badgeless(...names: readonly string[]): Markup {
  return html`${names.map((name, i) => html`${i === 0 ? '' : ' '}${nameMarkup(name)}`)}`
}

/** The id of the section of sources. */
export const SOURCES_ID = 'sources'

/** Where the sources come from. */
export function sourcesSection(sources: readonly Source[]): Part {
  if (sources.length === 0) return undefined
  return html`<section id="${SOURCES_ID}" aria-labelledby="sources-title">
    <h2 id="sources-title">What ran where</h2>
    <div class="cards">${sources.map(environmentCard)}</div>
  </section>`
}

function optionText(record: RunRecord): string {
  const { device, threads, options } = record.backendInfo
  const set = Object.entries(options).map(([key, value]) => `${key} ${String(value)}`)
  return [device, `${threads} thread${threads === 1 ? '' : 's'}`, ...set].join(', ')
}

function backendFacts({ backends, runs }: Section): [string, string][] {
  return backends.flatMap((label, i): [string, string][] => {
    const record = runs.find(({ backend }) => backend === i)?.record
    if (record === undefined) return []
    const versions = Object.entries(record.backendInfo.versions).map(([name, version]) => `${name} ${version}`)
    return [[label, `${versions.join(', ')}; ${optionText(record)}`]]
  })
}

function dataFact({ dataset }: RunRecord): string {
  const { name, origin, train, validation, test } = dataset
  const held = validation > 0 ? `, ${validation} for validation` : ''
  return `${name} (${origin}): ${train} training samples${held}, ${test} test samples`
}

/** Runs of one arm that were told the same but for the seed. */
function experimentGroups({ runs }: Section): Run[][] {
  const groups = new Map<string, Run[]>()
  for (const run of runs) {
    const key = JSON.stringify([run.arm, { ...run.record.experiment, seed: 0 }])
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()]
}

/** The experiment of each arm as JSON, once where backends and seeds got it alike. */
function experiments(section: Section): Markup[] {
  return experimentGroups(section).flatMap((runs) => {
    const [first] = runs
    if (first === undefined) return []
    const backends = unique(runs.map(({ backend }) => section.backends[backend] ?? ''))
    const seeds = unique(runs.map(({ record }) => record.seed))
    const name = `${section.arms[first.arm] ?? ''} on ${backends.join(', ')}, seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}`
    return [
      html`<details class="numbers">
        <summary>The experiment in full: ${nameMarkup(name)}</summary>
        <pre class="scroll" tabindex="0">${JSON.stringify(first.record.experiment, undefined, 2)}</pre>
      </details>`,
    ]
  })
}

/** Data, seeds, backends and experiments of a section. */
export function experimentCard(section: Section): Part {
  const [first] = section.runs
  if (first === undefined) return undefined
  const id = `${section.id}-ran`
  const entries: [string, string][] = [
    ['data', dataFact(first.record)],
    [section.seeds.length === 1 ? 'seed' : 'seeds', section.seeds.join(', ')],
    ...backendFacts(section),
  ]
  return html`<article class="card wide" id="${id}" aria-labelledby="${id}-title">
    <header><h3 id="${id}-title">What was run</h3></header>
    ${facts(entries)}${experiments(section)}
  </article>`
}
