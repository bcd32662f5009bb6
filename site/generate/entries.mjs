/** A module for each entry of each package, for TypeDoc: an entry that a package gains is in the reference. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './places.mjs'

/** All entries that have types: the name that programs import, and the tag of its head. */
const tagged = readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'))
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([entry, { types }]) => {
      const [head = ''] = /^\/\*\*[^]*?\*\//.exec(readFileSync(join(ROOT, 'packages', folder, types), 'utf8')) ?? []
      return { name: join(name, entry), tag: head.includes('@experimental') ? ' @experimental' : '' }
    })
})

/** Names of all of them. */
export const entries = tagged.map(({ name }) => name)

/** The modules by path. */
export function entryModules() {
  return Object.fromEntries(
    tagged.map(({ name, tag }) => [
      `entries/${name}/index.ts`,
      `/** @module ${name}${tag === '' ? '' : `\n *${tag}`} */\nexport * from '${name}'\n`,
    ]),
  )
}
