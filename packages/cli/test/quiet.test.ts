/** Commands with a long report, told to be quiet: the verdict alone, and nothing on the way. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fixture, isograd, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')

it.each([
  [['check', tiny, '--backend', 'reference', '--mode', 'ops'], /^agree\n$/],
  [['conformance', 'reference', '--only', 'relu/*'], /^reference conforms: \d+ passed, 0 failed[^\n]*\n$/],
  [['faults', '--only', 'mask-reused'], /^1 of 1 faults found and named rightly\n$/],
])('%j', async (words, verdict) => {
  const { stdout, stderr, status } = await isograd([...words, '--quiet'])
  expect(stdout).toMatch(verdict)
  expect([stderr, status]).toEqual(['', 0])
})

it('check tells where it has written to, and compare its verdict', async () => {
  const cwd = temporaryDirectory()
  const check = ['check', tiny, '--backend', 'reference', '--mode', 'ops', '--out', 'checked', '--quiet']
  expect((await isograd(check, { cwd })).stderr).toBe('written to checked\nreport: checked/report.html\n')
  await isograd(['run', tiny, '--backend', 'reference', '--out', 'runs', '--quiet'], { cwd })
  const [run = ''] = readdirSync(join(cwd, 'runs')).filter((name) => name.includes('-seed'))
  const compared = await isograd(['compare', `runs/${run}`, `runs/${run}`, '--quiet'], { cwd })
  expect([compared.stdout, compared.stderr, compared.status]).toEqual(['agree\n', '', 0])
})
