/** Experiments from standard input. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fixture, type Outcome, outcomeOf, start } from './command.js'

function piped(text: string, args: readonly string[]): Promise<Outcome> {
  const child = start(args)
  child.stdin.end(text)
  return outcomeOf(child)
}

const tiny = readFileSync(fixture('tiny.json'), 'utf8')

describe.concurrent('an experiment on standard input', () => {
  it('is the one that its file has, as JSON and as YAML', async () => {
    const args = ['run', '-', '--backend', 'reference', '--json']
    const [json, yaml] = await Promise.all([piped(tiny, args), piped(`# of a program\n${tiny}`, args)])
    const named = await outcomeOf(start(['run', fixture('tiny.json'), ...args.slice(2)]))
    const [a, b, c] = [json, yaml, named].map(({ stdout }) => JSON.parse(stdout).runs[0])
    expect([a.losses, a.finals]).toEqual([c.losses, c.finals])
    expect([b.losses, b.finals]).toEqual([c.losses, c.finals])
  })

  it.each([
    ['', 'standard input: the file is empty; expected JSON or YAML'],
    ['{"name": 3}', 'name (line 1): expected a string, got 3'],
    ['x'.repeat(1024 * 1024 + 1), 'standard input: expected at most 1048576 bytes, got more'],
  ])('is told where it is none', async (text, message) => {
    const { status, stderr } = await piped(text, ['describe', '-'])
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
