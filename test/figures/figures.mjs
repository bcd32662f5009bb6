/**
 * Counts in the sources of a checkout: how much there is, and how far the words of one task have spread. They are signs
 * of the aim and not the aim.
 *
 *   node test/figures/figures.mjs [CHECKOUT] [--brief] [--check]
 *
 * Prints each figure with its limit, and below them the places that count; `--brief` leaves those out. `--check`,
 * a part of `npm run lint`, prints what exceeds its limit and nothing else, and then exits with 1; the sizes, which grow
 * with what the project can do, have a limit that is an aim and is not held. Only TypeScript files of `packages/<name>/src` are looked at.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publicNames } from './public-names.mjs'

const LAYERS = 'flatten|dense|activation|dropout|batchNorm|prelu|residual|repeat'
/** Metrics of labels are about accuracies: their own files say so, and no other should have to. */
const METRIC_FOLDER = /\/task\/metrics\//
const LAYER_FOLDERS = /\/(?:train|model)\/layers\//

/** All source files of a checkout, with their text. */
function sourcesOf(checkout) {
  const packages = readdirSync(join(checkout, 'packages')).map((name) => join('packages', name, 'src'))
  const paths = packages.flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => join(folder, path)),
  )
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(checkout, path), 'utf8') }))
}

/** Lines without those at their ends' white space, blank ones and comments on lines of their own. */
function codeLines(text) {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !/^(?:\/\/|\/\*|\*)/.test(line))
}

/** Files whose text, comments included, has a word. */
function filesWith(sources, word) {
  const places = sources.filter(({ text }) => word.test(text)).map(({ path }) => path)
  return { value: places.length, places }
}

/** Every hit of a pattern in lines of code, outside the files that `isExempt` names. */
function hits(sources, pattern, isExempt = () => false) {
  const places = sources
    .filter(({ path }) => !isExempt(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, i) => {
        if (codeLines(line).length === 0) return []
        return [...line.matchAll(pattern)].map(() => `${path}:${i + 1}: ${line.trim()}`)
      }),
    )
  return { value: places.length, places }
}

function rootNames(checkout) {
  const places = [...publicNames(join(checkout, 'packages/core/src/index.ts'))]
  return { value: places.length, places: [places.join(' ')] }
}

/** Files that replace another file by one of their own making: those that lock a directory rename too. */
function atomicWriters(sources) {
  const writers = sources.filter(({ path, text }) => /from 'node:fs/.test(text) && !path.endsWith('lock.ts'))
  return hits(writers, /\brename(?:Sync)?\(/g)
}

/** Replacers given to JSON.stringify, but for the emitter's, whose key is never read, and the one that stores arrays in files. */
function encoders(sources) {
  const replacers = /JSON\.stringify\([^(),[\]{}]*,\s*(?!\s|undefined|null)[\w(]/g
  return hits(sources, replacers, (path) => path.endsWith('/ir/emitter.ts') || path.endsWith('/bench/stored-data.ts'))
}

/** All figures: name, limit, value, places. */
function figuresOf(checkout) {
  const sources = sourcesOf(checkout)
  const lines = sources.flatMap(({ text }) => codeLines(text))
  const characters = lines.reduce((total, line) => total + line.length + 1, 0)
  const layerTests = new RegExp(`[!=]== '(?:${LAYERS})'|'(?:${LAYERS})' [!=]==|\\bcase '(?:${LAYERS})':`, 'g')
  const fallbacks = hits(sources, /\?\? -?(?:\d|Number\.|Infinity|NaN)/g)
  return [
    { name: 'lines of source', limit: 28_500, isAim: true, value: lines.length },
    { name: 'characters of source', limit: 1_130_000, isAim: true, value: characters },
    {
      name: 'files with "accurac", but metrics',
      limit: 6,
      ...filesWith(
        sources.filter(({ path }) => !METRIC_FOLDER.test(path)),
        /accurac/i,
      ),
    },
    { name: 'files with the word "classes"', limit: 8, ...filesWith(sources, /\bclasses\b/) },
    { name: 'files with "images" or "pixel"', limit: 12, ...filesWith(sources, /images|pixel/) },
    {
      name: "layer's type against a literal",
      limit: 0,
      ...hits(sources, layerTests, (path) => LAYER_FOLDERS.test(path)),
    },
    { name: 'files with "lbfgs"', limit: 4, ...filesWith(sources, /lbfgs/i) },
    { name: 'files with "chain"', limit: 6, ...filesWith(sources, /chain/) },
    { name: 'names from the root of core', limit: 80, ...rootNames(checkout) },
    { name: 'encoders of NaN in JSON', limit: 1, ...encoders(sources) },
    { name: 'atomic writers', limit: 1, ...atomicWriters(sources) },
    {
      name: 'norm helpers',
      limit: 1,
      ...hits(sources, /function \w*[nN]orm(?:Of)?\(\w+: (?:readonly )?ArrayLike<number>\)/g),
    },
    { name: '?? number', limit: 60, ...fallbacks },
    { name: '?? NaN', limit: 0, ...hits(sources, /\?\? (?:Number\.)?NaN/g) },
  ]
}

function print(figures, isBrief) {
  for (const { name, value, limit } of figures) {
    const verdict = value <= limit ? 'ok' : 'over'
    console.log(`${name.padEnd(34)}${String(value).padStart(9)}  limit ${String(limit).padStart(9)}  ${verdict}`)
  }
  if (isBrief) return
  for (const { name, places = [] } of figures.filter(({ places: of = [] }) => of.length > 0)) {
    console.log(`\n${name}`)
    for (const place of places) console.log(`  ${place}`)
  }
}

const words = process.argv.slice(2)
const options = words.filter((word) => word.startsWith('--'))
const [checkout = join(dirname(fileURLToPath(import.meta.url)), '../..')] = words.filter(
  (word) => !word.startsWith('--'),
)
const unknown = options.find((option) => option !== '--brief' && option !== '--check')
if (unknown === undefined) {
  const figures = figuresOf(resolve(checkout))
  const over = figures.filter(({ value, limit, isAim = false }) => value > limit && !isAim)
  const isCheck = options.includes('--check')
  print(isCheck ? over : figures, options.includes('--brief'))
  if (isCheck && over.length > 0) process.exitCode = 1
} else {
  console.error(`${unknown}: expected --brief or --check`)
  process.exitCode = 2
}
