/** The hint for a field that an experiment does not have: the one that is meant, or the place where it belongs. */
import type { Registry } from '../registry/registry.js'
import { fieldsElsewhere, meantName } from './names-elsewhere.js'
import { type FieldHint, formatPath, hintAmong, type Problem } from './problems.js'
import { armSchema } from './schema.js'
import { fieldsAt } from './schema-walk.js'

/** The place in another object of the document where a field of such a name belongs. */
function placeOf(registry: Registry, document: unknown, key: string, path: Problem['path']): string | undefined {
  const { arm, fields } = armSchema(registry)
  const around = [[], ...fields.map((field) => [field])].filter((each) => String(each) !== String(path))
  const places = around.flatMap((each) => {
    const meant = meantName(key, fieldsAt(arm, each, document), fieldsElsewhere)
    return meant === undefined || meant === 'type' ? [] : [formatPath([...each, meant])]
  })
  return places.length === 1 ? places[0] : undefined
}

/** Hints for a document: by meaning first, by letters second, else the fields that there are. */
export function fieldHints(registry: Registry, document: unknown): FieldHint {
  return (key, path) => {
    const { arm } = armSchema(registry)
    const known = [...fieldsAt(arm, path, document), ...(path.length === 0 ? ['arms'] : [])]
    const meant = meantName(key, known, fieldsElsewhere)
    const hint = meant ?? placeOf(registry, document, key, path)
    if (hint === key) return `; "${key}" stands at the top of the experiment`
    return hint === undefined ? hintAmong(known)(key, path) : `; did you mean "${hint}"?`
  }
}
