/** The page's script: reads the data that the page carries, and makes every section react. */
import type { PageData } from '../charts/page-data.js'
import { titleCells } from './cell-titles.js'
import { SectionView } from './section-view.js'
import { explainTerms } from './terms.js'

/** The numbers that JSON lacks come back: `parseExactly`, whose entry would bring most of core into every page. */
function restore(_: string, item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
  const keys = Object.keys(item)
  return keys.length === 1 && keys[0] === '$number' ? Number((item as { readonly $number: string }).$number) : item
}

const { sections } = JSON.parse(document.getElementById('data')?.textContent ?? '{"sections":[]}', restore) as PageData
for (const section of sections) {
  const element = document.getElementById(section.id)
  if (element !== null) new SectionView(element, section).listen()
}
explainTerms()
titleCells()
