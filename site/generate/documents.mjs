/**
 * Copies the documents of the repository to the paths that they have there, so that links between them hold. A README becomes
 * the index of its folder; a link to what the site does not have leads to the repository.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { PAGES, publicAddress, ROOT } from './places.mjs'

/** Files in a folder of the repository, by their paths from its root. @param {string} folder */
const filesIn = (folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`)

/** READMEs of the folders in a folder. @param {string} folder */
const readmesIn = (folder) =>
  readdirSync(join(ROOT, folder))
    .map((name) => `${folder}/${name}/README.md`)
    .filter((path) => existsSync(join(ROOT, path)))

/** Paths of all documents. */
export const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'CODE_OF_CONDUCT.md',
  'SECURITY.md',
  ...filesIn('docs').filter((path) => path.endsWith('.md')),
  ...readmesIn('packages'),
  ...readmesIn('examples'),
]

/** The page of a document. @param {string} path */
export const pageOf = (path) => (path === 'README.md' ? 'about.md' : path.replace(/README\.md$/, 'index.md'))

/** Where a link of a document leads, on the site. @param {string} from @param {string} link */
function placeOf(from, link) {
  const [path = '', anchor] = link.split('#')
  const target = normalize(join(dirname(from), path)).replace(/\/$/, '')
  const document = [target, `${target}/README.md`].find((each) => documents.includes(each))
  const end = anchor === undefined ? '' : `#${anchor}`
  if (document === undefined) return `${publicAddress(target)}${end}`
  const way = relative(dirname(pageOf(from)), pageOf(document))
  return `${way.startsWith('.') ? way : `./${way}`}${end}`
}

/** The text of a document with its links led to the site; code stays. @param {string} from @param {string} text */
export function linked(from, text) {
  return text
    .split(/(^```.*?^```)/ms)
    .map((part) =>
      part.startsWith('```')
        ? part
        : part
            .replaceAll(/(src|srcset)="(?![a-z]+:|[./])/g, '$1="./')
            .replaceAll(/(?<!!)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?![a-z]+:|#)([^)\s]+)\)/g, (_, label, link) => {
              return `[${label}](${placeOf(from, link)})`
            }),
    )
    .join('')
}

/** Copies them all, and their pictures. */
export function copyDocuments() {
  cpSync(join(ROOT, 'docs/pictures'), join(PAGES, 'docs/pictures'), {
    recursive: true,
    filter: (path) => !path.endsWith('.mjs'),
  })
  for (const path of documents) {
    const page = join(PAGES, pageOf(path))
    mkdirSync(dirname(page), { recursive: true })
    writeFileSync(page, linked(path, readFileSync(join(ROOT, path), 'utf8')))
  }
  cpSync(join(ROOT, 'site/home.md'), join(PAGES, 'index.md'))
}
