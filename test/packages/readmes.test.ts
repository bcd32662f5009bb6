import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const packages = ['core', 'report', 'playground', 'compiler', 'onnx-adapter', 'tfjs-adapter', 'jaxjs-adapter'] as const

/** The JavaScript examples of a document, in order. */
function examples(markdown: string): string[] {
  return [...markdown.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code ?? '')
}

test.each(packages)('every example in the README of %s runs as it stands', async (name) => {
  const markdown = await readFile(new URL(`../../packages/${name}/README.md`, import.meta.url), 'utf8')
  const codes = examples(markdown)
  expect(codes.length).toBeGreaterThan(0)
  // Inside the workspace, so that the packages are found the way a user's project finds them.
  const directory = await mkdtemp(`${here}example-`)
  try {
    for (const [i, code] of codes.entries()) {
      const file = `${directory}/example-${i}.mjs`
      await writeFile(file, code)
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: directory })
      expect(stdout).not.toBe('')
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})
