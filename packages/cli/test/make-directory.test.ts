/** Directories made with those above them, by several processes at once. */
import { execFile } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeDirectory } from '@isograd/core/node'
import { expect, it } from 'vitest'
import { temporaryDirectory } from './command.js'

it('makes what is missing, and says which was the outermost', () => {
  const scratch = temporaryDirectory()
  expect(makeDirectory(join(scratch, 'a/b/c'))).toBe(join(scratch, 'a'))
  expect(makeDirectory(join(scratch, 'a/b/c'))).toBeUndefined()
})

it('leaves nothing behind where it cannot go on', () => {
  const scratch = temporaryDirectory()
  symlinkSync(join(scratch, 'nowhere'), join(scratch, 'dangling'))
  expect(() => makeDirectory(join(scratch, 'dangling'))).toThrow('EEXIST')
  expect(() => makeDirectory(join(scratch, 'd/e', 'x'.repeat(300)))).toThrow('ENAMETOOLONG')
  expect(existsSync(join(scratch, 'd'))).toBe(false)
})

it('makes what other processes make at the same moment', async () => {
  const scratch = temporaryDirectory()
  const program = `import { makeDirectory } from '@isograd/core/node'
    while (Date.now() < ${Date.now() + 1000});
    for (let i = 0; i < 300; i++) makeDirectory(\`${scratch}/\${i}/b/c\`)`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  await Promise.all([run(), run(), run(), run()])
  expect(existsSync(join(scratch, '299/b/c'))).toBe(true)
})
