/** `isograd bench`: measures how fast backends train, beside other frameworks and beside what the machine can do at best. */
import { isMeasuring, serveJob } from '../bench/measuring-process.js'
import { type BenchOptions, peerNames, readBenchSettings } from '../bench/settings.js'
import { from, names, option, output, quietProgress, type Verb } from '../input/options.js'
import { bench } from '../tasks/bench.js'

const help = `
Each measurement has a process of its own, and repetitions are interleaved: every backend
and every peer once, then all of them again. Without --backend: native, wasm, onnx and
tfjs-wasm, as far as they are there. Peers: torch is PyTorch on the CPU with its fastest
optimizer, jax is JAX with one compiled scan an epoch, both where a python3 on the search path
can import them; tfjs is TensorFlow.js with a layers model and fit, tfjs-node the same where
that is one of the backends; floor is the least that a step can take on a backend: its matrix
products alone, and one read and one write of parameters and optimizer state. The report says
which form of a peer was timed.

A data set is taken from --data-dir, from the directory in ISOGRAD_MNIST_DIR, or from where it
was downloaded to before; the built-in digits are taken where there is none.

--preset takes \`preset\` or \`preset:arm\`, the path of an experiment with or without \`:arm\`,
and \`all\` presets; one of each network unless given. All are measured on the data set of
the first.

--growth measures the time of a step against width, depth and batch, and memory against
the number of rows in the data set.

--markdown replaces what stands between <!-- isograd bench: table --> and
<!-- end of table --> in the file: growth in place of table with --growth, and NAME with
FILE.md#NAME.

Examples:
  isograd bench --preset torch-mlp5 --backend onnx
  isograd bench --preset softmax-linear:none,keras-13x10:sigmoid --peer none \\
    --steps 100
  isograd bench --json > bench.json
  isograd bench --growth --backend onnx --markdown docs/benchmarks.md

Exit status:
  0 measured, also where a peer is not there; 2 wrong input, 3 a backend could not run,
  130 interrupted`

/** The verb. */
export const verb: Verb = {
  options: [
    option('-p, --preset <names>', 'presets or files, separated by commas; one of each network unless given', names),
    'backend',
    option('--peer <names>', `${peerNames.join(', ')} or none; all unless given`, names),
    ['threads', 'threads inside one operation, of PyTorch and JAX too; 1 unless given'],
    option('--repetitions <n>', 'measure everything so many times; 5 unless given', from(1, 1000)),
    option(
      '--steps <n>',
      'time at least so many steps a repetition; as many as take a second unless given',
      from(1, 1_000_000),
    ),
    'timeout',
    ['dataDir', 'take the data set from files in this directory'],
    'use',
    option('--growth', 'measure how time and memory grow instead'),
    quietProgress,
    'json',
    output('--markdown <file>', 'write the tables to this file as well'),
    'ascii',
  ],
  help,
  run: (options: BenchOptions) => (isMeasuring() ? serveJob() : bench(readBenchSettings(options))),
}
