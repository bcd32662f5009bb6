/** `isograd list`: lists what can be named on the command line; `doctor` says which backends work here. */
import type { Command } from 'commander'
import type { ExitStatus } from '../errors/exit-status.js'
import { type SharedValues, takeOptions } from '../input/options.js'
import { list } from '../tasks/list.js'

const help = '\nExamples:\n  isograd list\n  isograd list --json'

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  takeOptions(command, ['json', 'print one JSON document'])
    .addHelpText('after', help)
    .action(({ json = false }: SharedValues) => {
      finish(list(json))
    })
}
