/** A page for each command, from the definition that the command itself and its manual page are made of. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { documents, pageOf } from './documents.mjs'
import { block, code, plain, ROOT, table } from './places.mjs'

/** The modules of the definitions: the command's sources, its packages left where they are. */
async function definitions() {
  const outdir = join(ROOT, 'site/pages/.definitions')
  const contents = `
    export { verbs } from './verbs.js'
    export { entryOf } from './input/options.js'
    export { globalFlags } from './input/global-flags.js'
    export { closing, description, firstSteps } from './about.js'`
  await build({
    stdin: { contents, resolveDir: join(ROOT, 'packages/cli/src') },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  })
  const made = await import(pathToFileURL(join(outdir, 'stdin.mjs')).href)
  return { ...made, end: () => rmSync(outdir, { recursive: true }) }
}

/** Sentence case. @param {string} text */
const sentence = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`

/** Parts of a help text by their heads; what stands before the first head is `''`. @param {string} help */
function partsOf(help) {
  const [before = '', ...rest] = help.trim().split(/^(Examples|Exit status):\n/m)
  const parts = new Map([['', before.trim()]])
  for (let i = 0; i < rest.length; i += 2) parts.set(rest[i], (rest[i + 1] ?? '').replaceAll(/^ {2}/gm, '').trimEnd())
  return parts
}

/** Paragraphs of a text of the terminal; those with indented lines, such as lists, stay as they are. @param {string} text */
const aboutParts = (text) =>
  text.split('\n\n').map((part) => (/^ /m.test(part) ? block('text', part) : plain(part.replaceAll('\n', ' '))))

/** `0 fine, 1 a check failed` as rows; a status is a number after a comma or a semicolon, or at the beginning. @param {string} text */
function statusRows(text) {
  const words = text.replaceAll(/\s+/g, ' ').trim()
  return [...words.matchAll(/(\d+) (.*?)(?=[,;] \d+ |$)/g)].map(([, status, meaning]) => [status, plain(meaning)])
}

/** Documents whose commands call a verb. @param {string} name */
function documentsWith(name) {
  const call = new RegExp(`^(?:npx )?isograd ${name}(?![\\w-])`, 'm')
  return documents
    .filter((path) => path.startsWith('docs/'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
    .filter(({ text }) => [...text.matchAll(/^```sh\n(.*?)^```/gms)].some(([, commands]) => call.test(commands)))
    .map(({ path, text }) => `- [${/^# (.*)$/m.exec(text)?.[1] ?? path}](../${pageOf(path)})`)
}

function pageOfVerb(name, summary, { arguments: taken = {}, nested = {}, options, help }, entryOf) {
  const parts = partsOf(help)
  const entries = options.map(entryOf)
  const usageOf = (words, own) => [
    'isograd',
    ...words,
    ...Object.keys(own),
    ...(entries.length > 0 ? ['[options]'] : []),
  ]
  const inner = Object.entries(nested).map(([word, { verb }]) => usageOf([name, word], verb.arguments ?? {}))
  const usage = [usageOf([name], taken), ...inner].map((words) => words.join(' ')).join('\n')
  const optionRows = entries.map(({ flags, description, required, words }) => [
    code(flags),
    `${plain(description)}${words === undefined ? '' : `: ${words.map(code).join(', ')}`}${required ? ' (needed)' : ''}`,
  ])
  const seen = documentsWith(name)
  return [
    `# isograd ${name}`,
    plain(sentence(summary)),
    ...(parts.has('Examples') ? [block('sh', parts.get('Examples'))] : []),
    '## Usage',
    block('text', usage),
    ...(Object.keys(taken).length > 0
      ? [
          '## Arguments',
          table(
            ['argument', 'meaning'],
            Object.entries(taken).map(([word, about]) => [code(word), plain(about)]),
          ),
        ]
      : []),
    ...(parts.get('') === '' ? [] : ['## About', ...aboutParts(parts.get(''))]),
    ...(optionRows.length > 0 ? ['## Options', table(['option', 'meaning'], optionRows)] : []),
    ...(parts.has('Exit status')
      ? ['## Exit status', table(['status', 'meaning'], statusRows(parts.get('Exit status')))]
      : []),
    ...(seen.length > 0 ? ['## Pages that use it', seen.join('\n')] : []),
    '',
  ].join('\n\n')
}

/** The pages by path, with that of all commands. */
export async function commandPages() {
  const { verbs, entryOf, globalFlags, closing, description, end } = await definitions()
  const pages = {}
  for (const [name, { summary, load }] of Object.entries(verbs)) {
    // oxlint-disable-next-line no-await-in-loop -- modules of a few lines
    pages[`commands/${name}.md`] = pageOfVerb(name, summary, (await load()).verb, entryOf)
  }
  end()
  const parts = partsOf(closing)
  const rows = Object.entries(verbs).map(([name, { summary }]) => [
    `[\`${name}\`](./${name}.md)`,
    plain(sentence(summary)),
  ])
  pages['commands/index.md'] = [
    '# Commands',
    plain(description),
    table(['command', 'purpose'], rows),
    '## Examples',
    block('sh', parts.get('Examples')),
    '## Options of all commands',
    table(
      ['option', 'meaning'],
      Object.values(globalFlags).map(({ flags, description: about }) => [code(flags), plain(about)]),
    ),
    '## Exit status',
    table(['status', 'meaning'], statusRows(parts.get('Exit status'))),
    '',
  ].join('\n\n')
  return pages
}
