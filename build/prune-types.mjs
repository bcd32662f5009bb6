/**
 * Removes from a package's `dist` the declarations that none of its entries leads to, as those of a command's inner parts: run in
 * the package's folder after `tsc`.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const open = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [resolve(types)]))
const reached = new Set()

for (let file = open.pop(); file !== undefined; file = open.pop()) {
  if (reached.has(file) || !existsSync(file)) continue
  reached.add(file)
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g)) {
    open.push(resolve(dirname(file), `${path}.d.ts`))
  }
}

for (const name of readdirSync('dist', { recursive: true })) {
  const file = resolve('dist', name)
  if (name.endsWith('.d.ts') && !reached.has(file)) rmSync(join('dist', name))
}
