/** `isograd matrix`: checks presets on many backends, and leaves one table. */
import { checkedOptions, from, names, option, output, type Verb } from '../input/options.js'
import { matrix, type MatrixOptions } from '../tasks/matrix.js'

const help = `
Every backend is checked on every preset, against wasm; wasm itself against the reference.
The table has the verdict, the training steps a second, and what each backend computes with.
Without --backend: all that can be used here, and a line on why the others cannot. Backends in
a browser are named: chromium:wasm, chromium:tfjs-webgl.

Of each preset the first arm is checked, or those of --arm. Without --dataset or --data-dir
the built-in digits are trained on.

--markdown replaces what stands between <!-- isograd bench: matrix --> and
<!-- end of matrix --> in the file, or makes a new one.

Examples:
  isograd matrix
  isograd matrix --backend onnx,tfjs-wasm,chromium:wasm --preset keras-13x10 \\
    --out matrix
  isograd matrix --mode ops --json > matrix.json

Exit status:
  0 all of them agree, 1 one does not, or it could not be told; 2 wrong input`

/** The verb. */
export const verb: Verb = {
  options: [
    option('-p, --preset <names>', 'keras-13x10, softmax-linear and dropout-2x256 unless given', names),
    'backend',
    'mode',
    'arm',
    option('--steps <n>', 'steps to look into and to train; 20 unless given', from(1, 100_000)),
    ['out', 'write matrix.json, matrix.md and report.html, a page of all checks, to this directory'],
    output('--markdown <file>', 'write the tables to this file'),
    ...checkedOptions,
  ],
  help,
  run: (options: MatrixOptions) => matrix(options),
}
