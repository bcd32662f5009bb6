/** Every verb of the command. Adding one adds its file to `commands/` and its line here. */
import type { Verb } from './input/options.js'

/** A verb in the list. Its module is loaded only when it is the one called: the others cost nothing. */
export interface ListedVerb {
  readonly summary: string
  readonly load: () => Promise<{ readonly verb: Verb }>
  /** True where it computes for long stretches, and has nothing that could be gone on with. */
  readonly computes?: boolean
}

function listed(summary: string, load: ListedVerb['load']): ListedVerb {
  return { summary, load }
}

function computing(summary: string, load: ListedVerb['load']): ListedVerb {
  return { summary, load, computes: true }
}

/** Verbs of other tools, for what verbs here do. */
export const verbsElsewhere: Readonly<Record<string, string>> = {
  train: 'run',
  fit: 'run',
  start: 'run',
  continue: 'resume',
  evaluate: 'predict',
  eval: 'predict',
  tune: 'sweep',
  search: 'sweep',
  summary: 'describe',
  info: 'describe',
  inspect: 'data inspect',
  serve: 'playground',
  test: 'run or predict',
  infer: 'predict',
  diff: 'compare',
  convert: 'export',
  save: 'export',
  verify: 'check',
  validate: 'check',
  benchmark: 'bench',
  plot: 'report',
  install: 'add',
}

/** The verbs in the order of the help. */
export const verbs: Readonly<Record<string, ListedVerb>> = {
  run: listed('train an experiment on one or more backends and compare them', () => import('./commands/run.js')),
  init: listed('write a first experiment on data of your own', () => import('./commands/init.js')),
  describe: listed(
    'say of an experiment what it will be: layers, memory, time',
    () => import('./commands/describe.js'),
  ),
  suite: listed('train all presets and hold them against what is published', () => import('./commands/suite.js')),
  sweep: listed('train an experiment with many settings and seeds, on workers', () => import('./commands/sweep.js')),
  worker: listed('train trials of sweeps that other machines have planned', () => import('./commands/worker.js')),
  merge: listed('join the directories of a sweep that was trained in parts', () => import('./commands/merge.js')),
  resume: listed('go on with a command or a run that was stopped or killed', () => import('./commands/resume.js')),
  check: computing(
    'tell whether backends agree, and if not, at which operation, layer, stage and step',
    () => import('./commands/check.js'),
  ),
  matrix: computing('check presets on many backends, in one table', () => import('./commands/matrix.js')),
  compare: listed('compare the records of two runs', () => import('./commands/compare.js')),
  trace: computing('write training steps for another framework to repeat', () => import('./commands/trace.js')),
  conformance: listed('hold a backend to what every backend must do', () => import('./commands/conformance.js')),
  versions: listed('check versions of a runtime one after the other', () => import('./commands/versions.js')),
  bisect: listed('find the version of a runtime that computes otherwise', () => import('./commands/bisect.js')),
  atlas: computing(
    'measure operations over the whole range of float32, in units in the last place',
    () => import('./commands/atlas.js'),
  ),
  reduce: listed(
    'make the least program of a runtime that shows what a check found',
    () => import('./commands/reduce.js'),
  ),
  faults: computing('seed faults into a backend and see that a check names them', () => import('./commands/faults.js')),
  selftest: computing(
    'try the checks on healthy experiments and on faults, all generated',
    () => import('./commands/selftest.js'),
  ),
  compile: listed('show what the built-in backends make of an experiment', () => import('./commands/compile.js')),
  bench: listed('measure how fast backends train, beside other frameworks', () => import('./commands/bench.js')),
  report: listed('make a page of charts from records of runs', () => import('./commands/report.js')),
  playground: listed('train on two backends in a page of your browser', () => import('./commands/playground.js')),
  predict: listed('predict samples, rows or a picture with a trained model', () => import('./commands/predict.js')),
  data: listed(
    'tell what is in a file of data, and what to write in an experiment',
    () => import('./commands/data.js'),
  ),
  export: listed('write a trained model in the format of another tool', () => import('./commands/export.js')),
  files: listed('tell of each file of a run whether it is as it was written', () => import('./commands/files.js')),
  list: listed('list presets, data sets and backends', () => import('./commands/list.js')),
  add: listed('bring a backend here, by npm and what else it takes', () => import('./commands/add.js')),
  completion: listed('print what completes the words of a command line in your shell', () => import('./completion.js')),
  doctor: listed(
    'tell which backends can be used here, and what to do about the others',
    () => import('./commands/doctor.js'),
  ),
}
