/** A module for each entry of each package, for TypeDoc: an entry that a package gains is in the reference. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './places.mjs'

/** Names of all entries that have types, as programs import them. */
export const entries = readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'))
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([entry]) => join(name, entry))
})

/** The modules by path. */
export function entryModules() {
  return Object.fromEntries(
    entries.map((name) => [`entries/${name}/index.ts`, `/** @module ${name} */\nexport * from '${name}'\n`]),
  )
}
