/** What is said of seconds that were measured while several runs were under way, in the same words everywhere. */

/** `measured while 2 runs shared the machine`. */
export function sharedMachine(jobs: number): string {
  return `measured while ${jobs} runs shared the machine`
}
