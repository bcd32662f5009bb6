/** Seeded faults for people: each with the finding that names it. */
import type { FaultTrial } from '@isograd/core/compare'
import { indented, labelled } from '../text/layout.js'
import { markdownTable } from '../text/markdown.js'
import { paint, type TerminalStyle } from '../text/terminal-style.js'
import { mark } from './verdict.js'

/** The position of a fault by its finding. */
function position({ found }: FaultTrial): string {
  if (found === undefined) return 'nothing'
  const { kind, operation, layer, stage, step } = found
  const at = step === undefined ? undefined : `step ${step}`
  return [kind === 'operation' ? undefined : kind, operation, layer, stage, at]
    .filter((part) => part !== undefined)
    .join(', ')
}

/** The trials as a table of Markdown. */
export function faultsMarkdown(trials: readonly FaultTrial[]): string[] {
  const rows = trials.map((trial) => [trial.id, trial.about, trial.mode, position(trial), trial.ok ? 'yes' : 'no'])
  return markdownTable(['fault', 'what the backend does', 'mode', 'what the check names', 'named rightly'], rows)
}

function trialLines(style: TerminalStyle, trial: FaultTrial): string[] {
  const wronged = trial.wronged.map(({ sentence }): [string, string] => ['blames the healthy', sentence])
  const facts: [string, string][] = [
    ['fault', trial.about],
    ['named', `${trial.mode}: ${position(trial)}`],
    ['finding', trial.found?.sentence ?? 'none'],
    ...wronged,
  ]
  const title = `${mark(style, trial.ok)} ${paint(style, 'bold', trial.id)}`
  return [title, ...indented(style, 4, (narrow) => labelled(narrow, facts)), '']
}

/** The lines of the report. */
export function faultsReport(style: TerminalStyle, trials: readonly FaultTrial[]): string[] {
  const named = trials.filter(({ ok }) => ok).length
  return [
    ...trials.flatMap((trial) => trialLines(style, trial)),
    `${named} of ${trials.length} faults found and named rightly`,
  ]
}
