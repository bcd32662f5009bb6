import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { version } from '../src/index.js'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test.each(['../src/index.ts', '../src/conformance/index.ts'])(
  '%s bundles for a browser, without node',
  async (entry) => {
    const { outputFiles, metafile } = await build({
      entryPoints: [at(entry)],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
      // Read at their first use, where they are installed: what they ask of Node is theirs.
      external: ['apache-arrow', 'fast-png', 'hyparquet'],
    })
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('/node/'))).toEqual([])
    expect(outputFiles[0]?.text).not.toMatch(/\bfrom "node:|require\("node:|\bprocess\.|\bBuffer\b/)
  },
)

test('the version in records is the one of package.json', () => {
  expect(version).toBe(manifest.version)
  expect(readFileSync(at('../LICENSE'), 'utf8')).toContain('MIT')
})
