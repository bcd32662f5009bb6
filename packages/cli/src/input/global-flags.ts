/**
 * The flags that every verb takes, before or behind it. Each sets a variable of the environment, by which the processes that the
 * command starts have it too.
 */

/** A flag by the variable that it sets to 1. */
export const globalFlags = {
  NO_COLOR: { flags: '--no-color', description: 'print without colours' },
  ISOGRAD_VERBOSE: {
    flags: '--verbose',
    description: 'tell on standard error what is done and when, and of errors where they come from',
  },
} as const

/** Sets what the flags of a command line ask for. Returns the line without them. */
export function takeGlobalFlags(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const given = Object.entries(globalFlags).filter(([, { flags }]) => argv.slice(0, end).includes(flags))
  for (const [variable] of given) process.env[variable] = '1'
  const taken = new Set<string>(given.map(([, { flags }]) => flags))
  return argv.filter((word, at) => at >= end || !taken.has(word))
}
