/** The name of a backend: directories, tables and options bear it, which decides what it may hold. */
const LONGEST = 64

/** The reason that a text is no name for a backend, as "expected ..., got ..."; undefined for one that is. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name === 'string' && /^[\w.:-]{1,64}$/.test(name)) return undefined
  const got = typeof name === 'string' ? gotText(name) : typeof name
  return `expected a name of 1 to ${LONGEST} letters, digits, ".", "_", ":" or "-", got ${got}`
}

function gotText(name: string): string {
  return name.length > LONGEST ? `${name.length} letters` : JSON.stringify(name)
}
