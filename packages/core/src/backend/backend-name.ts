/** The name of a backend: directories, tables and options bear it, which decides what it may hold. */

const LONGEST = 64

/** The reason that a text is no name for a backend, as "expected ..., got ..."; undefined for one that is. */
export function nameFault(name: unknown): string | undefined {
  const isText = typeof name === 'string'
  if (isText && name.length <= LONGEST && /^[\w.:-]+$/.test(name)) return undefined
  const got = isText ? (name.length > LONGEST ? `${name.length} letters` : JSON.stringify(name)) : typeof name
  return `expected a name of 1 to ${LONGEST} letters, digits, ".", "_", ":" or "-", got ${got}`
}
