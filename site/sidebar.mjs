/** The order of pages beside the text. A document that is named nowhere here stands under "More". */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PAGES = fileURLToPath(new URL('pages', import.meta.url))

const groups = {
  'By question': [
    'guides/start',
    'guides/agree',
    'guides/not-training',
    'guides/backend',
    'guides/own',
    'guides/upgrade',
    'guides/students',
  ],
  Train: [
    'installing',
    'first-experiment',
    'experiments',
    'data',
    'data-sets',
    'training',
    'losses',
    'metrics',
    'checkpoints',
    'sweeps',
    'exporting',
  ],
  Networks: ['models', 'spatial', 'sequences'],
  'Look at it': ['report', 'playground', 'suite'],
  Check: ['checking', 'versions', 'atlas', 'trace-format', 'hooks', 'faults', 'findings', 'backends', 'benchmarks'],
  Extend: [
    'extending',
    'worked',
    'in-code',
    'writing-an-adapter',
    'compiler',
    'browsers',
    'hostile-input',
    'stability',
  ],
  Words: ['glossary'],
}

/** The title of a page: its first heading. */
function titleOf(path) {
  const [, title = path] = /^# (.*)$/m.exec(readFileSync(join(PAGES, `${path}.md`), 'utf8')) ?? []
  return title.replaceAll('`', '')
}

const item = (path) => ({ text: titleOf(path), link: `/${path.replace(/(^|\/)index$/, '$1')}` })

/** Pages in a folder, without those of folders in it. */
const within = (folder) =>
  readdirSync(join(PAGES, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.slice(0, -'.md'.length)}`)

/** A folded group of the pages of a folder, led by its index: what can be folded must be a link, or its button would hold another. */
function folded(text, folder) {
  const paths = within(folder).filter((path) => path !== `${folder}/index`)
  return { text, link: `/${folder}/`, collapsed: true, items: paths.map(item) }
}

/** Pages of the folders in a folder: READMEs of packages or of examples. */
const readmes = (folder) => readdirSync(join(PAGES, folder)).map((name) => `${folder}/${name}/index`)

/** Pages of the packages' entries: those of one package stand together. */
function api() {
  const paths = readdirSync(join(PAGES, 'api'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `api/${name.slice(0, -'.md'.length)}`)
  return paths.toSorted().map(item)
}

/** The sidebar of all pages. */
export function sidebar() {
  const named = new Set(Object.values(groups).flat())
  const rest = [...within('docs'), ...within('docs/guides')].filter((path) => !named.has(path.slice('docs/'.length)))
  return [
    ...Object.entries(groups).map(([text, names]) => ({
      text,
      items: names.map((name) => item(`docs/${name}`)),
    })),
    ...(rest.length > 0 ? [{ text: 'More', items: rest.map(item) }] : []),
    folded('Commands', 'commands'),
    folded('The experiment file', 'reference'),
    folded('Presets', 'presets'),
    { text: 'Packages', link: '/api/', collapsed: true, items: [...readmes('packages').map(item), ...api()] },
    { text: 'Examples', items: readmes('examples').map(item) },
    {
      text: 'The project',
      items: ['about', 'ARCHITECTURE', 'CONTRIBUTING', 'CHANGELOG', 'CODE_OF_CONDUCT', 'SECURITY'].map(item),
    },
  ]
}
