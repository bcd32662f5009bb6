/** `isograd suite`: all presets, each arm held against what is published of it. */
import { presets } from '@isograd/core'
import { names, option, type SharedValues, type Verb, threadsOfTraining } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'
import { runSuite } from '../tasks/suite.js'

interface SuiteOptions extends SharedValues {
  readonly preset?: readonly string[]
}

const DEFAULT_BACKEND = 'onnx'

const help = `
Every arm is trained with the seeds 0, 1, ... and the mean of its metric held against
what is published of it. An arm that is cut short with --epochs or --limit, or trained
on other data, is not judged; one that trains nothing is looked at as it is, whatever
the options. Beside each arm stands how far its gradients vanish:
norms of the first and the last layer, decades lost a layer, and the largest shares of
dead relu units and of saturated sigmoid or tanh outputs of any layer after training.

Without --backend: ${DEFAULT_BACKEND}. With --out every run is written as by \`isograd run\`, and all
verdicts to suite.json.

Examples:
  isograd suite
  isograd suite --preset keras-13x10,cures --seeds 3
  isograd suite --backend onnx,tfjs-wasm --out suite --json > suite.json
  isograd suite --dataset digits --limit 2000 --epochs 1

Exit status:
  0 no judged arm misses what is published, 1 one does, 2 wrong input, 3 a backend
  could not run, 130 interrupted`

/** The verb. */
export const verb: Verb = {
  options: [
    option('-p, --preset <names>', 'presets, separated by commas; all unless given', names),
    ['backend', `backends, separated by commas; ${DEFAULT_BACKEND} unless given`],
    'seeds',
    ['epochs', 'train so many epochs; nothing is judged then'],
    ['limit', 'train on the first so many samples; nothing is judged then'],
    'set',
    'precision',
    threadsOfTraining,
    'jobs',
    'timeout',
    ['dataset', 'train presets on published data on another set; nothing is judged then'],
    'data',
    'dataDir',
    'use',
    ['out', 'write records, weights and verdicts to this directory'],
    'checkpointEvery',
    'plain',
    'quiet',
    'json',
    'ascii',
  ],
  help,
  run: ({ preset, ...options }: SuiteOptions) => {
    const all = presets.map(({ name }) => name)
    return runSuite(preset ?? all, readSettings({ backend: [DEFAULT_BACKEND], ...options }))
  },
}
