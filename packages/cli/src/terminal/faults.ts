/** Seeded faults for people: each with the finding that names it. */
import type { FaultKind, FaultTrial } from '@isograd/core/compare'
import { indented, labelled } from '../text/layout.js'
import { markdownTable } from '../text/markdown.js'
import { paint, type TerminalStyle } from '../text/terminal-style.js'
import { mark } from './verdict.js'

type KindText = Pick<FaultKind, 'id' | 'about'>

/** The position of a fault by its finding. */
function position({ finding, counts }: FaultTrial): string {
  if (finding === undefined) return counts ? 'nothing' : 'below the noise'
  const { kind, operation, layer, stage, step } = finding
  const at = step === undefined ? undefined : `step ${step}`
  return [kind === 'operation' ? undefined : kind, operation, layer, stage, at]
    .filter((part) => part !== undefined)
    .join(', ')
}

/** The trials as a table of Markdown. */
export function faultsMarkdown(trials: readonly FaultTrial[]): string[] {
  const rows = trials.map((trial) => {
    const { kind, place, seed, counts, ok } = trial
    return [kind, place, String(seed), position(trial), counts ? (ok ? 'yes' : 'no') : '']
  })
  return markdownTable(['fault', 'place', 'seed', 'what the check names', 'named rightly'], rows)
}

/** The kinds as a table of Markdown. */
export function kindsMarkdown(kinds: readonly KindText[]): string[] {
  const rows = kinds.map(({ id, about }) => [id, about])
  return markdownTable(['fault', 'what the backend does'], rows)
}

/** The kinds in lines. */
export function kindsReport(style: TerminalStyle, kinds: readonly KindText[]): string[] {
  return labelled(
    style,
    kinds.map(({ id, about }): [string, string] => [id, about]),
  )
}

function trialLines(style: TerminalStyle, trial: FaultTrial): string[] {
  const wronged = trial.wronged.map((sentence): [string, string] => ['blames the healthy', sentence])
  const facts: [string, string][] = [
    ['fault', trial.about],
    ['place', `${trial.place} (seed ${trial.seed})`],
    ['named', position(trial)],
    ['finding', trial.sentence],
    ...wronged,
  ]
  const title = `${mark(style, trial.ok)} ${paint(style, 'bold', trial.kind)}`
  return [title, ...indented(style, 4, (narrow) => labelled(narrow, facts)), '']
}

/** The lines of the report. */
export function faultsReport(style: TerminalStyle, trials: readonly FaultTrial[]): string[] {
  const counting = trials.filter(({ counts }) => counts)
  const named = counting.filter(({ ok }) => ok).length
  const below = trials.length - counting.length
  const rest = below === 0 ? '' : `; ${below} more below the noise`
  return [
    ...trials.flatMap((trial) => trialLines(style, trial)),
    `${named} of ${counting.length} faults found and named rightly${rest}`,
  ]
}
