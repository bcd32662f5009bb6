/** The page's data, read once; NaN and infinities come back as numbers. */
import type { PageData } from '../charts/page-data.js'

function restore(_: string, item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
  const keys = Object.keys(item)
  return keys.length === 1 && keys[0] === '$' ? Number((item as { readonly $: string }).$) : item
}

/** Everything that the page carries. */
export function readPageData(document: Document): PageData {
  return JSON.parse(document.getElementById('data')?.textContent ?? '{"sections":[]}', restore) as PageData
}
