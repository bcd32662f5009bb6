/** The commands whose writes are failed one by one: how each is typed, and what is there before. */
import { fileURLToPath } from 'node:url'

const tiny = fileURLToPath(new URL('../../../packages/cli/test/fixtures/tiny.json', import.meta.url))
const run = ['run', tiny, '--backend', 'reference', '--jobs', '1']
const one = [...run, '--arm', 'relu']
const trained = [...one, '--epochs', '1', '--out', '$D/out']
const check = ['check', tiny, '--arm', 'relu', '--backend', 'reference,onnx', '--mode', 'step', '--out', '$D/out']
const table = [...Array(40).keys()].map((x) => `${x},${x % 7},${(x * 0.37).toFixed(2)}`).join('\n')
const rows = { 'rows.csv': `x,z,y\n${table}\n` }

function exporting(format) {
  const line = ['export', '$D/out/tiny-relu-reference-seed0', '--format', format]
  return { before: [trained, line], line }
}

/**
 * By name: `files` that are there, `before`, the lines that come first, and `line`, the one whose writes fail. `$D` is the
 * directory that they may write to. A line of `before` with `killAt` is killed at its write of that number.
 */
export const commands = {
  run: { before: [[...run, '--epochs', '1', '--out', '$D/out']], line: [...run, '--epochs', '2', '--out', '$D/out'] },
  'run, new directory': { line: [...one, '--epochs', '1', '--out', '$D/a/b'] },
  'run, checkpoints': {
    before: [trained],
    line: [...one, '--epochs', '2', '--checkpoint-every', '3', '--out', '$D/out'],
  },
  'run, TensorBoard': { line: [...one, '--epochs', '2', '--tensorboard', '$D/board'] },
  resume: {
    before: [{ words: [...run, '--epochs', '2', '--checkpoint-every', '3', '--out', '$D/out'], killAt: 60 }],
    line: ['resume', '$D/out'],
  },
  suite: {
    line: [
      'suite',
      '--preset',
      'torch-mlp5',
      '--dataset',
      'digits',
      '--limit',
      '64',
      '--epochs',
      '1',
      '--out',
      '$D/out',
    ],
  },
  'export onnx': exporting('onnx'),
  'export tfjs': exporting('tfjs'),
  'export safetensors': exporting('safetensors'),
  check: { before: [check], line: [...check, '--junit', '$D/check.xml', '--markdown', '$D/check.md'] },
  trace: { line: ['trace', tiny, '--arm', 'relu', '--steps', '1', '--out', '$D/trace.safetensors'] },
  report: { before: [trained], line: ['report', '$D/out', '--out', '$D/page.html'] },
  init: { files: rows, line: ['init', '--data', '$D/rows.csv', '--target', 'y', '--out', '$D/experiment.yaml'] },
  'predict rows': {
    files: rows,
    before: [
      ['init', '--data', '$D/rows.csv', '--target', 'y', '--out', '$D/experiment.yaml'],
      ['run', '$D/experiment.yaml', '--backend', 'reference', '--epochs', '1', '--out', '$D/out'],
    ],
    line: ['predict', '$D/out', '--rows', '$D/rows.csv', '--out', '$D/predicted.csv'],
  },
}
