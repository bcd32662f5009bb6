/** `isograd export`: writes a trained model as a file that other tools load. */
import { from, option, type Verb, word } from '../input/options.js'
import { exportFormats, type ExportOptions, exportRun } from '../tasks/export.js'

const help = `
onnx         one file: encoded samples [batch, ...] (of pictures: bytes divided by 255) to
             the model's output and its prediction, such as logits and probabilities
tfjs         a directory with model.json and weights, for tf.loadLayersModel: encoded
             samples to predictions, in float32
safetensors  one file with PyTorch's names and layout, dense weights [outputs, inputs],
             with model.py and model_keras.py beside it, which load it

Without --out it goes into the directory of the run: model.onnx, tfjs/,
model.safetensors and its programs. What is there of that name is replaced.

Examples:
  isograd export runs/torch-mlp5-relu-onnx-seed0 --format onnx
  isograd export runs/torch-mlp5-relu-onnx-seed0 --format tfjs \\
    --out public/model`

/** The verb. */
export const verb: Verb = {
  arguments: { '<run>': 'directory of a finished run' },
  options: [
    { ...option('-f, --format <format>', exportFormats.join(', '), word(...exportFormats)), required: true },
    option('--opset <n>', 'of onnx: version of the operators, 13 to 21; 17 unless given', from(13, 21)),
    option('--inputs <form>', 'of onnx: encoded samples, or fields as they are stored', word('encoded', 'stored')),
    option('-o, --out <path>', 'file to write, or directory for tfjs'),
    'use',
    ['json', 'print one JSON document that lists the files'],
  ],
  help,
  run: (directory: string, options: ExportOptions) => exportRun(directory, options),
}
