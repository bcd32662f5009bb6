/** Command lines that go on from what a run has trained, made of its own so that they can be copied. */
import { type Agreement, defaultSteps } from '@isograd/core/compare'

/** Options of `isograd run` that `isograd check` takes as well, each with a value: what is trained, from where, and on what. */
const shared = new Set([
  '-b',
  '--backend',
  '-a',
  '--arm',
  '--limit',
  '--batch-size',
  '--seed',
  '--set',
  '--precision',
  '--dataset',
  '--data',
  '--data-dir',
  '--use',
  '--threads',
])

/** Options of `isograd run` without a value. */
const flags = new Set(['--plain', '--quiet', '--json', '--ascii', '--verbose', '--no-color'])

/** A word for a POSIX shell: as it is, or quoted. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function isKept(word: string): boolean {
  return !/^-./.test(word) || shared.has(word.replace(/=.*$/s, '')) || /^-[ab]/.test(word)
}

function takesValue(word: string): boolean {
  return /^(?:--[^=]+|-[ab])$/.test(word) && !flags.has(word)
}

/** The words of an `isograd run` that are kept, each option with its value; undefined of other commands, and of an experiment from standard input. */
function wordsOf(
  [program, verb, ...words]: readonly string[],
  isOptionKept: (word: string) => boolean,
): string[] | undefined {
  if (program !== 'isograd' || verb !== 'run' || words.includes('-')) return undefined
  let isValueKept: boolean | undefined
  return words.filter((word) => {
    const isKeptHere = isValueKept ?? isOptionKept(word)
    isValueKept = isValueKept === undefined && takesValue(word) ? isKeptHere : undefined
    return isKeptHere
  })
}

/** `isograd check` with the words of an `isograd run`; undefined of other commands, and of an experiment from standard input. */
export function checkCommand(commandLine: readonly string[]): string | undefined {
  const kept = wordsOf(commandLine, isKept)
  return kept && ['isograd', 'check', ...kept].map(shellWord).join(' ')
}

/** The backends of a command as they were typed, the last time. */
function backendsTyped(commandLine: readonly string[]): string | undefined {
  const typed = commandLine.flatMap((word, i) => {
    const [, assigned] = /^(?:--backend=|-b)(.+)$/.exec(word) ?? []
    return assigned ?? (word === '-b' || word === '--backend' ? (commandLine[i + 1] ?? []) : [])
  })
  return typed.at(-1)
}

/** An `isograd run` once more, with another backend beside its own; undefined of what `checkCommand` is. @param backend its own, where none was typed. */
export function runBesideAnother(commandLine: readonly string[], backend: string): string | undefined {
  const kept = wordsOf(commandLine, (word) => !/^(?:-b|--backend(?:=|$))/.test(word))
  const own = backendsTyped(commandLine) ?? backend
  const other = own.startsWith('onnx') ? 'wasm' : 'onnx'
  return kept && ['isograd', 'run', ...kept, '--backend', `${own},${other}`].map(shellWord).join(' ')
}

/** The option of a check that must train further than by itself to come to where losses part at once; empty where it need not. */
export function stepsOption(agreement: readonly Pick<Agreement, 'ok' | 'partsAfter'>[]): string {
  const steps = Math.max(0, ...agreement.flatMap(({ ok, partsAfter = 0 }) => (ok ? [] : [partsAfter + 1])))
  return steps > defaultSteps.trained ? ` --steps ${steps}` : ''
}
