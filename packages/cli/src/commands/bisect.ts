/** `isograd bisect`: the first version of a runtime that computes otherwise. */
import { option, type Verb, word } from '../input/options.js'
import { surveyedPackage, surveyOptions } from '../input/survey-options.js'
import { bisect, type BisectOptions } from '../tasks/bisect.js'

const help = `
Searches the releases between two by halving, and says which is the first that computes
otherwise, at which operations, and how: by rounding (other bits, within the bounds), by
precision, by a fault (out of the bounds), or by a fault that is mended. A release that
cannot be installed or does not load is passed over. Versions are installed and checked as
\`isograd versions\` does.

Examples:
  isograd bisect --package onnxruntime-node --good 1.20.1 --bad 1.23.0
  isograd bisect --package onnxruntime-node --good 1.19.0 --bad 1.30.0 \\
    --by verdict
  isograd bisect --package onnxruntime-node --range ">=1.19 <1.23"
  isograd bisect --package my-runtime --backend ./my-adapter --good 1.0.0 \\
    --bad 2.0.0

Exit status:
  0 nothing changes between the two, 1 it does; 2 wrong input`

/** The verb. */
export const verb: Verb = {
  options: [
    surveyedPackage,
    option('--good <version>', 'the release to begin from'),
    option('--bad <version>', 'a later one, that computes otherwise'),
    option('--range <range>', 'both ends of a range in their place, as npm reads it: ">=1.19 <1.23"'),
    option('--by <what>', 'bits, or verdict: whether operations are out of bounds (bits)', word('bits', 'verdict')),
    ...surveyOptions,
  ],
  help,
  run: (options: BisectOptions) => bisect(options),
}
