/**
 * Makes the pages of the site in `site/pages`: those of the repository, with their links led to where the site has them, and
 * those that come from the definitions of commands, the schema of experiments, the presets and the packages' entries.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { commandPages } from './commands.mjs'
import { copyDocuments } from './documents.mjs'
import { entryModules } from './entries.mjs'
import { presetPages } from './presets.mjs'
import { documentPages } from './json-documents.mjs'
import { referencePages } from './experiment-file.mjs'
import { PAGES } from './places.mjs'

/** Writes files by their paths below `site/pages`. @param {Readonly<Record<string, string>>} files */
function write(files) {
  for (const [path, text] of Object.entries(files)) {
    const file = join(PAGES, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

rmSync(PAGES, { recursive: true, force: true })
copyDocuments()
write(await commandPages())
write(documentPages())
write(referencePages())
write(presetPages())
write(entryModules())
