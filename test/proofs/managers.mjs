/**
 * The proof of package managers: an empty project in which the packages are installed as they would be published, by each of
 * them, trains on the built-in backend and on ONNX Runtime, and says that they agree. A seed is a manager; it wants a registry.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NEEDED = { '@isograd/core': 'core', '@isograd/report': 'report', '@isograd/compiler': 'compiler' }
const ASKED = { isograd: 'cli', '@isograd/onnx-adapter': 'onnx-adapter' }
const TRAINING = 'run torch-mlp5 --dataset digits --limit 800 --epochs 1 --backend wasm,onnx --quiet'.split(' ')
const RUNTIME = { 'onnxruntime-node': '1.30.0' }

const text = (value) => `${JSON.stringify(value, undefined, 2)}\n`
const yarn = (linker) => ({
  package: '@yarnpkg/cli-dist@4.18.1',
  command: 'yarn',
  install: ['install', '--mode=skip-build', '--no-immutable'],
  isograd: ['run', 'isograd'],
  manifest: (ours) => ({ resolutions: ours }),
  files: { '.yarnrc.yml': `nodeLinker: ${linker}\nenableTelemetry: false\n`, 'yarn.lock': '' },
})

/** The managers by name: how each is had, what it installs with, and how what is not published is told to it. */
const managers = {
  npm: {
    package: 'npm@11.19.1',
    command: 'npm',
    install: ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
    isograd: ['exec', '--', 'isograd'],
    manifest: (ours) => ({ overrides: ours }),
  },
  pnpm: {
    package: 'pnpm@12.21.0',
    command: 'pnpm',
    install: ['install', '--ignore-scripts', '--no-frozen-lockfile'],
    isograd: ['exec', 'isograd'],
    files: (ours) => ({ 'pnpm-workspace.yaml': text({ overrides: ours }) }),
  },
  'yarn, plug and play': yarn('pnp'),
  'yarn, node-modules': yarn('node-modules'),
  bun: {
    package: 'bun@1.4.5',
    command: 'bun',
    install: ['install', '--ignore-scripts'],
    isograd: ['x', '--no-install', 'isograd'],
    manifest: (ours) => ({ overrides: ours }),
  },
}

/** Packs our packages. Returns the archive of each by name. */
async function packed(directory) {
  const archives = {}
  for (const [name, folder] of Object.entries({ ...NEEDED, ...ASKED })) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they print what they made
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], {
      cwd: join(ROOT, 'packages', folder),
    })
    archives[name] = `file:${join(directory, JSON.parse(stdout)[0].filename)}`
  }
  return archives
}

/** The last lines of what a command said. */
const lastOf = ({ stdout = '', stderr = '' }) => `${stdout}\n${stderr}`.trim().split('\n').slice(-6).join('\n')

async function attempt({ archives, tools }, seed) {
  const [name, manager] = Object.entries(managers)[seed % Object.keys(managers).length]
  const { package: spec, command, install, isograd, manifest = () => ({}), files = {} } = manager
  const project = mkdtempSync(join(tmpdir(), 'isograd-manager-'))
  const asked = Object.fromEntries(Object.keys(ASKED).map((each) => [each, archives[each]]))
  const needed = Object.fromEntries(Object.keys(NEEDED).map((each) => [each, archives[each]]))
  const own = { name: 'consumer', private: true, dependencies: { ...asked, ...RUNTIME }, ...manifest(needed) }
  const all = { 'package.json': text(own), ...(typeof files === 'function' ? files(needed) : files) }
  for (const [file, content] of Object.entries(all)) writeFileSync(join(project, file), content)
  const call = (words) =>
    run('npm', ['exec', '--yes', `--package=${spec}`, '--', command, ...words], {
      cwd: project,
      env: { ...process.env, npm_config_cache: tools, npm_config_ignore_scripts: 'false', CI: '' },
      maxBuffer: 2 ** 26,
    })
  try {
    await call(install)
    const { stdout } = await call([...isograd, ...TRAINING])
    const agrees = /agree/.test(stdout)
    return { manager: name, outcome: agrees ? 'agree' : 'no verdict', failed: !agrees }
  } catch (error) {
    return { manager: name, outcome: 'failed', failed: true, said: lastOf(error) }
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

/** The proof. */
export const proof = {
  about: 'the packages, installed by npm, pnpm, Yarn (both linkers) and Bun, train on two backends that agree',
  seeds: Object.keys(managers).length,
  sample: 0,
  start: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-archives-'))
    const tools = join(directory, 'tools')
    const archives = await packed(directory)
    return {
      attempt: (seed) => attempt({ archives, tools }, seed),
      end: async () => rmSync(directory, { recursive: true, force: true }),
    }
  },
}
