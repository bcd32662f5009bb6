/** `isograd worker`: trains trials of sweeps that were planned elsewhere. */
import { InputError } from '@isograd/core'
import { from, option, type Verb } from '../input/options.js'
import { worker, type WorkerOptions } from '../tasks/worker.js'

const help = `
Waits for sweeps that \`isograd sweep --queue\` has planned on any machine, trains their
trials and sends the results there, until it is stopped: Ctrl-C and SIGTERM give back
what is being trained. Version of isograd, modules (--use) and files of data must be those
of the machine that planned; a sweep of which they are not is told of and left to others.

Examples:
  isograd worker --queue redis://10.0.0.5:6379
  isograd worker --queue redis://10.0.0.5:6379 --workers 8

Exit status:
  2 wrong input, or no Redis there, 130 interrupted, 143 ended by SIGTERM`

/** The verb. */
export const verb: Verb = {
  options: [
    'queue',
    option('--workers <n>', 'trials at a time; unless given, as many as there are cores for', from(1, 256)),
    ['backend', 'adapters of your own, by path or package, that sweeps may have loaded here'],
    'dataDir',
    'use',
    'quiet',
    'ascii',
  ],
  help,
  run: async (options: WorkerOptions | Omit<WorkerOptions, 'queue'>) => {
    if ('queue' in options) return worker(options)
    throw new InputError('isograd', '--queue: expected the Redis of the sweeps; name one, as redis://127.0.0.1:6379')
  },
}
