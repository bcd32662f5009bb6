/** Wrong input of every kind: status 2, a message that says what is wrong, no stack trace, nothing on standard output. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeSafetensors, encodeSafetensors } from '@isograd/core'
import { describe, expect, it } from 'vitest'
import { verbs } from '../src/verbs.js'
import { fixture, isograd, type Outcome, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')

/** What speaks against an outcome being a clean refusal that says all of `messages`. */
function flaws({ status, signal, stdout, stderr }: Outcome, ...messages: readonly (string | RegExp)[]): string[] {
  const missing = messages.filter((message) =>
    typeof message === 'string' ? !stderr.includes(message) : !message.test(stderr),
  )
  return [
    ...(status === 2 ? [] : [`status ${status}, signal ${signal}`]),
    ...(stdout === '' ? [] : [`on stdout: ${stdout}`]),
    ...(/^error: /m.test(stderr) ? [] : [`no error: ${stderr}`]),
    ...(stderr.includes('    at ') ? [`a stack trace: ${stderr}`] : []),
    ...missing.map((message) => `without ${String(message)}: ${stderr}`),
  ]
}

describe.concurrent('numbers', () => {
  const values = ['0', '-1', '1.5', 'NaN', 'Infinity', '1e99', '99999999999999999999', '12abc', '', ' ', '0x10', '１']
  const options = ['--limit', '--epochs', '--batch-size', '--threads', '--probe-every']
  const seeds = ['-1', '1e3', '9007199254740993'].map((value) => ({ option: '--seed', value }))
  const cases = values.map((value, i) => ({ option: options[i % options.length] ?? '', value }))

  it.each([...cases, ...seeds])('refuses $option "$value"', async ({ option, value }) => {
    const outcome = await isograd(['run', tiny, '--backend', 'reference', option, value])
    expect(flaws(outcome, `${option}: expected a whole number from `, `got "${value}"`)).toEqual([])
  })

  it('takes seed 0', async () => {
    const outcome = await isograd([
      'run',
      tiny,
      '--backend',
      'reference',
      '--epochs',
      '1',
      '--seed',
      '0',
      '--arm',
      'relu',
    ])
    expect(outcome.status).toBe(0)
  })
})

describe.concurrent('options and verbs', () => {
  it.each([
    [['rnu', 'torch-mlp5'], /unknown command 'rnu'/, /Did you mean run\?/],
    [['sweep', 'statsu', 'swept'], /unknown command 'sweep statsu'/, /Did you mean sweep status\?/],
    [['run', tiny, '--epoch', '3'], /unknown option '--epoch'/, /Did you mean --epochs\?/],
    [['check', tiny, '--epochs', '3'], /unknown option '--epochs'/, /steps: --steps <n>/],
    [['run'], /^error: \[isograd\] missing required argument 'experiment'/, /isograd run --help shows examples/],
    [['explain'], /unknown command 'explain'/, /isograd --help lists all commands/],
    [['check', tiny, '--plain'], /unknown option '--plain'/, /isograd check --help/],
    [['sweep'], /^error: \[isograd\] missing required argument 'file'/, /./],
    [['run', tiny, 'second'], /too many arguments/, /./],
    [['run', tiny, '--epochs'], /option '--epochs <n>' argument missing/, /./],
    [['list', 'everything'], /too many arguments/, /./],
    [['compare', tiny, ''], /expected a name or a path, got an empty text/, /./],
    [
      ['run', tiny, '--precision', 'float16'],
      /--precision: expected float32 or float64, got "float16"/,
      /did you mean/,
    ],
    [['run', tiny, '--arm', 'sigmoyd'], /unknown arm "sigmoyd"/, /did you mean "sigmoid"\?/],
    [['run', tiny, '--arm', 'relu,'], /--arm: expected names separated by commas/, /./],
    [['run', tiny, '--backend', ''], /--backend: expected names separated by commas/, /./],
    [['run', tiny, '--backend', 'onnyx'], /unknown backend "onnyx"/, /did you mean "onnx"\?/],
    [['run', tiny, '--backend', 'qqqqqqqqqqqqqqqq'], /unknown backend/, /adapter package\.$/m],
    [['run', tiny, '--backend', 'isograd-adapter-qq'], /unknown backend/, /npm install isograd-adapter-qq/],
    [
      ['run', tiny, '--backend', 'tensorflow'],
      /run on it: tfjs-wasm, tfjs-cpu, tfjs-node, tfjs-webgl/,
      /adapter package\.$/m,
    ],
    [['run', tiny, '--backend', 'WebGL'], /run on it: tfjs-webgl\n/, /adapter package\.$/m],
    [['run', tiny, '--backend', 'gpu'], /run on it: onnx-webgpu, onnx-web-webgpu, tfjs-webgpu/, /./],
    [
      ['run', tiny, '--backend', 'ONNX-Runtime'],
      /run on it: onnx, onnx:native, onnx-webgpu, onnx-web/,
      /adapter package\.$/m,
    ],
    [['check', tiny, '--backend', 'PyTorch'], /unknown backend "PyTorch"\n/, /isograd trace --help$/m],
    [['run', tiny, '--backend', '#x'], /unknown backend/, /Backends: wasm/],
    [['run', tiny, '--backend', './nowhere'], /there is no such file or directory/, /\.\/nowhere/],
    [['run', tiny, '--backend', 'reference', '--dataset', 'mnits'], /dataset/, /did you mean "mnist"\?/],
    [
      ['run', tiny, '--backend', 'reference', '--dataset', 'mnist', '--data-dir', 'nowhere'],
      /nowhere: does not exist/,
      /./,
    ],
    [['run', tiny, '--backend', 'reference', '--dataset', 'idx'], /--data-dir/, /./],
    [['doctor', '--backend', 'onnyx'], /unknown backend "onnyx"/, /did you mean "onnx"\?/],
    [['doctor', '--threads', '0'], /--threads: expected a whole number from 1 to 256, got "0"/, /./],
    [['run', 'torch-mpl5'], /unknown preset "torch-mpl5"/, /did you mean "torch-mlp5"\?/],
    [['run', tiny, '--arm', 'relo'], /arm/, /did you mean "relu"\?/],
  ])('refuses %j', async (args, ...messages) => {
    expect(flaws(await isograd(args), ...messages)).toEqual([])
  })

  it('says what to do first where no verb is named', async () => {
    const outcome = await isograd([])
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    for (const [, verb = ''] of outcome.stdout.matchAll(/^ {2}isograd (\w+)/gm)) expect(verbs).toHaveProperty(verb)
    expect(outcome.stdout.match(/^ {2}isograd /gm)).toHaveLength(3)
  })
})

describe.concurrent('files', () => {
  const cases: readonly (readonly [name: string, content: string | Uint8Array, message: RegExp])[] = [
    ['empty.json', '', /empty\.json: the file is empty/],
    ['blank.yaml', ' \n\t\n', /the file is empty/],
    ['binary.json', Uint8Array.of(0x7b, 0, 1, 2), /expected text, got binary data/],
    ['latin1.json', Uint8Array.of(0x22, 0xe4, 0x22), /expected text in UTF-8/],
    ['huge.yaml', 'a'.repeat(1024 * 1024 + 1), /expected at most 1048576 bytes, got 1048577/],
    ['notes.txt', 'hello', /expected a file in \.json, \.yaml, \.yml, got "\.txt"/],
    ['comma.json', '{\n  "name": "x",\n}', /comma\.json, line 3, column 1: expected a key in double quotes, got "}"/],
    ['twice.json', '{ "a": 1, "a": 2 }', /line 1, column 11: expected every key once/],
    ['deep.json', '['.repeat(100_000), /expected at most 100 levels/],
    ['tab.yaml', 'name: x\nmodel:\n\tlayers: 1\n', /tab\.yaml, line 3, column \d+: /],
    ['twice.yaml', 'a: 1\nb: 2\na: 3\n', /line 3, column 1: .*unique/],
    ['two.yaml', 'a: 1\n---\nb: 2\n', /two\.yaml/],
    ['deep.yaml', '['.repeat(20_000), /deep\.yaml/],
    [
      'laughs.yaml',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefg'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /not usable as YAML/,
    ],
    ['list.json', '[1, 2]', /expected an object, got a list/],
    ['null.yaml', 'null', /expected an object, got nothing/],
    ['text.yaml', 'hello', /expected an object, got string/],
    ['tag.yaml', 'name: !!js/function "x"\n', /tag\.yaml, line 1, column 7: .*[Tt]ag/],
  ]

  it.each(cases)('refuses %s', async (name, content, message) => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, name), content)
    const outcome = await isograd(['run', name, '--backend', 'reference', '--out', 'out'], { cwd: directory })
    expect(flaws(outcome, message)).toEqual([])
    expect(readdirSync(directory)).toEqual([name])
  })

  it('names the line of every wrong field', async () => {
    const directory = temporaryDirectory()
    const yaml = [
      'name: wrong',
      'data: { dataset: digits }',
      'model:',
      '  layers:',
      '    - type: flatten',
      '    - type: dense',
      '      unitz: 3',
      '    - type: danse',
      'optimizer: { type: adam, learningRate: fast }',
      'batchSize: 0',
      'epoch: 3',
      'epochs: 1',
      '',
    ]
    writeFileSync(join(directory, 'wrong.yaml'), yaml.join('\n'))
    const outcome = await isograd(['run', 'wrong.yaml'], { cwd: directory })
    expect(
      flaws(
        outcome,
        /^ {2}model\.layers\[1\]\.units \(line 6\): expected a number, got nothing$/m,
        /model\.layers\[1\]\.unitz \(line 7\): expected no such field/,
        /model\.layers\[2\]\.type \(line 8\): .*nearest: "dense"/,
        /optimizer\.learningRate \(line 9\): expected a number, got "fast"/,
        /batchSize \(line 10\): expected at least 1, got 0/,
        /epoch \(line 11\): .*did you mean "epochs"\?/,
      ),
    ).toEqual([])
  })

  it('names the lines of fields that every object has', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'e.yaml'), `${readFileSync(tiny, 'utf8').trim().slice(0, -1)},\n"toString": 3}`)
    const { status, stderr } = await isograd(['describe', 'e.yaml'], { cwd: directory })
    expect([status, stderr]).toEqual([2, expect.stringMatching(/toString \(line \d+\): .*\n +--> e\.yaml:\d+:1\n/)])
  })

  it('names the lines of JSON and of arms', async () => {
    const directory = temporaryDirectory()
    const text = `{\n  "name": "x",\n  "data": { "dataset": "digits" },\n  "model": { "layers": [{ "type": "flatten" }] },
  "optimizer": { "type": "sgd", "learningRate": 1 },\n  "batchSize": 1,\n  "epochs": 1,
  "arms": {\n    "a": {},\n    "b": {\n      "activation": "rellu"\n    }\n  }\n}`
    writeFileSync(join(directory, 'wrong.json'), text)
    expect(
      flaws(await isograd(['run', 'wrong.json'], { cwd: directory }), /arms\.b\.activation\S* \(line 11\)/),
    ).toEqual([])
  })

  it('names all wrong arms, each with file, line and column', async () => {
    const directory = temporaryDirectory()
    const yaml = [
      'name: wrong',
      'data: { dataset: digits }',
      'model: { layers: [{ type: flatten }, { type: dense, units: 10 }] }',
      'optimizer: { type: adam }',
      'batchSize: 10',
      'epochs: 1',
      'loss: softmaxCrossEntropy',
      'arms:',
      '  a: { epochs: -1 }',
      '  b: { task: regression }',
      '',
    ]
    writeFileSync(join(directory, 'wrong.yaml'), yaml.join('\n'))
    expect(
      flaws(
        await isograd(['run', 'wrong.yaml'], { cwd: directory }),
        /arms\.a\.epochs \(line 9\): expected at least 0, got -1\n {4}--> wrong\.yaml:9:8\n/,
        /arms\.b\.loss \(line 7\): .*, which the arm inherits from "loss"\n {4}--> wrong\.yaml:7:1\n/,
      ),
    ).toEqual([])
  })

  it('says of a change for all arms which of them it does not fit, and how to change one', async () => {
    const yaml = [
      'data: { dataset: digits }',
      'model: { layers: [{ type: flatten }, { type: repeat, times: 2, layers: [{ type: dense, units: 4 }] }, { type: dense, units: 10 }] }',
      'arms:',
      '  plain: {}',
      '  flat: { model: { layers: [{ type: flatten }, { type: dense, units: 10 }] } }',
      '',
    ]
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'own.yaml'), yaml.join('\n'))
    const { status, stderr } = await isograd(['run', 'own.yaml', '--set', 'model.layers[1].times=4'], {
      cwd: directory,
    })
    expect(status).toBe(2)
    expect(stderr).toContain('model.layers[1].times (on the command line): expected')
    expect(stderr).toContain(
      'in the arm "flat", which has its own model; to set it in one arm, arms.NAME.model.layers[1].times',
    )
  })

  it.each([
    ['train', 'run'],
    ['test', 'run or predict'],
    ['tune', 'sweep'],
    ['rum', 'run'],
  ])('points from %s to %s', async (verb, meant) => {
    const { status, stderr } = await isograd([verb, 'torch-mlp5'])
    expect([status, stderr]).toEqual([2, `error: [isograd] unknown command '${verb}'\n(Did you mean ${meant}?)\n`])
  })

  it.each([
    [['run', '--lr', '1'], '--lr', 'It is a field of the experiment: --set optimizer.learningRate=<rate>'],
    [['suite', '--workers', '2'], '--workers', 'Trainings at once: --jobs <n>'],
  ])('says what %j is called here', async (words, option, meant) => {
    const { status, stderr } = await isograd(words)
    expect([status, stderr]).toEqual([2, `error: [isograd] unknown option '${option}'\n(${meant})\n`])
  })

  it('takes no arm for one that every object has', async () => {
    const directory = temporaryDirectory()
    const trace = join(directory, 'trace.safetensors')
    expect(
      (await isograd(['trace', fixture('tiny.json'), '--arm', 'relu', '--steps', '1', '--out', trace])).status,
    ).toBe(0)
    const { tensors, metadata } = decodeSafetensors(readFileSync(trace))
    writeFileSync(trace, encodeSafetensors(tensors, { ...metadata, arm: 'constructor' }))
    const outcome = await isograd(['check', fixture('tiny.json'), '--against', trace])
    expect(flaws(outcome, /unknown arm "constructor" of tiny\. It has: relu, sigmoid/)).toEqual([])
  })

  it('tells a missing file from a misspelt preset', async () => {
    expect(flaws(await isograd(['run', './torch-mlp5']), /\.\/torch-mlp5: there is no such file/)).toEqual([])
    expect(flaws(await isograd(['run', 'mine.yaml']), /mine\.yaml: there is no such file/)).toEqual([])
    expect(flaws(await isograd(['run', `${tiny}/x.json`]), /there is no such file/)).toEqual([])
  })

  it('refuses a directory', async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'dir.json'))
    const outcome = await isograd(['run', 'dir.json'], { cwd: directory })
    expect(flaws(outcome, /expected a file, got a directory/)).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('refuses a device', async () => {
    expect(flaws(await isograd(['run', '/dev/zero']), /expected a regular file/)).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('refuses a file it may not read', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'secret.json'), '{}')
    chmodSync(join(directory, 'secret.json'), 0)
    expect(flaws(await isograd(['run', 'secret.json'], { cwd: directory }), /cannot be read: EACCES/)).toEqual([])
  })

  it('refuses a model that does not fit the data', async () => {
    const directory = temporaryDirectory()
    const text =
      'name: x\ndata: {dataset: digits}\nmodel: {layers: [{type: dense, units: 3}]}\noptimizer: {type: sgd, learningRate: 1}\nbatchSize: 1\nepochs: 1\n'
    writeFileSync(join(directory, 'x.yaml'), text)
    const outcome = await isograd(['run', 'x.yaml', '--backend', 'reference', '--out', 'deep/er'], { cwd: directory })
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toMatch(/expected a flat input/)
    expect(readdirSync(directory)).toEqual(['x.yaml'])
  })

  it('names the arm that does not fit, before any other is trained', async () => {
    const directory = temporaryDirectory()
    const experiment = {
      name: 'x',
      data: { dataset: 'digits', limit: 20 },
      model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
      arms: { good: {}, bad: { model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 9 }] } } },
      optimizer: { type: 'sgd', learningRate: 1 },
      batchSize: 10,
      epochs: 1,
    }
    writeFileSync(join(directory, 'x.json'), JSON.stringify(experiment))
    const outcome = await isograd(['run', 'x.json', '--backend', 'reference', '--out', 'out'], { cwd: directory })
    expect(
      flaws(
        outcome,
        /arm "bad": model: expected \[10\] outputs, one for each category, for the task "classification", got \[9\]/,
      ),
    ).toEqual([])
    expect(outcome.stdout + outcome.stderr).not.toContain('good on reference')
    expect(readdirSync(directory)).toEqual(['x.json'])
  })
})
