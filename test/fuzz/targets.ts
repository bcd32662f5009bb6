/**
 * Everything that reads what somebody else may have written, with whole inputs and ways to damage them. Each target is a
 * record; `make` gives a damaged input, and `read` does with it what a command would.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { decodeCheckpoint, decodeSafetensors, parseExperiment, parseRecord, planFor } from '@isograd/core'
import { checkTrace, parseTraceMetadata } from '@isograd/core/compare'
import { digits, parseCifar, readTar } from '@isograd/core/data'
import { inspectData, loadDataset, loadInitialWeights, loadRun, readCheckpoint, readPicture } from '@isograd/core/node'
import { readSource } from '@isograd/report'
import { zipSync } from 'fflate'
import { main } from 'isograd'
import { builtins } from '@isograd/core'
import { readPlan } from '../../packages/cli/src/documents/command-plan.js'
import { readResumeSettings } from '../../packages/cli/src/documents/resume-settings.js'
import { readExperiment } from '../../packages/cli/src/input/experiment-file.js'
import { damageBytes, damageDocument, damageText, documentText, joined } from './mutate.js'
import type { Choices } from './random.js'
import { columnarSeeds, experimentSeeds, idxBytes, npyBytes, pictureSeeds, runSeeds, yamlSeeds } from './seeds.js'

/** The directory that inputs are written to; each target cleans up what it writes. */
export interface Place {
  readonly directory: string
}

/** One kind of input. */
export interface Target {
  /** Its part of all inputs, in quarters, in relation to the others; what needs a thread of its own has a small one. */
  readonly weight: number
  make(choices: Choices): Uint8Array | string
  read(input: Uint8Array | string, place: Place): unknown
}

/** Writes a file, and removes it when it is read. */
async function withFile<T>(
  { directory }: Place,
  name: string,
  content: Uint8Array | string,
  read: (path: string) => T,
) {
  const path = join(directory, name)
  writeFileSync(path, content)
  try {
    return await read(path)
  } finally {
    rmSync(path, { force: true })
  }
}

/** Writes a directory of files, and removes it. */
async function withFiles<T>(
  { directory }: Place,
  files: Readonly<Record<string, Uint8Array | string>>,
  read: (path: string) => T,
) {
  const path = join(directory, 'input')
  mkdirSync(path)
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
    return await read(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** A file of data in a format, damaged as bytes and packed now and then. */
function dataFile(name: string, weight: number, make: (choices: Choices) => Uint8Array | string): Target {
  return {
    weight,
    make: (choices) => {
      const content = make(choices)
      return choices.chance(12) ? new Uint8Array(gzipSync(content)) : content
    },
    read: (input, place) => withFile(place, name, input, (path) => inspectData(path, {}, builtins)),
  }
}

const table = 'a,b,c\n1,2.5,x\n3,"4,0",y\n,5,"z ""q"""\n7,1e3,x\n'
const lines = '{"a":1,"b":[1,2],"c":"x"}\n{"a":2.5,"b":[3,4],"c":"y"}\n{"a":null,"b":[5,6],"c":null}\n'
const array = npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }", new Uint8Array(48))
const labels = npyBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }", Uint8Array.of(0, 1, 0, 1))
const inputs = idxBytes(
  [4, 5, 5],
  Uint8Array.from({ length: 100 }, (_, i) => i),
)
const targets = idxBytes([4], Uint8Array.of(0, 1, 2, 1))

function damagedNpy(bytes: Uint8Array, choices: Choices): Uint8Array {
  if (choices.chance(2)) return damageBytes(bytes, choices)
  const header = Buffer.from(bytes.subarray(10, 127)).toString('latin1').trim()
  return npyBytes(damageText(header, choices).slice(0, 60_000), bytes.subarray(128))
}

/** An archive of which the entries are damaged, or the archive itself. */
function damagedNpz(choices: Choices): Uint8Array {
  const level = choices.of([0, 6] as const)
  const name = choices.chance(4) ? `${damageText('x', choices).slice(0, 40)}.npy` : 'x.npy'
  const entries = { [name]: choices.chance(2) ? damagedNpy(array, choices) : array, 'y.npy': labels }
  const archive = zipSync(entries, { level })
  return choices.chance(2) ? damageBytes(archive, choices) : archive
}

/** The chunks of a PNG with their checksums made right again, so that what is behind them is reached. */
function mendedPng(bytes: Uint8Array): Uint8Array {
  const mended = Uint8Array.from(bytes)
  const view = new DataView(mended.buffer)
  for (let at = 8; at + 12 <= mended.length;) {
    const length = view.getUint32(at)
    if (at + 12 + length > mended.length) break
    view.setUint32(at + 8 + length, crc32(mended.subarray(at + 4, at + 8 + length)))
    at += 12 + length
  }
  return mended
}

function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

/** Safetensors of which the header is damaged, or the bytes. */
function damagedTensors(bytes: Uint8Array, choices: Choices): Uint8Array {
  if (choices.chance(3)) return damageBytes(bytes, choices)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header: unknown = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString())
  const text = Buffer.from(documentText(damageDocument(header, choices), choices))
  const head = new Uint8Array(8)
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true)
  return joined(head, text, bytes.subarray(8 + length))
}

function pictureTargets(): Record<string, Target> {
  const found = [...pictureSeeds()].map(([extension, files]): [string, Target] => [
    extension.slice(1),
    {
      weight: 3,
      make: (choices) => {
        const bytes = damageBytes(choices.of(files), choices)
        return extension === '.png' && choices.chance(2) ? mendedPng(bytes) : bytes
      },
      read: (input, place) => withFile(place, `p${extension}`, input, (path) => readPicture(path)),
    },
  ])
  return Object.fromEntries(found)
}

function documentTarget(
  weight: number,
  documents: readonly unknown[],
  read: (text: string, place: Place) => unknown,
): Target {
  return {
    weight,
    make: (choices) => documentText(damageDocument(choices.of(documents), choices), choices),
    read: (input, place) => read(String(input), place),
  }
}

const small = digits({ train: 8, test: 4, seed: 0 })
const { columnar, checkpoint } = { columnar: columnarSeeds(), checkpoint: runSeeds.checkpoint() }
const [experiments, yaml, weights] = [experimentSeeds(), yamlSeeds(), runSeeds.weights()]

/** Reads an experiment and plans it where it trains on pictures of digits. */
function planAll(experiment: ReturnType<typeof parseExperiment>): void {
  for (const [armName, arm] of Object.entries(experiment.arms)) {
    if (!['digits', 'mnist'].includes(arm.data.dataset) || arm.initialWeights !== undefined) continue
    planFor({ armName, arm: { ...arm, batchSize: 4 }, dataset: small, registry: builtins })
  }
}

const lineSeeds: readonly (readonly string[])[] = [
  ['describe', 'nothing.yaml', '--dataset', 'digits', '--set', 'optimizer.type=adam'],
  ['list', '--json'],
  ['data', 'nothing.csv', '--json'],
  ['compare', 'a', 'b', '--tolerance', 'finalLoss=0.1', '--json'],
  ['report', 'a', '--out', 'page.html'],
  ['predict', 'a', '--index', '3', '--backend', 'reference'],
  ['export', 'a', '--format', 'onnx', '--out', 'b'],
  ['resume', 'a', '--backend', 'onnx'],
  ['check', 'nothing.yaml', '--against', 'a', '--mode', 'step', '--seeds', '2'],
  ['run', 'nothing.yaml', '--seeds', '1,2', '--backend', 'onnx', '--epochs', '1', '--json'],
]

/** Verbs that end soon whatever their options are; the others are given a file that is not there. */
const harmless = new Set(['list', 'data', 'compare', 'report', 'predict', 'export', 'resume'])

const commandLine: Target = {
  weight: 1,
  make: (choices) => {
    const words = [...choices.of(lineSeeds)]
    for (let times = 1 + choices.below(3); times > 0; times--) {
      const at = choices.below(words.length)
      const deed = choices.below(4)
      if (deed === 0) words.splice(at, 1)
      else if (deed === 1) words.splice(at, 0, choices.of(choices.of(lineSeeds)))
      else
        words[at] = damageText(words[at] ?? '', choices)
          .replaceAll('\0', '')
          .slice(0, 2000)
    }
    return JSON.stringify(words)
  },
  read: async (input) => {
    const words = JSON.parse(String(input)) as string[]
    const verb = words.find((word) => !word.startsWith('-')) ?? ''
    if (!harmless.has(verb) && !words.includes('nothing.yaml')) return
    const status = await main(words)
    if (status !== 0 && status !== 2) throw new Error(`status ${status}`)
  },
}

/** All targets by name. */
export const fuzzTargets: Readonly<Record<string, Target>> = {
  ...pictureTargets(),
  csv: dataFile('t.csv', 10, (choices) =>
    choices.chance(2) ? damageText(table, choices) : damageBytes(Buffer.from(table), choices),
  ),
  tsv: dataFile('t.tsv', 3, (choices) => damageText(table.replaceAll(',', '\t'), choices)),
  jsonLines: dataFile('t.jsonl', 8, (choices) => damageText(lines, choices)),
  jsonList: dataFile('t.json', 4, (choices) =>
    documentText(
      damageDocument(
        lines
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
        choices,
      ),
      choices,
    ),
  ),
  npy: dataFile('t.npy', 8, (choices) => damagedNpy(array, choices)),
  npz: dataFile('t.npz', 8, damagedNpz),
  parquet: dataFile('t.parquet', 0.25, (choices) => damageBytes(columnar.parquet, choices)),
  arrow: dataFile('t.arrow', 0.25, (choices) => damageBytes(columnar.arrow, choices)),
  gzip: {
    weight: 3,
    make: (choices) => damageBytes(gzipSync(choices.of([table, lines])), choices),
    read: (input, place) => withFile(place, 't.csv.gz', input, (path) => inspectData(path, {}, builtins)),
  },
  idx: {
    weight: 5,
    make: (choices) => damageBytes(choices.of([inputs, targets]), choices),
    read: (input, place) =>
      withFiles(place, { 'train-images-idx3-ubyte': input, 'train-labels-idx1-ubyte': targets }, async (path) => {
        await inspectData(path, {}, builtins)
        await loadDataset('idx', { dataDir: path })
      }),
  },
  cifar: {
    weight: 1,
    make: (choices) => damageBytes(new Uint8Array(3073 * 2).fill(1), choices),
    read: (input) => parseCifar([{ file: 'c.bin', bytes: input as Uint8Array }], { labels: 1, categories: 10 }),
  },
  tar: {
    weight: 2,
    make: (choices) => damageBytes(tarBytes(), choices),
    read: (input) => readTar({ file: 't.tar', bytes: input as Uint8Array }),
  },
  experimentJson: {
    weight: 12,
    make: (choices) => documentText(damageDocument(choices.of(experiments), choices), choices),
    read: (input, place) =>
      withFile(place, 'e.json', input, async (path) => planAll(await readExperiment(path, {}, builtins))),
  },
  experimentYaml: {
    weight: 8,
    make: (choices) => damageText(choices.of(yaml), choices),
    read: (input, place) =>
      withFile(place, 'e.yaml', input, async (path) => planAll(await readExperiment(path, {}, builtins))),
  },
  record: documentTarget(4, [runSeeds.record()], (text) => parseRecord(text, 'record.json')),
  run: {
    weight: 2,
    make: (choices) => damagedTensors(weights, choices),
    read: (input, place) =>
      withFiles(place, { 'record.json': JSON.stringify(runSeeds.record()), 'weights.safetensors': input }, (path) =>
        loadRun(path),
      ),
  },
  runs: documentTarget(4, runSeeds.runs(), (text) => readSource(text, 'runs.json', builtins)),
  check: documentTarget(3, [runSeeds.check()], (text) => readSource(text, 'check.json', builtins)),
  checkpoint: documentTarget(4, [checkpoint.document], (document) =>
    decodeCheckpoint({ tensors: checkpoint.tensors, document }),
  ),
  checkpointTensors: {
    weight: 2,
    make: (choices) => damagedTensors(checkpoint.tensors, choices),
    read: (input) => decodeCheckpoint({ tensors: input as Uint8Array, document: JSON.stringify(checkpoint.document) }),
  },
  pointer: documentTarget(
    1,
    [
      {
        schema: 'isograd.checkpoint-pointer/1',
        epoch: 0,
        stepInEpoch: 0,
        tensors: { file: 'checkpoint-0-0-00000000.safetensors', bytes: 1, sha256: 'a'.repeat(64) },
        document: { file: 'checkpoint-0-0-00000000.json', bytes: 1, sha256: 'a'.repeat(64) },
      },
    ],
    (text, place) => withFiles(place, { 'checkpoint.json': text }, (path) => readCheckpoint(path)),
  ),
  resume: documentTarget(2, [checkpoint.resume], (text, place) =>
    withFiles(place, { 'resume.json': text }, (path) => readResumeSettings(path)),
  ),
  command: documentTarget(
    2,
    [
      {
        schema: 'isograd.command/1',
        command: 'run',
        parts: [{ source: { word: 'x', overrides: {} }, name: 'x', description: '', arms: {} }],
        backends: [{ asked: 'onnx', name: 'onnx' }],
        modules: [],
        jobs: 1,
        replaces: {},
        finished: false,
      },
    ],
    (text, place) => withFiles(place, { 'command.json': text }, (path) => readPlan(path)),
  ),
  safetensors: {
    weight: 5,
    make: (choices) => damagedTensors(weights, choices),
    read: (input) => decodeSafetensors(input as Uint8Array),
  },
  trace: {
    weight: 1,
    make: (choices) => damagedTensors(runSeeds.trace(), choices),
    read: (input) => {
      const trace = decodeSafetensors(input as Uint8Array)
      parseTraceMetadata(trace.metadata)
      checkTrace(tracePlan(), trace)
    },
  },
  initialWeights: {
    weight: 3,
    make: (choices) =>
      choices.chance(2)
        ? damagedTensors(weights, choices)
        : choices.chance(2)
          ? damagedNpz(choices)
          : damageBytes(onnxBytes, choices),
    read: (input, place) =>
      withFile(place, 'w.bin', input, (path) => loadInitialWeights({ initialWeights: { path } as never })),
  },
  commandLine,
}

/** A small ONNX model: a version, a graph with one initializer of four floats, an operator set. */
const onnxBytes = new Uint8Array(38).fill(1)
onnxBytes.set([8, 8, 58, 30, 42, 28, 8, 2, 8, 2, 16, 1, 66, 2, 119, 49, 74, 16])
onnxBytes.set([66, 2, 16, 17], 34)

function tarBytes(): Uint8Array {
  const block = new Uint8Array(1536)
  const text = (at: number, value: string): void => block.set(Buffer.from(value), at)
  text(0, 'data.bin')
  text(124, '00000000010 ')
  text(156, '0')
  text(257, 'ustar')
  text(148, '        ')
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return block
}

let plan: ReturnType<typeof planFor> | undefined

/** The plan that the trace of the fixtures is of. */
function tracePlan(): ReturnType<typeof planFor> {
  if (plan !== undefined) return plan
  const { metadata } = decodeSafetensors(runSeeds.trace())
  const arm = { ...(JSON.parse(metadata['spec'] ?? '{}') as object) }
  const experiment = parseExperiment({ name: metadata['experiment'], ...arm }, { source: 'trace' })
  const [armName = 'default'] = Object.keys(experiment.arms)
  const [spec] = Object.values(experiment.arms)
  if (spec === undefined) throw new Error('the trace of the fixtures has no arm')
  plan = planFor({ armName, arm: spec, dataset: small, registry: builtins })
  return plan
}
