/**
 * The guides hold: their files are written and their commands run as a reader would, page by page, and what a page shows of the
 * output is what was printed. A line of three dots stands for any lines, three dots in a line for any characters.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const guides = join(root, 'docs/guides')
const pages = (await readdir(guides)).filter((name) => name.endsWith('.md'))

/** A block of code with the text between it and the one before. */
interface Block {
  readonly before: string
  readonly language: string
  readonly code: string
}

function blocksOf(markdown: string): Block[] {
  const found = markdown.matchAll(/(.*?)^```(\w*)\n(.*?)^```$/gms)
  return [...found].map(([, before = '', language = '', code = '']) => ({ before, language, code }))
}

/** Writes what a text tells to save: the first program of another page, or the block that follows. */
async function save({ before, language, code }: Block, directory: string): Promise<void> {
  for (const [, page = '', name = ''] of before.matchAll(/\]\(([^)#]+\.md)\) as `([\w.]+)`/g)) {
    // oxlint-disable-next-line no-await-in-loop -- one or two small files
    const programs = blocksOf(await readFile(join(guides, page), 'utf8')).filter((block) => block.language === 'js')
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(join(directory, name), programs[0]?.code ?? '')
  }
  const [, name] = /as `([\w.]+)`:\s*$/.exec(before) ?? []
  if (name !== undefined && language !== 'sh') await writeFile(join(directory, name), code)
}

/** Runs a block of commands; each must end with status 0. Packages are there already. */
async function run(commands: string, cwd: string): Promise<string> {
  if (/^npm /m.test(commands)) return ''
  const path = [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
  const { stdout } = await promisify(execFile)('sh', ['-ec', commands], {
    cwd,
    env: { ...process.env, PATH: path, NO_COLOR: '1' },
  })
  return stdout
}

/** The pattern that an output must match to be what is shown. */
function patternOf(shown: string): RegExp {
  const escaped = shown.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
  const open = escaped.replaceAll(/^(?:\\\.){3}\n/gm, '(?:.*\n)*?').replaceAll(/(?:\\\.){3}/g, '.*')
  return new RegExp(`^${open}$`)
}

/** Saves and runs what a page says, and gives each output that it shows beside the one that was printed. */
async function follow(page: string, directory: string): Promise<{ readonly shown: string; readonly output: string }[]> {
  const told = []
  let output = ''
  for (const block of blocksOf(await readFile(join(guides, page), 'utf8'))) {
    // oxlint-disable-next-line no-await-in-loop -- each command goes on from the one before
    await save(block, directory)
    // oxlint-disable-next-line no-await-in-loop
    if (block.language === 'sh') output = await run(block.code, directory)
    if (block.language === 'text') told.push({ shown: block.code, output })
  }
  return told
}

test.each(pages)('docs/guides/%s: its commands print what it shows', { timeout: 120_000 }, async (page) => {
  // Inside the workspace, so that packages are found the way a user's project finds them.
  const directory = await mkdtemp(join(root, 'test/docs-'))
  try {
    for (const { shown, output } of await follow(page, directory)) expect(output).toMatch(patternOf(shown))
  } finally {
    await rm(directory, { recursive: true })
  }
})
