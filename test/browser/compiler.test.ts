/** Compiled code in a page computes the bits that it computes in Node, and that the interpreter of its loops computes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { noBrowser, Workshop } from './browser.js'
import { bundledText } from './esbuild.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const compiler = fileURLToPath(new URL('../../packages/compiler/', import.meta.url))

/** Sums up what random programs leave behind, on the interpreter and on wasm. */
const program = `
import { sample } from 'fast-check'
import { interpreting } from './src/loops/interpret.js'
import { createWasm } from './src/wasm/target.js'
import { leftBy, sumUp } from './test/left-by.js'
import { randomProgram } from './test/random-program.js'

export async function sums() {
  const wasm = createWasm()
  const found = { loops: [], wasm: [] }
  for (const random of sample(randomProgram, { seed: 15, numRuns: 60 })) {
    found.loops.push(sumUp(await leftBy(interpreting, random)))
    found.wasm.push(sumUp(await leftBy(wasm, random)))
  }
  return found
}
`

const bundled = (more: string): Promise<string> =>
  bundledText({ stdin: { contents: program + more, resolveDir: compiler, loader: 'ts' } })

interface Sums {
  readonly loops: readonly number[]
  readonly wasm: readonly number[]
}

test.skipIf(noBrowser)(
  'random loop programs leave the same bits in a page, in Node and on the interpreter',
  async () => {
    const file = join(workshop.directory, 'sums.mjs')
    writeFileSync(file, await bundled(''))
    const { sums } = (await import(file)) as { readonly sums: () => Promise<Sums> }
    const inNode = await sums()
    const script = (await bundled('document.title = JSON.stringify(await sums())')).replaceAll(
      '</script',
      String.raw`<\/script`,
    )
    const path = join(workshop.directory, 'compiler.html')
    writeFileSync(
      path,
      `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module">${script}</script>`,
    )
    const { page, said } = await workshop.open(path)
    await page.waitForFunction(() => document.title.startsWith('{'), undefined, { timeout: 60_000 })
    const inPage = JSON.parse(await page.title()) as Sums
    expect(said).toEqual([])
    expect(inNode.wasm).toEqual(inNode.loops)
    expect(inPage).toEqual(inNode)
  },
)
