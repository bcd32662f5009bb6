/** Changes of an experiment as one types them: `optimizer.learningRate=0.01`, `model.layers[2].units=64`. */
import { InputError } from '../errors.js'
import type { Registry } from '../registry/registry.js'
import { isObject, mergePatch } from './merge-patch.js'
import { formatPath, parsePath, type Problem } from './problems.js'
import { armSchema } from './schema.js'
import { isTextAt } from './schema-walk.js'

/** JSON where the text is some, the text itself where it is not, or where the schema has a text there. */
function valueOf(text: string, path: Problem['path'], registry: Registry): unknown {
  const [first, , ...inner] = path
  if (isTextAt(armSchema(registry).arm, first === 'arms' ? inner : path)) return text === 'null' ? null : text
  try {
    return JSON.parse(text)
  } catch {
    if (!/^[[{]/.test(text)) return text
    throw new InputError('core', `${formatPath(path)}: expected JSON, with texts in double quotes, got ${text}`)
  }
}

/** A value at a path by itself, as a merge patch. */
function nested(path: Problem['path'], value: unknown): unknown {
  return path.reduceRight<unknown>((inside, key) => ({ [String(key)]: inside }), value)
}

/** Puts a value at a path of a patch; a list that stands there whole has the item changed. */
function put(patch: Record<string, unknown>, path: Problem['path'], value: unknown, before = ''): void {
  const [key, ...inner] = path
  const [name, below] = [String(key), patch[String(key)]]
  if (inner.length === 0) patch[name] = value
  else if (Array.isArray(below)) patch[name] = mergePatch(below, nested(inner, value), `${before}${name}`)
  else {
    const own = isObject(below) ? below : {}
    patch[name] = own
    put(own, inner, value, `${before}${name}.`)
  }
}

/**
 * The merge patch of some assignments, the later after the earlier; `arms.<name>.` before a path is for that arm alone, and
 * the value `null` removes a field.
 * @param onto a merge patch that they go on.
 * @throws InputError for a text that is no assignment.
 */
export function patchOf(
  assignments: readonly string[],
  registry: Registry,
  onto: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const patch = structuredClone(onto) as Record<string, unknown>
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    const path = parsePath(assignment.slice(0, Math.max(0, at)).trim())
    if (path.length === 0 || path.some((key) => key === '__proto__')) {
      throw new InputError('core', `expected path=value, such as optimizer.learningRate=0.01, got "${assignment}"`)
    }
    put(patch, path, valueOf(assignment.slice(at + 1).trim(), path, registry))
  }
  return patch
}

/** The merge patch of values by path, the later after the earlier. */
export function patchOfValues(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const patch: Record<string, unknown> = {}
  for (const [path, value] of Object.entries(values)) put(patch, parsePath(path), structuredClone(value))
  return patch
}
