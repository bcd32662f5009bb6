/** `isograd bench` as its users run it, on steps so few that the figures mean nothing: no test asserts a time. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BenchDocument } from '../src/bench/document.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'

const LONG = 300_000

/** No MNIST and no python3 are found; what is drawn lies below a directory of the test's own. */
function nowhere(): { readonly env: Readonly<Record<string, string>>; readonly temporary: string } {
  const temporary = temporaryDirectory()
  return { temporary, env: { PATH: temporary, TMPDIR: temporary, ISOGRAD_CACHE_DIR: join(temporary, 'cache') } }
}

/** What the bench has put into the directory for temporary files; runtimes write there too. */
function leftIn(temporary: string): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('isograd-'))
}

const TFJS_FORM = 'a layers model and fit on the wasm backend'

const short = ['--repetitions', '2', '--steps', '2']

describe.concurrent('isograd bench', () => {
  it(
    'measures backends, floors and peers, and says who is not there',
    async () => {
      const { env, temporary } = nowhere()
      const markdown = join(temporaryDirectory(), 'bench.md')
      writeFileSync(markdown, 'before\n<!-- isograd bench: table -->\n<!-- end of table -->\nafter\n')
      const args = ['bench', '--preset', 'softmax-linear', '--backend', 'onnx', ...short]
      const { status, stdout, stderr } = await isograd([...args, '--markdown', markdown, '--json'], { env })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      const document = JSON.parse(stdout) as BenchDocument
      expect(document).toMatchObject({
        schema: 'isograd.bench/2',
        effort: { repetitions: 2, steps: 2 },
        data: { name: 'digits', train: 12_000, test: 2_000 },
        backends: [{ name: 'onnx', info: { threads: 1 } }],
        failures: [],
      })
      expect(document.skipped).toEqual([
        { subject: 'PyTorch', reason: expect.stringMatching(/^there is no python3 on the search path/) as unknown },
        { subject: 'JAX', reason: expect.stringMatching(/^there is no python3 on the search path/) as unknown },
      ])
      const [preset] = document.presets
      expect(preset).toMatchObject({ network: '784-10', parameters: 7850, batch: 100, stepsPerEpoch: 120 })
      expect(preset?.subjects.map(({ name, kind }) => [name, kind])).toEqual([
        ['onnx', 'backend'],
        ['onnx floor', 'floor'],
        ['TensorFlow.js', 'tfjs'],
      ])
      for (const { stepSeconds, epochSeconds, samplesPerSecond } of preset?.subjects ?? []) {
        const [a = 0, b = 0] = stepSeconds.values
        expect(stepSeconds.values).toHaveLength(2)
        expect(stepSeconds.median).toBeCloseTo((a + b) / 2, 12)
        expect(stepSeconds.least).toBe(Math.min(a, b))
        expect(epochSeconds.median / (120 * stepSeconds.median)).toBeCloseTo(1, 9)
        expect(samplesPerSecond * stepSeconds.median).toBeCloseTo(100, 6)
      }
      const [onnx, floor, tfjs] = preset?.subjects ?? []
      const quotients = (other: typeof onnx): number[] =>
        (onnx?.stepSeconds.values ?? []).map((value, i) => value / (other?.stepSeconds.values[i] ?? Number.NaN))
      expect(preset?.ratios.map(({ to, ratio }) => [to, ratio.values])).toEqual([
        ['onnx floor', quotients(floor)],
        ['TensorFlow.js', quotients(tfjs)],
      ])
      // 784 x 10 weights and 10 biases, with two moments each.
      expect(floor?.floor?.stateBytes).toBe(3 * 4 * 7850)
      expect(floor?.peakBytes).toBeUndefined()
      expect([onnx, floor, tfjs].map((one) => one?.form)).toEqual([undefined, undefined, TFJS_FORM])
      expect(onnx?.peakBytes?.least).toBeGreaterThan(12_000 * 784)
      expect(preset?.around).toMatchObject([{ backend: 'onnx', stepsPerEpoch: 2, probeEvery: 100 }])
      expect(document.means.map(({ to, presets }) => [to, presets])).toEqual([
        ['onnx floor', 1],
        ['TensorFlow.js', 1],
      ])
      const { versionSeconds, nodeSeconds, ratio } = document.startUp
      expect(ratio.values).toEqual(
        versionSeconds.values.map((value, i) => value / (nodeSeconds.values[i] ?? Number.NaN)),
      )
      expect(ratio.values).toHaveLength(6)
      expect(document.together).toHaveLength(availableParallelism() > 1 ? 1 : 0)
      for (const { backends, seeds, steps, speedUp, oneByOneSeconds, togetherSeconds } of document.together) {
        expect([backends, seeds, steps]).toEqual([['onnx'], 2, 2])
        expect(speedUp.values).toEqual(
          oneByOneSeconds.values.map((value, i) => value / (togetherSeconds.values[i] ?? Number.NaN)),
        )
      }
      const written = readFileSync(markdown, 'utf8')
      expect(written).toMatch(/^before\n<!-- isograd bench: table -->\n\n- .*\n<!-- end of table -->\nafter\n$/s)
      expect(written).toContain('- skipped: PyTorch: there is no python3 on the search path')
      expect(written).toContain(`- TensorFlow.js: ${TFJS_FORM}\n`)
      expect(leftIn(temporary)).toEqual([])
    },
    LONG,
  )

  it(
    'goes on where a backend fails, and says so at the end',
    async () => {
      const { env } = nowhere()
      const backends = `${fixture('fake-adapter')}#broken-scan,reference`
      const args = ['bench', '--preset', 'softmax-linear', '--backend', backends, '--peer', 'none']
      const { status, stdout } = await isograd([...args, '--repetitions', '1', '--steps', '1'], { env })
      expect(status).toBe(3)
      expect(stdout.replace(/\s+/g, ' ')).toContain(
        'failed: fake-broken-scan on softmax-linear: [fake-broken-scan] scan failed: out of ink',
      )
      expect(stdout).toMatch(/^ {2}reference +[\d.,]+ /m)
    },
    LONG,
  )

  it.each([
    ['never', [], /\[fake-never\] scan of ".*" did not answer, and nothing is left that it could wait for/],
    ['endless', ['--timeout', '2'], /\[fake-endless\] scan of ".*" did not answer within 2 s/],
  ])('tells of a backend whose scans end %s', { timeout: LONG }, async (variant, options, message) => {
    const { env, temporary } = nowhere()
    const backend = ['--backend', `${fixture('fake-adapter')}#${variant}`, '--peer', 'none']
    const args = ['bench', '--preset', 'softmax-linear', ...backend, '--repetitions', '1', '--steps', '1', ...options]
    const { status, stdout } = await isograd(args, { env })
    expect([status, stdout.replace(/\s+/g, ' ')]).toEqual([3, expect.stringMatching(message)])
    expect(leftIn(temporary)).toEqual([])
  })

  it('stops at once, and leaves nothing', async () => {
    const { env, temporary } = nowhere()
    const child = start(['bench', '--preset', 'torch-mlp5', '--backend', 'reference'], { env })
    const outcome = outcomeOf(child)
    while (leftIn(temporary).length === 0) {
      // oxlint-disable-next-line no-await-in-loop -- until the bench has begun
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    child.kill('SIGINT')
    expect(await outcome).toMatchObject({ status: 130, stdout: '' })
    expect(leftIn(temporary)).toEqual([])
  })

  it.each<[string[], number, RegExp]>([
    [['--preset', 'torch-mlp6'], 2, /unknown preset "torch-mlp6"; did you mean "torch-mlp5"/],
    [['--preset', 'scalar-chain'], 2, /--preset: "scalar-chain" is computed once and not trained/],
    [['--preset', ''], 2, /--preset: expected names separated by commas, got ""/],
    [['--backend', 'onxx'], 2, /unknown backend "onxx"; did you mean "onnx"/],
    [['--backend', `${fixture('fake-adapter')}#absent`], 3, /cannot be used: the moon is not full/],
    [
      ['--peer', 'pytorch'],
      2,
      /--peer: expected torch or jax or tfjs or tfjs-node or floor, got "pytorch"; did you mean "torch"/,
    ],
    [['--repetitions', '0'], 2, /--repetitions: expected a whole number from 1 to 1000, got "0"/],
    [['--steps', '1e3'], 2, /--steps: expected a whole number from 1 to 1000000, got "1e3"/],
    [['--threads', '-1'], 2, /--threads: expected a whole number from 1 to 256, got "-1"/],
    [
      ['--growth', '--preset', 'torch-mlp5'],
      2,
      /--growth measures networks of its own and no peers; leave out --preset/,
    ],
    [['--data-dir', join('no', 'such')], 2, /data directory .*no.such: does not exist/],
    [['--markdown', join('no', 'such', 'file.md')], 2, /--markdown: .*such does not exist; name a file/],
    [['--growth', 'now'], 2, /too many arguments/],
  ])(
    'refuses %j',
    async (args, expected, message) => {
      const { status, stdout, stderr } = await isograd(['bench', ...args], { env: nowhere().env })
      expect(stderr).toMatch(message)
      expect(stderr).not.toMatch(/ {4}at |bug in isograd/)
      expect([status, stdout]).toEqual([expected, ''])
    },
    LONG,
  )
})
