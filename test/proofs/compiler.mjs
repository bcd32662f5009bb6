/**
 * The proof that compiled code computes what programs say. A seed stands for a block of programs that
 * `packages/compiler/test/draw-program.ts` draws: each on the interpreter of its loops and on wasm, which must have the
 * same bits, and within bounds of the reference, but for tensors that the reference itself moves as far where inputs are
 * changed by a rounding (`onStep` counts programs with some). Some of them on native:strict, in one C file, which must have
 * the bits of wasm.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Programs of one seed, and those of them that are compiled as C. */
const BLOCK = { programs: 200, natives: 10 }
const SAMPLE = { programs: 60, natives: 3 }
const MOST_SHOWN = 20

const entry = `
export { nativeFaults, triers } from './test/drawn-programs.js'
export { createNative } from './src/native/target.js'
`

/** The compiler and what tries it as one file, beside the packages that they import. */
async function bundled() {
  const place = join(ROOT, 'test/node_modules')
  mkdirSync(place, { recursive: true })
  const directory = mkdtempSync(join(place, '.compiler-'))
  const outfile = join(directory, 'compiler.mjs')
  const stdin = { contents: entry, resolveDir: join(ROOT, 'packages/compiler'), loader: 'ts' }
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
  return { directory, parts: await import(pathToFileURL(outfile).href) }
}

/** The target, with a cache of its own; undefined where there is no compiler. */
async function nativeOf({ createNative }, directory) {
  const environment = { ...process.env, XDG_CACHE_HOME: directory }
  return createNative('native:strict', { environment }).catch(() => undefined)
}

async function triedIn(block, first, attempt) {
  const tried = []
  for (let seed = first; seed < first + block.programs; seed++) {
    const dtype = seed % 2 === 0 ? 'float64' : 'float32'
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    tried.push(await attempt(seed, dtype).catch((error) => ({ seed, fault: String(error?.stack) })))
  }
  return tried
}

async function start({ isSample = false } = {}) {
  const block = isSample ? SAMPLE : BLOCK
  const { directory, parts } = await bundled()
  const native = await nativeOf(parts, directory)
  const attempt = parts.triers()
  return {
    async attempt(seed) {
      const tried = await triedIn(block, seed * BLOCK.programs, attempt)
      const wrong = tried.filter(({ fault }) => fault !== undefined)
      const sound = tried.filter(({ fault }) => fault === undefined)
      const chosen = native === undefined ? [] : sound.slice(0, block.natives)
      const faults = [
        ...wrong.map(({ seed: one, fault }) => `seed ${one}: ${fault}`),
        ...(chosen.length === 0 ? [] : await parts.nativeFaults(native, chosen)),
      ]
      const worst = Math.max(0, ...sound.map(({ share }) => share))
      const onStep = tried.filter((one) => one.onStep).length
      const facts = { programs: tried.length, natives: chosen.length, onStep, worst }
      const outcome = native === undefined ? 'same, without native' : 'same'
      return faults.length === 0
        ? { outcome, ...facts }
        : { outcome: 'different', failed: true, ...facts, faults: faults.slice(0, MOST_SHOWN) }
    },
    async end() {
      native?.dispose()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The proof: 100,000 programs, 5,000 of them on native. */
export const proof = {
  about: `drawn programs, ${BLOCK.programs} a seed, give on loops and wasm what the reference gives; ${BLOCK.natives} of them the same bits on native:strict`,
  seeds: 500,
  sample: 1,
  start,
}
