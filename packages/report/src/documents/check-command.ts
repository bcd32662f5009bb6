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

/** The value of an option of a command as it was typed, the last time. */
function typed(commandLine: readonly string[], option: string, short = option): string | undefined {
  const values = commandLine.flatMap((word, i) => {
    if (word === option || word === short) return commandLine[i + 1] ?? []
    const glued = [`${option}=`, short].find((begin) => word.startsWith(begin) && begin !== option)
    return glued === undefined ? [] : word.slice(glued.length)
  })
  return values.at(-1)
}

/** The first of seeds that were listed; of a number of them it is that of the experiment. */
function seedWords(commandLine: readonly string[]): string[] {
  const [, first] = /^(\d+),/.exec(typed(commandLine, '--seeds') ?? '') ?? []
  return first === undefined ? [] : ['--seed', first]
}

/** `isograd check` with the words of an `isograd run`; undefined of other commands, and of an experiment from standard input. */
export function checkCommand(commandLine: readonly string[]): string | undefined {
  const kept = wordsOf(commandLine, isKept)
  return kept && ['isograd', 'check', ...kept, ...seedWords(commandLine)].map(shellWord).join(' ')
}

/** An `isograd run` once more, with another backend beside its own; undefined of what `checkCommand` is. @param backend its own, where none was typed. */
export function runBesideAnother(commandLine: readonly string[], backend: string): string | undefined {
  const kept = wordsOf(commandLine, (word) => !/^(?:-b|--backend(?:=|$))/.test(word))
  const own = typed(commandLine, '--backend', '-b') ?? backend
  const other = own.startsWith('onnx') ? 'wasm' : 'onnx'
  return kept && ['isograd', 'run', ...kept, '--backend', `${own},${other}`].map(shellWord).join(' ')
}

/** The option of a check that must train further than by itself to come to where losses part at once; empty where it need not. */
export function stepsOption(agreement: readonly Pick<Agreement, 'ok' | 'partsAfter'>[]): string {
  const steps = Math.max(0, ...agreement.flatMap(({ ok, partsAfter = 0 }) => (ok ? [] : [partsAfter + 1])))
  return steps > defaultSteps.trained ? ` --steps ${steps}` : ''
}
