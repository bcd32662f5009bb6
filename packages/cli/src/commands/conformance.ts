/** `isograd conformance`: runs the cases of `@isograd/core/conformance` against any backend, ours or a third party's. */
import { names, option, output, quietVerdict, repeated, type Verb } from '../input/options.js'
import { conformance, type ConformanceOptions } from '../tasks/conformance.js'

const help = `
Every case is a small program whose result the float64 reference says, or a rule of the
contract. A pattern is an id in which * stands for any text. A skip promises that cases
fail: they are run all the same, and one that is not needed fails the run. A failure
comes with the smallest program that shows it.

Examples:
  isograd conformance onnx
  isograd conformance ./my-adapter --only "matmul/*,reduceSum/*"
  isograd conformance my-adapter#gpu \\
    --skip "matmul/nan/*=the driver flushes NaN"
  isograd conformance ./my-adapter --timeout 5 --junit conformance.xml

Exit status:
  0 it conforms, 1 it does not, 2 wrong input, 3 it cannot be used`

const timeout = 'longest time for one call of the backend (60 unless given); a case that takes longer fails'

/** The verb. */
export const verb: Verb = {
  arguments: { '<backend>': 'a backend, or the name or path of an adapter package' },
  options: [
    option('--only <patterns>', 'only these cases, separated by commas; may be given several times', names),
    option('--skip <patterns=reason>', 'cases known to fail, and why; may be given several times', repeated),
    ['timeout', timeout],
    quietVerdict,
    'json',
    output('--junit <file>', 'write JUnit XML'),
    'ascii',
  ],
  help,
  run: (name: string, options: ConformanceOptions) => conformance(name, options),
}
