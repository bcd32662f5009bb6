/** `isograd predict`: shows the prediction of a trained model for one sample. */
import { names, option, output, repeated, type Verb, word } from '../input/options.js'
import { type PredictOptions, predictSample } from '../tasks/predict.js'

const help = `
The run is a directory that --out has made, or the one around it where it is the only
one there. Without --index and --image: the sample that the run itself showed. A picture
is for models that take nothing else: it is turned into grey and scaled to the model's
size where need be.

Rows are predicted with the statistics of the training rows, a line for each: the numbers,
or the category with the probability of every one.

Examples:
  isograd predict runs/houses-default-onnx-seed0 --rows new.csv --out prices.csv
  isograd predict runs --row area=120,rooms=3
  isograd predict runs/torch-mlp5-relu-onnx-seed0
  isograd predict runs/torch-mlp5-relu-onnx-seed0 --index 42
  isograd predict runs/torch-mlp5-relu-onnx-seed0 --image seven.png --invert`

/** The verb. */
export const verb: Verb = {
  arguments: { '<run>': 'directory of a finished run' },
  options: [
    option('-i, --index <n>', 'a row of the test table, counted from 0'),
    option('--rows <file>', 'predict all rows of a file; - for standard input'),
    option('--row <values>', 'predict a row: column=value,column=value; may be given several times', repeated),
    option('--to <form>', 'of rows: csv or jsonl; csv unless --out ends otherwise', word('csv', 'jsonl')),
    output('--out <file>', 'of rows: write the predictions to this file'),
    option('--image <file>', 'a picture of your own, a PNG file'),
    option('--invert', 'turn dark into bright: for a dark drawing on a bright ground'),
    option('-b, --backend <name>', 'compute on this backend; the reference unless given', names),
    'timeout',
    'data',
    'dataDir',
    'use',
    ['json', 'print one JSON document instead of the drawing'],
    'ascii',
  ],
  help,
  run: (directory: string, options: PredictOptions) => predictSample(directory, options),
}
