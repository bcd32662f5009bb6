/** Where things are, and the small pieces of Markdown that several pages are made of. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The made pages. */
export const PAGES = fileURLToPath(new URL('../pages', import.meta.url))
const REPOSITORY = 'https://github.com/isograd/isograd'

/** The public address of a file or folder that the site does not have. @param {string} path */
export function publicAddress(path) {
  const isFolder = statSync(join(ROOT, path), { throwIfNoEntry: false })?.isDirectory() === true
  return `${REPOSITORY}/${isFolder ? 'tree' : 'blob'}/main/${path}`
}

/** Text in running Markdown as it stands: what would be a tag, a template or emphasis is none. @param {string} text */
export function plain(text) {
  return text
    .replaceAll(/[&<>{}*_[\]|]/g, (character) => `&#${character.codePointAt(0)};`)
    .replaceAll(/`([^`]*)`/g, (_, inner) => `<code v-pre>${inner}</code>`)
}

/** Text as code, in a table too. @param {string} text */
export function code(text) {
  return `<code v-pre>${text.replaceAll(/[&<>{}*_[\]|`]/g, (character) => `&#${character.codePointAt(0)};`)}</code>`
}

/** A block of code. @param {string} language @param {string} text */
export function block(language, text) {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

/** A table. @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
