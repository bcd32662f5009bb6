/** Prints the manual page of the command, in the language of `man`, from its own definitions: a part of the build. */
import { output } from './errors/output.js'
import { globalFlags } from './input/global-flags.js'
import { entryOf, type OptionEntry, type Verb } from './input/options.js'
import { closing, description as whatItIsFor } from './about.js'
import { type ListedVerb, verbs } from './verbs.js'
import { version } from './version.js'

/** Text as roff takes it: no character of its language, and hyphens that can be copied. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')

/** Text whose lines stay as they are. */
const asTyped = (text: string): string => `.nf\n${escaped(text.trim())}\n.fi`

const entryText = ({ flags, description }: Pick<OptionEntry<unknown>, 'flags' | 'description'>): string =>
  `.TP\n.B ${escaped(flags)}\n${escaped(description)}`

function section(name: string, { summary }: Pick<ListedVerb, 'summary'>, verb: Verb): string {
  const { arguments: taken = {}, nested = {}, options, help } = verb
  const entries = [
    ...Object.entries(taken).map(([flags, description]) => ({ flags, description })),
    ...options.map(entryOf),
  ]
  return [
    `.SS isograd ${name} ${escaped(Object.keys(taken).join(' '))}`.trimEnd(),
    `${escaped(summary[0]?.toUpperCase() + summary.slice(1))}.`,
    ...entries.map(entryText),
    ...(help.trim() === '' ? [] : ['.PP', asTyped(help)]),
    ...Object.entries(nested).map(([word, inner]) => section(`${name} ${word}`, inner, inner.verb)),
  ].join('\n')
}

/** The page. */
async function manPage(): Promise<string> {
  const sections = await Promise.all(
    Object.entries(verbs).map(async ([name, listed]) => section(name, listed, (await listed.load()).verb)),
  )
  return [
    `.TH ISOGRAD 1 "" "isograd ${version}" "User Commands"`,
    `.SH NAME\nisograd \\- ${escaped(whatItIsFor.replace(/\.$/, '').toLowerCase())}`,
    '.SH SYNOPSIS\n.B isograd\n.I command\n.RI [ options ]',
    '.SH COMMANDS',
    ...sections,
    '.SH OPTIONS OF ALL COMMANDS',
    ...Object.values(globalFlags).map(entryText),
    '.SH EXAMPLES AND EXIT STATUS',
    asTyped(closing),
    '',
  ].join('\n')
}

output.write(await manPage())
