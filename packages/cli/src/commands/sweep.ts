/** `isograd sweep`: trains one experiment many times, with settings of a grid, a search or a list. */
import { InputError } from '@isograd/core'
import { flag, from, option, type Reader, type Verb } from '../input/options.js'
import { sweep, type SweepOptions, sweepStatus } from '../tasks/sweep.js'

const readShard: Reader<NonNullable<SweepOptions['shard']>> = (name, text) => {
  const [, part = '', of = ''] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const shard = { part: Number(part), of: Number(of) }
  if (shard.part >= 1 && shard.part <= shard.of) return shard
  throw new InputError('isograd', `--${name}: expected a part of a whole, such as 3/8, got "${text}"`)
}

const readBucket: Reader<string> = (name, text) => {
  if (/^s3:\/\/[a-z0-9][a-z0-9.-]+(\/[\w.-]+)*\/?$/.test(text)) return text
  throw new InputError(
    'isograd',
    `--${name}: expected a bucket and a prefix, as s3://bucket/sweeps/first, got "${text}"`,
  )
}

const help = `
The file says the experiment, what changes in it, seeds and backends:

  experiment: keras-13x10
  set: { data.dataset: digits, data.limit: 800, epochs: 1 }
  grid:
    optimizer.learningRate: [0.001, 0.01]
    activation.type: [relu, sigmoid]
  seeds: 5
  backends: [wasm]

Trials and their seeds follow from the file alone. Workers are processes that each train
one trial at a time; what is killed, command or worker, loses no finished trial, and the
same command goes on. A second one on the same directory joins.

Examples:
  isograd sweep sweep.yaml --out swept
  isograd sweep sweep.yaml --out swept --workers 4
  isograd sweep status swept --json
  isograd sweep sweep.yaml --out part3 --shard 3/8
  isograd sweep sweep.yaml --out swept --queue redis://10.0.0.5:6379

Exit status:
  0 all trials are done, 1 one came out otherwise when it was done again, 2 wrong input,
  3 a trial failed or a backend could not run, 130 interrupted, 143 ended by SIGTERM`

/** `isograd sweep status`. */
const status: Verb = {
  arguments: { '<directory>': 'what --out of the sweep named' },
  options: [['queue', 'ask how many trials its workers have'], ['quiet', 'print one line'], 'json', 'ascii'],
  help: `
Examples:
  isograd sweep status swept
  isograd sweep status swept --json

Exit status:
  0 no trial failed, 1 one came out otherwise when it was done again, 2 wrong input,
  3 a trial failed`,
  run: (directory: string, options: SweepOptions) => sweepStatus(directory, options),
}

/** The verb. */
export const verb: Verb = {
  arguments: { '<file>': 'the file of a sweep' },
  nested: { status: { summary: 'say where the sweep of a directory stands', verb: status } },
  options: [
    ['out', 'make, join or go on with the sweep in this directory'],
    option('--workers <n>', 'processes that train; unless given, as many as there are cores for', from(1, 256)),
    ['threads', 'threads of a training; 1 unless given'],
    option('--shard <k/n>', 'train the k-th of n parts; `isograd merge` joins them', readShard),
    ['queue', 'have workers on other machines train; see `isograd worker`'],
    option('--bucket <url>', 'keep a copy of the results at s3://bucket/prefix too', readBucket),
    flag('--retry', 'try the trials again that were set aside'),
    'dataDir',
    'use',
    'quiet',
    'json',
    'ascii',
  ],
  help,
  run: (file: string, options: SweepOptions) => sweep(file, options),
}
