/** The help of a verb: its examples first, then the options, then all else. */
import type { Command } from 'commander'
import type { ExitStatus } from '../errors/exit-status.js'

/** The command line around a verb. */
export interface VerbHost {
  /** Takes the status that the verb ends with. */
  readonly finish: (status: ExitStatus) => void
  /** Fits the lines of a help into a terminal. */
  readonly fit: (help: string) => string
}

/** Adds the text of a help: its examples first, all else behind the options. */
export function addHelp(command: Command, text: string, { fit }: VerbHost): Command {
  const [examples = ''] = /^Examples?:\n(?: .*\n?)+/m.exec(text) ?? []
  const rest = text
    .replace(examples, '')
    .trim()
    .replace(/\n{3,}/, '\n\n')
  if (examples !== '') command.addHelpText('before', `${examples.trimEnd()}\n`)
  return command.addHelpText('after', `\n${fit(rest)}`)
}
