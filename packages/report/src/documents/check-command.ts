/** The check of what a run has trained, as a command line that can be copied. */

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

/** `isograd check` with the words of an `isograd run`; undefined of other commands, and of an experiment from standard input. */
export function checkCommand([program, verb, ...words]: readonly string[]): string | undefined {
  if (program !== 'isograd' || verb !== 'run' || words.includes('-')) return undefined
  let isValueKept: boolean | undefined
  const kept = words.filter((word) => {
    const isKeptHere = isValueKept ?? isKept(word)
    isValueKept = isValueKept === undefined && takesValue(word) ? isKeptHere : undefined
    return isKeptHere
  })
  return [program, 'check', ...kept].map(shellWord).join(' ')
}
