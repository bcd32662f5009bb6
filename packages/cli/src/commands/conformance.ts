/** `isograd conformance`: runs the cases of `@isograd/core/conformance` against any backend, ours or a third party's. */
import { option, repeated, type Verb } from '../input/options.js'
import { conformance, type ConformanceOptions } from '../tasks/conformance.js'

const help = `
Every case is a small program whose result the float64 reference says, or a rule of the
contract. A skip promises that a case fails; one that is not needed fails the run.

Examples:
  isograd conformance onnx
  isograd conformance ./my-adapter
  isograd conformance my-adapter#gpu --skip "matmul/nan/float32=the driver flushes NaN"

Exit status:
  0 it conforms, 1 it does not, 2 wrong input, 3 it cannot be used`

/** The verb. */
export const verb: Verb = {
  arguments: { '<backend>': 'a backend, or the name or path of an adapter package' },
  options: [
    option('--skip <id=reason>', 'a case known to fail, and why; may be given several times', repeated),
    'json',
    'ascii',
  ],
  help,
  run: (name: string, options: ConformanceOptions) => conformance(name, options),
}
