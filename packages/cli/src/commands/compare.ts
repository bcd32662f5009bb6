/** `isograd compare`: compares two records after the fact, from whatever machines and versions. */
import type { Command } from 'commander'
import type { ExitStatus } from '../errors/exit-status.js'
import { type SharedValues, takeOptions } from '../input/options.js'
import { compare } from '../tasks/compare.js'

const help = `
A run is a directory that --out has made. Both must be of one experiment: what differs
is named. The first loss, the first gradients and the final metric decide; the other
losses and the final weights drift apart by nature and are judged only with a tolerance.
Finals that differ after the losses have parted are those of two models: inconclusive,
unless a tolerance is given for them.

Examples:
  isograd compare runs/torch-mlp5-relu-onnx-seed0 runs/torch-mlp5-relu-tfjs-wasm-seed0
  isograd compare here/runs/a there/runs/a --tolerance firstLoss=0 --tolerance weights=1e-3

Exit status:
  0 they agree, 1 they do not or it cannot be told, 2 wrong input`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  const runs = command.argument('<run>', 'directory of a finished run').argument('<other>', 'directory of another one')
  takeOptions(runs, 'tolerance', 'json', 'ascii')
    .addHelpText('after', help)
    .action(async (first: string, second: string, options: SharedValues) => {
      finish(await compare(first, second, options))
    })
}
