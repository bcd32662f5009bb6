/** `isograd versions`: the same check on versions of a runtime, in one table. */
import { from, names, option, type Verb } from '../input/options.js'
import { surveyedPackage, surveyOptions } from '../input/survey-options.js'
import { versions, type VersionsOptions } from '../tasks/versions.js'

const help = `
Each version is installed by npm into a directory of its own in the cache, without install
scripts, and computes in a process of its own. Of every operation the bits are compared with
those of the version before, and the errors with what rounding explains.

The package says which backend computes with it; --backend names another, or that of a
package that is not known. --check ops takes each operation by itself, on the data of the
conformance cases; the name of a preset, or a file, takes its first training step.

Examples:
  isograd versions --package onnxruntime-node --last 10
  isograd versions --package onnxruntime-node --range ">=1.19 <1.23" \\
    --check keras-13x10
  isograd versions --package @tensorflow/tfjs --versions 4.21.0,4.22.0 \\
    --only "relu/*"

Exit status:
  0 all are sound, 1 one is not, or nothing can be said of it; 2 wrong input,
  3 none of them can be used`

/** The verb. */
export const verb: Verb = {
  options: [
    surveyedPackage,
    option('--last <n>', 'the last so many releases (5 unless given)', from(1, 1000)),
    option('--range <range>', 'the releases in a range, as npm reads it: ">=1.19 <1.23"'),
    option('--versions <list>', 'these versions, separated by commas', names),
    ...surveyOptions,
  ],
  help,
  run: (options: VersionsOptions) => versions(options),
}
