/** Names that a TypeScript module exports, values and types alike, `export *` followed through relative imports. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const enum|const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm
const LIST = /^export (?:type )?\{([^}]*)\}/gm
const STAR = /^export \* from '(\.[^']+)'/gm
const STAR_AS = /^export \* as ([\w$]+) from/gm

function withoutComments(text) {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}

/** The name that others see of `type one as other`. */
function publicName(entry) {
  return entry
    .trim()
    .replace(/^type /, '')
    .split(' as ')
    .at(-1)
    .trim()
}

function sourceOf(path) {
  const file = path.replace(/\.js$/, '.ts')
  if (existsSync(file)) return file
  throw new Error(`${path}: expected a source file beside the module, got none`)
}

/** The exported names of a source file. */
export function publicNames(file) {
  const text = withoutComments(readFileSync(file, 'utf8'))
  const lists = [...text.matchAll(LIST)].flatMap(([, names]) => names.split(',').map(publicName))
  const stars = [...text.matchAll(STAR)].flatMap(([, path]) => [...publicNames(sourceOf(join(dirname(file), path)))])
  const declared = [...text.matchAll(DECLARATION), ...text.matchAll(STAR_AS)].map(([, name]) => name)
  return new Set([...lists, ...stars, ...declared].filter((name) => name !== ''))
}
