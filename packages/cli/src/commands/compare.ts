/** `isograd compare`: compares records after the fact, from whatever machines and versions. */
import { quietVerdict, type SharedValues, type Verb } from '../input/options.js'
import { compare } from '../tasks/compare.js'
import { compareSweep, compareTwoSweeps } from '../tasks/compare-sweeps.js'

const help = `
A run is a directory that --out has made. Both must be of one experiment: what differs
is named. The first loss, the first gradients, the losses of ten updates and the final
metric decide; later losses and the final weights drift apart by nature and are judged
only with a tolerance. Finals beyond their limit after the losses have parted prove
nothing: the verdict is inconclusive, unless you give a tolerance. Directories of
several runs are compared pair by pair, by arm and seed, and the finals of an arm with
mean and spread over its seeds.
Of a sweep, alone, the best settings are told, and which finals its backends share. Two
sweeps of one experiment are compared training by training, by the bits of their records,
and combination by combination, by their finals over the seeds.

Examples:
  isograd compare runs/torch-mlp5-relu-onnx-seed0 \\
    runs/torch-mlp5-relu-tfjs-wasm-seed0
  isograd compare runs-onnx runs-tfjs
  isograd compare swept
  isograd compare swept-1.20 swept-1.21
  isograd compare here/runs/a there/runs/a --tolerance firstLoss=0 \\
    --tolerance weights=1e-3

Exit status:
  0 they agree, 1 they do not or it cannot be told, 2 wrong input`

/** The verb. */
export const verb: Verb = {
  arguments: {
    '<run>': 'directory of a finished run, of several, or of a sweep',
    '[other]': 'directory to compare with; of a sweep another or none',
  },
  options: ['tolerance', 'use', quietVerdict, 'json', 'ascii'],
  help,
  run: (first: string, second: string | undefined, options: SharedValues) =>
    second === undefined
      ? compareSweep(first, options)
      : (compareTwoSweeps(first, second, options) ?? compare(first, second, options)),
}
