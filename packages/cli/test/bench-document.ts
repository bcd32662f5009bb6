/** A document of the bench as measurements could have left it, for tests of what is made of it. */
import { BENCH_SCHEMA, type BenchDocument, meanRatios, ratiosOf, type SubjectBench } from '../src/bench/document.js'
import { ratios, scaled, summarise } from '../src/bench/statistics.js'

/** A subject whose steps took so many seconds, round by round. */
export function subject(kind: SubjectBench['kind'], name: string, seconds: readonly number[]): SubjectBench {
  const stepSeconds = summarise(seconds)
  const common = { name, kind, threads: 1, stepSeconds, epochSeconds: scaled(stepSeconds, 938) }
  if (kind === 'floor') {
    const floor = { productSeconds: 0.002, copySeconds: 0.0004, stateBytes: 8_182_680, operationsPerSecond: 1.03e11 }
    return { ...common, samplesPerSecond: 64 / stepSeconds.median, floor }
  }
  return {
    ...common,
    samplesPerSecond: 64 / stepSeconds.median,
    firstStepSeconds: summarise([1.25]),
    peakBytes: summarise([251e6]),
  }
}

/** Two backends with their floors and both peers on one preset. */
export function exampleDocument(): BenchDocument {
  const subjects = [
    subject('backend', 'onnx', [0.0033, 0.0031, 0.0032]),
    subject('floor', 'onnx floor', [0.0024, 0.0024, 0.0025]),
    subject('backend', 'tfjs-wasm', [0.0121, 0.0133, 0.0119]),
    subject('floor', 'tfjs-wasm floor', [0.0098, 0.0099, 0.0101]),
    subject('tfjs', 'TensorFlow.js', [0.0672, 0.0681, 0.0669]),
    subject('torch', 'PyTorch', [0.0035, 0.0036, 0.0034]),
  ]
  const preset = {
    preset: 'torch-mlp5',
    arm: 'relu',
    network: '784-520-320-240-120-10',
    parameters: 681_890,
    batch: 64,
    stepsPerEpoch: 938,
    subjects,
    ratios: ratiosOf(subjects),
    around: [
      {
        backend: 'onnx',
        stepsPerEpoch: 667,
        epochSeconds: summarise([2.5]),
        around: summarise([0.017]),
        probeEvery: 100,
        probing: summarise([0.025]),
      },
    ],
  }
  const presets = [preset, { ...preset, preset: 'another' }]
  const info = { versions: { runtime: '1.2.3' }, device: 'cpu', threads: 1, dtypes: ['float32' as const], options: {} }
  return {
    schema: BENCH_SCHEMA,
    machine: {
      node: '20.20.2',
      v8: '11.3',
      platform: 'linux',
      arch: 'x64',
      cpu: 'Some Processor | of 2020',
      cores: 2,
      versions: { isograd: '0.1.0' },
      commandLine: ['isograd', 'bench', '--data-dir', '/home/somebody/mnist'],
      memoryBytes: 24 * 2 ** 30,
      system: 'Linux 6.1',
      loadAverage: 0.2,
    },
    effort: { threads: undefined, repetitions: 3, warmSeconds: 0.3, steps: undefined, seconds: 1 },
    data: { name: 'mnist', origin: 'published', fields: {}, train: 60_000, test: 10_000 },
    backends: ['onnx', 'tfjs-wasm'].map((name) => ({ name, info })),
    skipped: [{ subject: 'PyTorch', reason: 'there is no python3 on the search path' }],
    failures: [{ preset: 'another', subject: 'tfjs-wasm', message: '[tfjs-wasm] scan: out of ink' }],
    presets,
    means: meanRatios(presets),
    together: [
      {
        preset: 'torch-mlp5',
        arm: 'relu',
        backends: ['onnx', 'tfjs-wasm'],
        seeds: 2,
        steps: 250,
        jobs: 2,
        oneByOneSeconds: summarise([8, 8.5, 9]),
        togetherSeconds: summarise([5, 4.25, 5]),
        apartSeconds: summarise([4, 5, 4.5]),
        speedUp: ratios([8, 8.5, 9], [5, 4.25, 5]),
        apartSpeedUp: ratios([8, 8.5, 9], [4, 5, 4.5]),
      },
    ],
    startUp: {
      versionSeconds: summarise([0.125, 0.129, 0.131]),
      nodeSeconds: summarise([0.08, 0.085, 0.088]),
      ratio: ratios([0.125, 0.129, 0.131], [0.08, 0.085, 0.088]),
    },
  }
}
