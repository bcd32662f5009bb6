/** `isograd playground`: serves the page that trains on two backends in a browser, or writes its files. */
import { from, option, output, type Verb } from '../input/options.js'
import { playground, type PlaygroundOptions } from '../tasks/playground.js'

const help = `
A page to choose or edit an experiment, train it on two backends in a tab, see whether they
agree, share it by its address, and save the record, which isograd report reads. It sends
nothing anywhere, and works without a connection once it was loaded.

--out writes the page for any server of static files, at any path.

Examples:
  isograd playground
  isograd playground --out public/playground

Exit status:
  0 written, or ended by Ctrl-C; 2 wrong input`

/** The verb. */
export const verb: Verb = {
  options: [
    option('--port <n>', 'the port on 127.0.0.1; 0 for any (default: 4747)', from(0, 65_535)),
    output('--out <dir>', 'write the files of the page here, and serve nothing'),
    ['json', 'print one JSON document of what --out has written'],
  ],
  help,
  run: (options: PlaygroundOptions) => playground(options),
}
