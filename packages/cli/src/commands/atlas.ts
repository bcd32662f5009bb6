/** `isograd atlas`: the errors of operations over the whole range of float32, backend by backend. */
import { flag, from, names, option, output, quietProgress, type Verb } from '../input/options.js'
import { atlas, type AtlasOptions } from '../tasks/atlas.js'

const help = `
Each operation of one or two float32 numbers is held against its float64 evaluation: errors in
units in the last place, the share of results that are the nearest number, what came in the
place of NaN, infinities and numbers, and subnormal numbers that are flushed to zero.

Inputs are a sample that is alike of every sign and exponent, evenly spread over the fractions,
and special points; of two operands, pairs. --all takes all 2^32 numbers for operations of one;
that takes minutes an operation.

--markdown replaces what stands between <!-- isograd bench: atlas --> and
<!-- end of atlas --> in the file, or makes a new one. --worst writes the inputs
with the largest errors, of which conformance makes cases.

Examples:
  isograd atlas
  isograd atlas --backend onnx,tfjs-wasm --only "exp,log" --out atlas
  isograd atlas --backend ./my-adapter --only tanh --all

Exit status:
  0 all are within their rounding bounds, 1 one is not, or a backend that was asked for cannot
  be used; 2 wrong input, 3 none of them can be used`

/** The verb. */
export const verb: Verb = {
  options: [
    'backend',
    option('--only <patterns>', 'only these operations, separated by commas; may be given several times', names),
    option('--samples <n>', 'inputs of each operation; 1000000 unless given', from(1, 1_000_000_000)),
    flag('--all', 'all 2^32 inputs of operations of one number'),
    ['seed', 'seed of the sample; 0 unless given'],
    ['out', 'write atlas.json, atlas.md, report.html and a picture of each operation to this directory'],
    output('--markdown <file>', 'write the tables to this file'),
    output('--pictures <dir>', 'write a picture of each operation to this directory, for --markdown to show'),
    output('--worst <file>', 'write the inputs with the largest errors to this file'),
    'timeout',
    'threads',
    quietProgress,
    'json',
    'ascii',
  ],
  help,
  run: (options: AtlasOptions) => atlas(options),
}
