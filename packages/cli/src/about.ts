/** The words of the command on itself: in its help, on its manual page, and where it is given alone. */

/** Its purpose. */
export const description = 'Train one experiment on several backends and be told whether they agree.'

/** The end of its help. */
export const closing = `
Examples:
  isograd doctor
  isograd list
  isograd run torch-mlp5 --dataset digits --limit 2000 --epochs 2
  isograd run keras-13x10 --backend onnx,tfjs-wasm --json > runs.json

Exit status:
  0 fine, 1 a check failed, 2 wrong input, 3 a backend could not run,
  4 the numbers of a training were no longer finite`

/** Printed where the command is given alone. */
export const firstSteps = `${description}

  isograd run torch-mlp5 --dataset digits --limit 2000 --epochs 2
      train a network with sigmoid and with relu: the gradient of every layer, and a verdict

  isograd doctor
      which backends can be used here, and what the others lack

  isograd init
      an experiment on data of your own

isograd --help lists all commands.
`
