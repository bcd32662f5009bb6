/** Peers: that they train the same network or say why not, and that one who is absent is told of. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BackendError, builtins, InputError, tensor } from '@isograd/core'
import { type Column, type Dataset, dataTable, type DataTable, digits } from '@isograd/core/data'
import { describe, expect, it } from 'vitest'
import { type Entrant, interleave } from '../src/bench/interleave.js'
import { highWaterMark, peakMemory } from '../src/bench/jobs/peak-memory.js'
import { timeTfjs } from '../src/bench/jobs/tfjs.js'
import { peerOptimizer, requirePeerLoss } from '../src/bench/peers.js'
import { readDataset, storeDataset, type StoredData } from '../src/bench/stored-data.js'
import {
  findPython,
  interpreters,
  measurePython,
  type PythonJob,
  pythonJob,
  pythonPeers,
  requireWords,
} from '../src/bench/python.js'
import {
  networkName,
  planOn,
  tfjsModel,
  torchModel,
  type Workload,
  workloadFrom,
  workloadsOf,
} from '../src/bench/workload.js'
import { temporaryDirectory } from './command.js'

const small = digits({ train: 300, test: 20 })
const number = { dtype: 'float32', shape: [1], encoding: { kind: 'numbers' } } as const
const column = tensor('float32', [4, 1], [1, 2, 3, 4])
const numbers: Dataset = {
  name: 'numbers',
  origin: 'a test',
  fields: { a: number, b: number, y: number },
  target: 'y',
  splits: { train: dataTable({ a: column, b: column, y: column }) },
}
const source = { dataset: small, registry: builtins }
const never = new AbortController().signal
const effort = { warmSeconds: 0, steps: 3, seconds: 0 }

async function workloadOf(word: string): Promise<Workload> {
  const [workload] = await workloadsOf([word])
  if (workload === undefined) throw new Error(`no ${word}`)
  return workload
}

function networkOf(workload: Workload): string {
  return networkName(planOn(workload, source))
}

function columnsOf({ columns: { image, label } }: DataTable): { image: Column; label: Column } {
  if (image === undefined || label === undefined) throw new Error('no such columns')
  return { image, label }
}

function stored(dataset: Dataset = small): StoredData {
  const directory = temporaryDirectory()
  storeDataset(directory, dataset)
  return { directory }
}

/** The job of a workload on the small data set, which no limit fits. */
async function jobFor(word: string): Promise<PythonJob> {
  const { arm, ...workload } = await workloadOf(word)
  const { testLimit: _, ...data } = arm.data
  return pythonJob({ ...workload, arm: { ...arm, data } }, source, { stored: stored(), effort, threads: 1 })
}

/** The constructors of a program in their order. */
function modulesOf(program: string): string[] {
  return [...program.matchAll(/nn\.(\w+\(.*\))$/gm)].map(([, constructor = '']) => constructor)
}

/** A directory with an executable `python3` that runs a shell script. */
function fakePython(script: string): string {
  const directory = temporaryDirectory()
  const path = join(directory, 'python3')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return directory
}

function entrant(name: string, measure: () => Promise<number>): Entrant<number> {
  return { name, measure }
}

describe('rounds', () => {
  it('measure everybody once before anybody twice', async () => {
    const order: string[] = []
    let [a, b] = [0, 10]
    const entrants = [entrant('a', async () => ++a), entrant('b', async () => ++b)]
    const entries = await interleave(entrants, 3, (round, name) => order.push(`${name}${round}`))
    expect(order).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2'])
    expect(entries.map(({ results }) => results)).toEqual([
      [1, 2, 3],
      [11, 12, 13],
    ])
  })

  it('do not ask again who has failed, and keep what they had', async () => {
    let calls = 0
    const failing = entrant('a', async () => {
      if (++calls === 2) throw new BackendError('a', 'out of ink')
      return calls
    })
    const entries = await interleave([failing, entrant('b', async () => 7)], 4, () => {})
    expect(calls).toBe(2)
    expect(entries.map(({ entrant: { name }, ...entry }) => ({ name, ...entry }))).toEqual([
      { name: 'a', results: [1], failure: '[a] out of ink' },
      { name: 'b', results: [7, 7, 7, 7], failure: undefined },
    ])
  })

  it('end with what is the user’s to mend', async () => {
    const wrong = entrant('a', () => Promise.reject(new InputError('a', 'no such file')))
    await expect(interleave([wrong], 2, () => {})).rejects.toThrow('[a] no such file')
  })
})

describe('the network of a peer', () => {
  it('is that of the preset', async () => {
    const { program, optimizer, arm } = await jobFor('torch-mlp5:sigmoid')
    const sizes = ['784, 520', '520, 320', '320, 240', '240, 120', '120, 10']
    const layers = sizes.flatMap((size, i) => [`Linear(${size})`, ...(i < 4 ? ['Sigmoid()'] : [])])
    expect(modulesOf(program)).toEqual(['Flatten()', ...layers])
    expect(optimizer).toBe('Adam(parameters, lr=0.001, betas=(0.9, 0.999))')
    expect([arm.batchSize, arm.lastBatch]).toEqual([64, 'keep'])
    expect(peerOptimizer((await workloadOf('torch-mlp5')).arm).tfjs).toEqual(['adam', 0.001, 0.9, 0.999, undefined])
  })

  it('has every layer that the exports have, whatever it is joined to', async () => {
    expect((await jobFor('cures:sigmoid-batchnorm')).program).toContain('nn.BatchNorm1d(')
    expect(modulesOf((await jobFor('cures:prelu')).program)).toContain('PReLU()')
    const residual = planOn(await workloadOf('cures:sigmoid-residual'), source)
    expect(torchModel(residual)).toMatch(/ x = x \+ x1\n/)
    expect(JSON.parse(tfjsModel(residual).json)).toHaveProperty('modelTopology')
  })

  it('is refused by name where a peer has no word for what its program calls', async () => {
    const { program } = await jobFor('lenet5')
    const words = ['add_module', 'get_submodule', 'unsqueeze', 'Conv2d', 'ReLU', 'MaxPool2d', 'Flatten', 'Linear']
    expect(() => requireWords(pythonPeers.jax, program, words)).not.toThrow()
    expect(() => requireWords(pythonPeers.torch, program, undefined)).not.toThrow()
    const without = words.filter((word) => word !== 'MaxPool2d')
    expect(() => requireWords(pythonPeers.jax, program, without)).toThrow('[JAX] no counterpart of MaxPool2d')
  })

  it.each<[object, RegExp]>([
    [{ clipping: { type: 'norm', norm: 1 } }, /no counterpart of gradient clipping/],
    [{ optimizer: { type: 'lbfgs' } }, /no counterpart of optimizer .*"lbfgs"/],
    [
      { optimizer: { type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, weightDecay: 0, amsgrad: true } },
      /no counterpart of optimizer .*"adam"/,
    ],
  ])('is refused with %j', async (patch, message) => {
    const { arm } = await workloadOf('torch-mlp5')
    expect(() => peerOptimizer({ ...arm, ...patch })).toThrow(message)
  })

  it.each<[string, object, RegExp]>([
    ['another task', { inputs: ['a'] }, /^\[isograd\] no counterpart of the task "regression"$/],
    ['several inputs', {}, /^\[isograd\] no counterpart of a network with the inputs a, b$/],
  ])('is refused for %s', (_, task, message) => {
    const layers = [{ type: 'dense', units: 1 }]
    const workload = workloadFrom({
      name: 'numbers',
      data: { dataset: 'digits' },
      task: { type: 'regression', target: 'y', ...task },
      model: { layers },
      optimizer: { type: 'sgd', learningRate: 0.1 },
      batchSize: 2,
      epochs: 1,
    })
    expect(() => requirePeerLoss(planOn(workload, { ...source, dataset: numbers }))).toThrow(message)
  })

  it('is written as numbers of features', async () => {
    const workloads = await workloadsOf(['torch-mlp5', 'keras-13x10', 'softmax-linear'])
    expect(workloads.map(networkOf)).toEqual(['784-520-320-240-120-10', '784-13x10', '784-10'])
  })
})

describe('arms', () => {
  it('are one of each network unless named', async () => {
    const shapes = (await workloadsOf()).map(networkOf)
    expect(new Set(shapes).size).toBe(shapes.length)
    // The peers know dense networks alone, and are given MNIST.
    const all = (await workloadsOf(['all'])).filter(({ preset, arm }) => {
      return arm.data.dataset === 'mnist' && preset !== 'lenet5'
    })
    const dense = new Set(all.map(networkOf))
    expect([...dense].toSorted()).toEqual(shapes.toSorted())
  })

  it('are taken from files as well', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'mine.json')
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 10 }]
    const arms = { slow: {}, fast: { batchSize: 7 } }
    const document = { name: 'mine', data: { dataset: 'digits' }, model: { layers }, batchSize: 5, epochs: 1, arms }
    writeFileSync(path, JSON.stringify({ ...document, optimizer: { type: 'sgd', learningRate: 0.1 } }))
    const found = await workloadsOf([path, `${path}:fast`])
    expect(found.map(({ preset, armName, arm }) => [preset, armName, arm.batchSize])).toEqual([
      ['mine', 'slow', 5],
      ['mine', 'fast', 7],
    ])
  })

  it.each<[string, RegExp]>([
    ['torch-mlp6', /unknown preset "torch-mlp6"; did you mean "torch-mlp5"/],
    ['torch-mlp5:tanh', /unknown arm "tanh" of torch-mlp5/],
    ['scalar-chain', /--preset: "scalar-chain" is computed once and not trained/],
    [':relu', /unknown preset ""/],
  ])('are refused by the name %s', (word, message) => {
    return expect(workloadsOf([word])).rejects.toThrow(message)
  })
})

describe('data', () => {
  it('comes back from its files byte for byte', () => {
    expect(readDataset(stored())).toEqual(small)
  })

  it.each([1, 299, 601, 1000])('repeats its rows to %i', (rows) => {
    const grown = readDataset({ ...stored(), rows }).splits.train
    expect(grown.count).toBe(rows)
    const [train, before] = [columnsOf(grown), columnsOf(small.splits.train)]
    expect(train.image.shape).toEqual([rows, 28, 28])
    const wrong = Array.from({ length: rows }, (_, row) => row).filter(
      (row) =>
        train.label.data[row] !== before.label.data[row % 300] ||
        train.image.data[row * 784 + 400] !== before.image.data[(row % 300) * 784 + 400],
    )
    expect(wrong).toEqual([])
  })
})

describe('plain TensorFlow.js', () => {
  it.each(['keras-13x10', 'dropout-2x256', 'cures:sigmoid-residual'])('trains %s', async (word) => {
    const { steps, stepSeconds } = await timeTfjs({ workload: await workloadOf(word), stored: stored(), effort })
    expect(steps).toBe(3)
    expect(stepSeconds).toBeGreaterThan(0)
  })
})

describe('a peer in Python', () => {
  it('is looked for in every directory of the search path', () => {
    const [first, second] = [fakePython(''), fakePython('')]
    const path = ['', first, join(first, 'none'), second, first].join(delimiter)
    expect(interpreters(path)).toEqual([join(first, 'python3'), join(second, 'python3')])
  })

  it('is absent without an interpreter, and that is told', async () => {
    const empty = temporaryDirectory()
    const found = await findPython(pythonPeers.torch, empty, never)
    expect(found).toEqual({
      ok: false,
      reason: 'there is no python3 on the search path (on Debian: apt-get install python3-torch libopenblas0)',
    })
  })

  describe.skipIf(process.platform === 'win32')('with an interpreter made for it', () => {
    it('is absent where it cannot be imported, and that is told', async () => {
      const path = fakePython('echo "ModuleNotFoundError: No module named torch" >&2; exit 1')
      const found = await findPython(pythonPeers.torch, path, never)
      expect(found.ok ? '' : found.reason).toMatch(
        /^python3 cannot import torch: ModuleNotFoundError: No module named torch \(/,
      )
    })

    it('is taken from the first that has it', async () => {
      const [without, good] = [fakePython('exit 1'), fakePython('echo noise; echo 9.9.9')]
      const found = await findPython(pythonPeers.torch, [without, good].join(delimiter), never)
      expect(found).toEqual({ ok: true, python: join(good, 'python3'), version: '9.9.9' })
    })

    it('is not taken where the name is a directory', async () => {
      const directory = temporaryDirectory()
      mkdirSync(join(directory, 'python3'))
      await expect(findPython(pythonPeers.torch, directory, never)).resolves.toMatchObject({ ok: false })
    })

    it('fails with what the script said last', async () => {
      const python = join(fakePython('echo "first" >&2; echo "RuntimeError: out of ink" >&2; exit 1'), 'python3')
      await expect(measurePython(pythonPeers.torch, python, await jobFor('keras-13x10'), never)).rejects.toThrow(
        '[PyTorch] it ended with status 1: RuntimeError: out of ink',
      )
    })

    it('is asked for the words that it has a counterpart of', async () => {
      const path = fakePython('case "$2" in --words) echo "[\\"Linear\\"]";; *) echo 9.9.9;; esac')
      const found = await findPython(pythonPeers.jax, path, never)
      expect(found).toEqual({ ok: true, python: join(path, 'python3'), version: '9.9.9', words: ['Linear'] })
    })
  })

  it.each(Object.entries(pythonPeers))('as %s trains the same networks where it is there', async (_, peer) => {
    const found = await findPython(peer, process.env['PATH'] ?? '', never)
    if (!found.ok) return
    const networks = ['lstm-128', 'transformer-4', 'residual-20'].map((name) =>
      fileURLToPath(new URL(`../../../examples/networks/${name}.json`, import.meta.url)),
    )
    for (const word of ['dropout-2x256', 'cures:sigmoid-residual', 'lenet5', ...networks]) {
      // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
      const job = await jobFor(word)
      requireWords(peer, job.program, found.words)
      // oxlint-disable-next-line no-await-in-loop -- as above
      const { steps, peakBytes, form } = await measurePython(peer, found.python, job, never)
      expect(steps).toBeGreaterThanOrEqual(3)
      expect(peakBytes).toBeGreaterThan(1e6)
      expect(form).toMatch(peer.module === 'jax' ? /one jitted scan/ : /^eager, (Adam|SGD) with /)
    }
  })
})

describe('the modules of the JAX peer', () => {
  it('have the outputs and the gradients of those of torch.nn, where an interpreter has both', async () => {
    const path = process.env['PATH'] ?? ''
    const [torch, jax] = await Promise.all(
      [pythonPeers.torch, pythonPeers.jax].map((peer) => findPython(peer, path, never)),
    )
    if (!torch?.ok || !jax?.ok || torch.python !== jax.python) return
    const script = fileURLToPath(new URL('peer_modules.py', import.meta.url))
    const { status, stdout, stderr } = spawnSync(jax.python, [script], { encoding: 'utf8' })
    expect(status, `${stdout}\n${stderr}`).toBe(0)
  })
})

describe('peak memory', () => {
  it('is the high-water mark that Linux keeps', () => {
    expect(highWaterMark('VmPeak:\t  9 kB\nVmHWM:\t   51234 kB\nVmRSS:\t 40000 kB\n')).toBe(51_234 * 1024)
    expect(highWaterMark('VmRSS:\t 40000 kB\n')).toBeUndefined()
  })

  it('stays when the memory is given back', () => {
    const before = peakMemory()
    const filled = new Uint8Array(200e6).fill(1)
    expect(filled.at(-1)).toBe(1)
    expect(peakMemory()).toBeGreaterThanOrEqual(Math.max(before, 200e6))
  })
})
