/**
 * `isograd completion`: prints what completes its words in a shell, and for that script the words that may stand next on a
 * line, from the definitions of the verbs. It needs the list of all of them, so it stands beside it.
 */
import { builtins, InputError, presets } from '@isograd/core'
import { nearest } from '@isograd/core/node'
import { registry as backends } from './backends/registry.js'
import { output } from './errors/output.js'
import { globalFlags } from './input/global-flags.js'
import { entryOf, type OptionEntry, type Verb } from './input/options.js'
import { completionScripts, shells } from './text/completion-scripts.js'
import { verbs } from './verbs.js'
import { runtimePackages } from './versions/runtime-packages.js'

/** A word, and a few words about it. */
type Candidate = readonly [word: string, about: string]

type Table = Readonly<Record<string, string>>

const about = <R>(table: Readonly<Record<string, R>>, describe: (record: R) => string): Table =>
  Object.fromEntries(Object.entries(table).map(([name, record]) => [name, describe(record)]))

/** Options of names that are known here, by what they are called. */
const named: Readonly<Record<string, () => Table>> = {
  backend: () => about(backends, ({ description }) => description),
  dataset: () => about(builtins.data, (record) => record.about),
  package: () => Object.fromEntries(runtimePackages.map(({ name, backend }) => [name, `computed with by ${backend}`])),
  check: () => ({ ops: 'each operation by itself', ...experiments() }),
  experiment: () => experiments(),
}

const experiments = (): Table => Object.fromEntries(presets.map(({ name, description }) => [name, description]))

/** Words that may stand as the first argument of a verb, by what that is called. */
const first: Readonly<Record<string, () => Table>> = {
  '<experiment>': experiments,
  '<backend>': () => named['backend']?.() ?? {},
  '<shell>': () => Object.fromEntries(shells.map((shell) => [shell, ''])),
  '<action>': () => ({ inspect: 'shows what a reader makes of a file' }),
}

/** The long name in the flags of an option, `--backend` of `-b, --backend <names>`. */
const longName = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags

const takesValue = ({ flags }: OptionEntry<unknown>): boolean => /[<[]/.test(flags)

const isOf = ({ flags }: OptionEntry<unknown>, word: string): boolean =>
  flags.split(/[\s,]+/).includes(word.split('=')[0] ?? word)

function valuesOf(entry: OptionEntry<unknown>): Table {
  if (entry.words !== undefined) return Object.fromEntries(entry.words.map((word) => [word, '']))
  return named[longName(entry.flags).slice(2)]?.() ?? {}
}

/** Words for the value of an option; of a list the part behind the last comma is completed. */
function valueCandidates(entry: OptionEntry<unknown>, before: string, text: string): Candidate[] {
  const head = text.slice(0, text.lastIndexOf(',') + 1)
  const taken = new Set(head.split(','))
  return Object.entries(valuesOf(entry)).flatMap(([word, what]): Candidate[] =>
    taken.has(word) ? [] : [[`${before}${head}${word}`, what]],
  )
}

function optionCandidates(options: readonly OptionEntry<unknown>[]): Candidate[] {
  return [
    ...options.map(({ flags, description }): Candidate => [longName(flags), description]),
    ['--help', 'print this help'],
    ...Object.values(globalFlags).map(({ flags, description }): Candidate => [flags, description]),
  ]
}

/** True for a word that is neither an option nor the value of the one before it. */
function isArgument(word: string, before: OptionEntry<unknown> | undefined): boolean {
  return !word.startsWith('-') && (before === undefined || !takesValue(before))
}

function within(
  { options, arguments: taken = {}, nested = {} }: Verb,
  words: readonly string[],
  current: string,
): Candidate[] {
  const [called = ''] = words
  const inner = Object.hasOwn(nested, called) ? nested[called] : undefined
  if (inner !== undefined) return within(inner.verb, words.slice(1), current)
  const entries = options.map(entryOf)
  const ofWord = (word = ''): OptionEntry<unknown> | undefined => entries.find((entry) => isOf(entry, word))
  const [, assigned, text] = /^(--[\w-]+=)(.*)$/.exec(current) ?? []
  const own = assigned === undefined ? ofWord(words.at(-1)) : ofWord(assigned.slice(0, -1))
  if (own !== undefined && takesValue(own)) return valueCandidates(own, assigned ?? '', text ?? current)
  if (current.startsWith('-')) return optionCandidates(entries)
  if (words.some((word, at) => isArgument(word, ofWord(words[at - 1])))) return []
  const inside = about(nested, ({ summary }) => summary)
  return Object.entries({ ...inside, ...first[Object.keys(taken)[0] ?? '']?.() })
}

async function all(words: readonly string[], current: string): Promise<Candidate[]> {
  const [name] = words
  if (name === undefined || (name === 'help' && words.length === 1)) {
    return Object.entries(verbs).map(([verb, { summary }]) => [verb, summary])
  }
  const listed = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  return listed === undefined ? [] : within((await listed.load()).verb, words.slice(1), current)
}

/** Lines of candidates that begin as the last word does: the word, a tab, and what it is. */
async function candidates(line: readonly string[]): Promise<string[]> {
  const current = line.at(-1) ?? ''
  const found = await all(line.slice(0, -1), current)
  return found.filter(([word]) => word.startsWith(current)).map(([word, what]) => `${word}\t${what}`)
}

const help = `
Put the line for your shell into its start-up file:
  bash         eval "$(isograd completion bash)"
  zsh          eval "$(isograd completion zsh)"           after compinit
  fish         isograd completion fish | source
  PowerShell   isograd completion powershell | Out-String | Invoke-Expression

It completes commands, options, presets, backends, data sets and the words of an option; files
elsewhere.`

function scriptOf(name: string): string {
  const shell = shells.find((each) => each === name)
  if (shell === undefined) {
    const near = nearest(name, shells)
    const guess = near === undefined ? '' : `; did you mean "${near}"?`
    throw new InputError('isograd', `completion: expected a shell (${shells.join(', ')}), got "${name}"${guess}`)
  }
  return completionScripts[shell]
}

/** The verb. `words` in place of a shell is what the scripts call. */
export const verb: Verb = {
  arguments: { '<shell>': shells.join(', '), '[words...]': 'of a line to complete, the last one last' },
  takesEmpty: true,
  options: [],
  help,
  run: async (shell: string, words: readonly string[]) => {
    const lines = shell === 'words' ? await candidates(words) : [scriptOf(shell)]
    output.write(lines.map((line) => `${line}\n`).join(''))
  },
}
