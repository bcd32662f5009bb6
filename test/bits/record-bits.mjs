/**
 * Holds two builds to the same bits. `make CHECKOUT FILE` trains every arm of every preset with the built command of a
 * checkout, two epochs on the built-in digits at seed 3, on onnx and tfjs-wasm, and writes hashes of what the records
 * say. `compare FILE FILE` names every figure that differs and exits with 1 if one does.
 *
 *   node test/bits/record-bits.mjs make . after.json
 *   node test/bits/record-bits.mjs compare test/bits/before.json after.json
 *
 * Bits are those of one machine: make both files on the same one.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chainFiguresOf, figuresOf, hashNumbers, hashTensors, parseDocument } from './record-figures.mjs'

const BACKENDS = 'onnx,tfjs-wasm'
const CHAIN = 'scalar-chain'
const PRESETS = [
  'torch-mlp5',
  'keras-13x10',
  'keras-64x6-32x6',
  'softmax-linear',
  'nn-3layer',
  'glorot-2x256',
  'dropout-2x256',
  'tf-2x256',
  'cures',
]
const SETTINGS = '--dataset digits --limit 2000 --epochs 2 --seed 3 --probe-every 5 --threads 1 --jobs 1'.split(' ')

/** Runs the command of a checkout. That backends disagree, exit status 1, is not a failure here. */
function isograd(checkout, words) {
  const command = join(checkout, 'packages/cli/bin/isograd.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status === 0 || status === 1) return stdout
  throw new Error(`isograd ${words.join(' ')}: expected exit status 0 or 1, got ${status}\n${stderr}`)
}

function nameOf({ preset, arm, backend }) {
  return `${preset}/${arm}/${backend}`
}

function hashesOf(directory) {
  const record = parseDocument(readFileSync(join(directory, 'record.json'), 'utf8'))
  const { finals, ...lists } = figuresOf(record)
  const hashes = Object.entries(lists).map(([name, numbers]) => [name, hashNumbers(numbers)])
  const weights = hashTensors(readFileSync(join(directory, 'weights.safetensors')))
  return [nameOf(record), { ...Object.fromEntries(hashes), weights, finals }, record.backendInfo.versions]
}

function trainPreset(checkout, preset) {
  const out = mkdtempSync(join(tmpdir(), 'isograd-bits-'))
  try {
    isograd(checkout, ['run', preset, '--backend', BACKENDS, ...SETTINGS, '--out', out, '--quiet'])
    const runs = readdirSync(out, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    if (runs.length % BACKENDS.split(',').length !== 0) throw new Error(`${preset}: got ${runs.length} runs`)
    return runs.map(({ name }) => hashesOf(join(out, name)))
  } finally {
    rmSync(out, { recursive: true })
  }
}

function computeChain(checkout) {
  const document = parseDocument(isograd(checkout, ['run', CHAIN, '--backend', BACKENDS, '--json']))
  return (document.chains ?? document.runs).map((chain) => [nameOf(chain), chainFiguresOf(chain)])
}

function commitOf(checkout) {
  return execFileSync('git', ['-C', checkout, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
}

function make(checkout, file) {
  const entries = {}
  const versions = {}
  for (const preset of PRESETS) {
    for (const [name, hashes, runtime] of trainPreset(checkout, preset)) {
      entries[name] = hashes
      Object.assign(versions, runtime)
    }
    process.stderr.write(`${preset} done\n`)
  }
  Object.assign(entries, Object.fromEntries(computeChain(checkout)))
  const machine = { cpu: cpus()[0]?.model, arch: process.arch, platform: process.platform, node: process.version }
  const document = { commit: commitOf(checkout), machine, versions, settings: SETTINGS.join(' '), entries }
  writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`)
}

function differencesOf(name, before, after) {
  if (before === undefined || after === undefined) return [`${name}: only ${after === undefined ? 'before' : 'after'}`]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((figure) => {
    const [was, is] = [JSON.stringify(before[figure]), JSON.stringify(after[figure])]
    return was === is ? [] : [`${name}: ${figure}: ${was} -> ${is}`]
  })
}

function compare(fileBefore, fileAfter) {
  const [before, after] = [fileBefore, fileAfter].map((file) => JSON.parse(readFileSync(file, 'utf8')))
  if (JSON.stringify(before.machine) !== JSON.stringify(after.machine)) console.log('note: made on different machines')
  if (before.settings !== after.settings) throw new Error('the files were made with different settings')
  const names = [...new Set([...Object.keys(before.entries), ...Object.keys(after.entries)])]
  const differences = names.map((name) => differencesOf(name, before.entries[name], after.entries[name]))
  const wrong = differences.filter(({ length }) => length > 0).length
  for (const line of differences.flat()) console.log(line)
  console.log(`${names.length - wrong} of ${names.length} entries have the same bits`)
  process.exitCode = wrong > 0 ? 1 : 0
}

const [mode, first, second] = process.argv.slice(2)
if (mode === 'make' && second !== undefined) make(resolve(first), resolve(second))
else if (mode === 'compare' && second !== undefined) compare(first, second)
else {
  console.error('usage: record-bits.mjs make CHECKOUT FILE | compare FILE FILE')
  process.exitCode = 2
}
