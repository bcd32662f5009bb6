/** `isograd add`: brings a backend here. */
import { option, type Verb } from '../input/options.js'
import { add, type AddOptions } from '../tasks/add.js'

const help = `
Says what it will run and asks first. All comes through your own npm, and for tfjs-node
your own pip, from where they are set to look; nothing needs an install script.
If it is stopped half-way, the same command begins again.

tfjs-node needs python3 with pip, g++ and the headers of Node, and is tested on Linux
x64 alone: TensorFlow's library comes out of a wheel for Python, whose SHA-256 is
checked, and the native module is built from the sources in @tensorflow/tfjs-node.

Examples:
  isograd add onnx
  isograd add tfjs-node --yes

Exit status:
  0 it works, 2 nothing was done, 3 a program failed or the backend still does not work`

/** The verb. */
export const verb: Verb = {
  arguments: { '<backend>': 'a backend of `isograd list`' },
  options: [option<boolean>('-y, --yes', 'do not ask'), ['json', 'print one JSON document']],
  help,
  run: (name: string, options: AddOptions) => add(name, options),
}
