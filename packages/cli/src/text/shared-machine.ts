/** The remark on seconds that were measured while several runs were under way, the same everywhere. */

/** `measured while 2 runs shared the machine`. */
export function sharedMachine(jobs: number): string {
  return `measured while ${jobs} runs shared the machine`
}
