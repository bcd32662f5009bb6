/** `isograd reduce`: from a failing check to the least program of the runtime alone that shows it. */
import { checkedOptions, option, output, type Verb } from '../input/options.js'
import { reduce, type ReduceOptions } from '../tasks/reduce.js'

const help = `
Takes the operation that was out of bounds by itself, then ever smaller parts of its
operands and simpler numbers, as long as it fails. What is left is printed as a page of
JavaScript that needs the runtime alone (onnxruntime-node, onnxruntime-web, or
@tensorflow/tfjs with wasm or cpu), and the text of an issue. The page has been run before
it is printed, and has shown the fault.

A directory of \`check --out\`, a document of \`check --json\` or \`conformance --json\`, or a
run. Documents may be anyone's: a file of an experiment and a backend of others are named
again.

Examples:
  isograd conformance onnx:native --json > conformance.json
  isograd reduce conformance.json
  isograd check torch-mlp5 --backend onnx:native --out checked
  isograd reduce checked
  isograd reduce checked --with onnxruntime-node@1.20.1 --out repro

Exit status:
  1 the failure was reduced; 2 wrong input, or no page of the runtime alone shows it`

/** The verb. */
export const verb: Verb = {
  arguments: { '<check>': 'what a check has left: a directory, or a JSON document' },
  options: [
    ['backend', 'the backend at fault, where it is not one of those of `isograd list`'],
    option('--case <id>', 'of a conformance document this case; the first that shows something unless given'),
    option('--experiment <file>', 'the experiment of the check, where it is not a preset'),
    option('--with <package@version>', 'compute with this version of the runtime, which npm installs'),
    output('--out <dir>', 'write repro.mjs and issue.md to this directory'),
    ...checkedOptions,
  ],
  help,
  run: (path: string, options: ReduceOptions) => reduce(path, options),
}
