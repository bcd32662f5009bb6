/** Every verb of the command. Adding one adds its file to `commands/` and its line here. */
import type { Command } from 'commander'
import type { ExitStatus } from './errors/exit-status.js'

/** The exports of a module of `commands/`. */
export interface VerbModule {
  /** Declares arguments, options, examples and the action, which hands its exit status to `finish`. */
  readonly declare: (command: Command, finish: (status: ExitStatus) => void) => void
}

/** A verb. Its module is loaded only when it is the one called: the others cost nothing. */
export interface Verb {
  readonly summary: string
  readonly load: () => Promise<VerbModule>
}

/** The verbs in the order of the help. */
export const verbs: Readonly<Record<string, Verb>> = {
  run: {
    summary: 'train an experiment on one or more backends and compare them',
    load: () => import('./commands/run.js'),
  },
  suite: {
    summary: 'train all presets and hold them against what is published',
    load: () => import('./commands/suite.js'),
  },
  resume: {
    summary: 'go on with a run that was stopped or killed, from its last checkpoint',
    load: () => import('./commands/resume.js'),
  },
  check: {
    summary: 'tell whether backends agree, and if not, at which operation, layer, stage and step',
    load: () => import('./commands/check.js'),
  },
  compare: {
    summary: 'compare the records of two runs',
    load: () => import('./commands/compare.js'),
  },
  trace: {
    summary: 'write training steps for another framework to repeat',
    load: () => import('./commands/trace.js'),
  },
  conformance: {
    summary: 'hold a backend to what every backend must do',
    load: () => import('./commands/conformance.js'),
  },
  faults: {
    summary: 'seed faults into a backend and see that a check names them',
    load: () => import('./commands/faults.js'),
  },
  bench: {
    summary: 'measure how fast backends train, beside other frameworks',
    load: () => import('./commands/bench.js'),
  },
  report: {
    summary: 'make a page of charts from records of runs',
    load: () => import('./commands/report.js'),
  },
  predict: {
    summary: 'show what a trained model makes of a sample or a picture',
    load: () => import('./commands/predict.js'),
  },
  export: {
    summary: 'write a trained model in the format of another tool',
    load: () => import('./commands/export.js'),
  },
  list: {
    summary: 'list presets, data sets and backends',
    load: () => import('./commands/list.js'),
  },
  doctor: {
    summary: 'tell which backends can be used here, and what to do about the others',
    load: () => import('./commands/doctor.js'),
  },
}
