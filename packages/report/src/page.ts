/**
 * The page: one file that needs nothing but itself. Its style and its script are in it and a content security policy
 * names them by their hashes: nothing else can run, and nothing can be fetched or sent.
 */
import { colourRules } from './charts/colours.js'
import { atlasId, renderAtlas } from './sections/atlas-section.js'
import { checkId, renderCheck } from './sections/check-section.js'
import { renderSection } from './sections/experiment-section.js'
import type { Room } from './sections/figures.js'
import { withGlossary } from './glossary.js'
import { html, jsonForScript, Markup, nameMarkup, type Part } from './markup.js'
import { overview } from './sections/overview.js'
import { counted } from './documents/readings.js'
import type { PageData } from './charts/page-data.js'
import { SOURCES_ID, sourcesSection } from './sections/provenance.js'
import { backendsOf, type Section, sectionsOf } from './charts/section.js'
import { renderSweep, sweepId } from './sections/sweep-section.js'
import { unique } from './documents/fields.js'
import { contentPolicy } from './content-policy.js'
import type { Source } from './documents/source.js'

/** Style and script of the page, as they were built. */
export interface PageAssets {
  readonly style: string
  readonly script: string
}

/** Numbers over depth that all sections share, at about twenty characters each. */
const NUMBERS = 300_000
const MOST_POSITIONS = 160
/** Positions of all lines over time together. */
const ALL_POSITIONS = 7000

/** Shares the room of a page among its sections. */
function roomFor(sections: readonly Section[]): Room {
  // A line over several seeds has a band, and the distances between backends are lines of a seed each.
  const lines = sections.reduce((sum, { series, seeds }) => sum + series.length * (seeds.length > 1 ? 2 : 1), 0)
  return {
    depth: Math.floor(NUMBERS / (3 * Math.max(1, sections.length))),
    positions: Math.max(40, Math.min(MOST_POSITIONS, Math.floor(ALL_POSITIONS / Math.max(1, lines)))),
  }
}

/** All sweeps of some documents. */
function sweepsOf(sources: readonly Source[]) {
  return sources.flatMap(({ sweeps = [] }) => sweeps)
}

/** All atlases of some documents. */
function atlasesOf(sources: readonly Source[]) {
  return sources.flatMap(({ atlases = [] }) => atlases)
}

function titleOf(sections: readonly Section[], sources: readonly Source[]): string {
  const checked = sources.flatMap((source) => source.checks.map(({ experiment }) => experiment))
  const swept = sweepsOf(sources).map(({ experiment }) => experiment)
  const trained = unique(sections.map(({ preset }) => preset))
  const names = [
    ...trained,
    ...unique(checked).map((name) => `check of ${name}`),
    ...unique(swept).map((name) => `sweep of ${name}`),
    ...atlasesOf(sources)
      .slice(0, 1)
      .map(() => 'atlas of float32'),
  ]
  const experiments = unique([...trained, ...checked, ...swept]).length
  return names.length > 3 ? counted(experiments, 'experiment') : names.join(', ') || 'nothing'
}

/** The parts of a page: the id and the name of each. */
function partsOf(sections: readonly Section[], sources: readonly Source[]): [id: string, name: string][] {
  const checks = sources.flatMap((source) => source.checks)
  return [
    ...sections.map(({ id, preset }): [string, string] => [id, preset]),
    ...checks.map(({ experiment }, i): [string, string] => [checkId(i), `check of ${experiment}`]),
    ...sweepsOf(sources).map(({ experiment }, i): [string, string] => [sweepId(i), `sweep of ${experiment}`]),
    ...atlasesOf(sources).map((_, i): [string, string] => [atlasId(i), 'Errors over the range of float32']),
  ]
}

/** Links to every part of a page that has several. */
function contents(parts: ReturnType<typeof partsOf>): Part {
  if (parts.length < 2) return undefined
  return html`<nav aria-label="Contents">
    <ul>
      ${[...parts, [SOURCES_ID, 'What ran where'] as const].map(([id, name]) => html`<li><a href="#${id}">${nameMarkup(name)}</a></li>`)}
    </ul>
  </nav>`
}

function lede(sections: readonly Section[], sources: readonly Source[]): string {
  const runs = sections.reduce((sum, section) => sum + section.runs.length, 0)
  const backends = new Set(sections.flatMap(backendsOf)).size
  const checks = sources.reduce((sum, source) => sum + source.checks.length, 0)
  const trained = runs === 0 ? [] : [`${counted(runs, 'run')} on ${counted(backends, 'backend')}`]
  const swept = sweepsOf(sources).map(
    ({ trials, done }) => `${done.toLocaleString('en-US')} of ${counted(trials, 'trial')} of a sweep`,
  )
  const mapped = atlasesOf(sources).map(
    ({ rows }) =>
      `${counted(unique(rows.map(({ operation }) => operation)).length, 'operation')} on ${counted(unique(rows.map(({ backend }) => backend)).length, 'backend')}`,
  )
  return [...trained, ...(checks === 0 ? [] : [counted(checks, 'check')]), ...swept, ...mapped].join(', ')
}

/** An element whose content is hashed, and so must stand as it is, without a space around it. */
function whole(name: 'style' | 'script', content: string): Markup {
  return new Markup(`<${name}>${content}</${name}>`)
}

/** The page as a whole document. */
export async function renderPage(sources: readonly Source[], assets: PageAssets): Promise<string> {
  const sections = sectionsOf(sources)
  const room = roomFor(sections)
  const rendered = sections.map((section) => renderSection(section, room))
  const checks = sources.flatMap((source) => source.checks).map(renderCheck)
  const sweeps = sweepsOf(sources).map(renderSweep)
  const atlases = atlasesOf(sources).map(renderAtlas)
  const data: PageData = {
    sections: [
      ...[...rendered, ...checks, ...atlases].map((each) => each.data),
      ...sweeps.flatMap((each) => each.data),
    ],
  }
  const style = `${assets.style}${colourRules(1 + Math.max(0, ...data.sections.flatMap(({ colours }) => colours)))}`
  const policy = await contentPolicy(style, assets.script)
  const [title, parts] = [titleOf(sections, sources), partsOf(sections, sources)]
  // A single experiment begins with its own answer and its leading figure.
  const trained = rendered.map(({ markup }) => markup)
  const glance = overview(sections)
  const told = withGlossary(
    html`${sections.length === 1 ? [trained, glance] : [glance, trained]} ${checks.map(({ markup }) => markup)}
    ${sweeps.map(({ markup }) => markup)} ${atlases.map(({ markup }) => markup)}`,
  )
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="generator" content="isograd" />
        <title>${title} – isograd</title>
        ${whole('style', style)}
      </head>
      <body${parts.length === 1 && html` class="lone"`}>
        <a class="skip" href="#main">Skip to the figures</a>
        <header class="top">
          <p class="mark">isograd</p>
          <h1>${nameMarkup(title)}</h1>
          <p>${lede(sections, sources)}</p>
          ${contents(parts)}
        </header>
        <noscript
          ><p class="note">Sliders, tables and saving need JavaScript; the drawings show the first step.</p></noscript
        >
        <main id="main">${told} ${sourcesSection(sources)}</main>
        <p id="announce" class="unseen" aria-live="polite"></p>
        <div id="tip" role="tooltip" hidden></div>
        <script type="application/json" id="data">
          ${jsonForScript(data)}
        </script>
        ${whole('script', assets.script)}
      </body>
    </html> `.text
}
