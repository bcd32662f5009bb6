/** The command line of a command that is gone on with, made anew of its plan: what comes next is told as of one that was typed. */
import { formatPath } from '@isograd/core/compare'
import { isFields } from '../disk/read-json.js'
import type { TrainingCommand } from './training-command.js'

type Leaf = readonly [path: readonly string[], value: unknown]

function leavesOf(fields: Readonly<Record<string, unknown>>, path: readonly string[] = []): Leaf[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    isFields(value) ? leavesOf(value, [...path, name]) : [[[...path, name], value] as const],
  )
}

function settingWords([path, value]: Leaf): string[] {
  return ['--set', `${formatPath(path)}=${typeof value === 'string' ? value : JSON.stringify(value)}`]
}

/** The words of `isograd run` that train what a command trains. */
export function begunWords({ parts: [part], settings, seeds = [] }: TrainingCommand): string[] {
  if (part === undefined) return []
  const { word, overrides } = part.source
  const { backends = [], dataDir, use } = settings
  return [
    'isograd',
    'run',
    word,
    ...leavesOf(overrides).flatMap(settingWords),
    '--arm',
    Object.keys(part.experiment.arms).join(),
    ...(backends.length === 0 ? [] : ['--backend', backends.join()]),
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...use.flatMap((module) => ['--use', module]),
    ...(seeds.length === 0 ? [] : ['--seeds', seeds.join()]),
  ]
}
