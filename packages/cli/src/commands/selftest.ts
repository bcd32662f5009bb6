/** `isograd selftest`: tries the checks themselves on healthy experiments and on seeded faults, all generated. */
import { from, names, option, output, quietProgress, type Verb } from '../input/options.js'
import { selftest, type SelftestOptions } from '../tasks/selftest.js'

const help = `
Healthy experiments are generated, each from a seed: any layers, optimizer, loss, data
and settings that there are. Each is checked on the backends beside the reference as
check, run and compare do it; where a healthy backend is blamed, that is a false alarm.

Faults are generated as well, each planted in a copy of the reference: those that show
beside the rounding of a plain float32 loop must be found, and blamed on their place.

With --results each result is added to a file at once, and the same command goes on
where it was stopped.

Examples:
  isograd selftest
  isograd selftest --healthy 1000 --faults 0 --seed 5000 \\
    --results selftest.jsonl
  isograd selftest --healthy 1 --faults 0 --seed 5017

Exit status:
  0 no false alarm, and every fault that counts found and named, 1 else, 2 wrong input,
  3 a backend cannot be used`

/** The verb. */
export const verb: Verb = {
  options: [
    option('--healthy <n>', 'so many healthy experiments (default: 20)', from(0, 1_000_000)),
    option('--faults <n>', 'so many faults (default: 20)', from(0, 1_000_000)),
    ['seed', 'seed of the first one; each next one has the next seed'],
    option('-b, --backend <names>', 'backends beside the reference (default: "onnx,tfjs-wasm,tfjs-cpu")', names),
    output('--results <file>', 'add each result to this file, and go on from those that are in it'),
    quietProgress,
    ['json', 'print one JSON document instead of the tables'],
    'ascii',
  ],
  help,
  run: (options: SelftestOptions) => selftest(options),
}
