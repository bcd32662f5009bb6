import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installAlone, type PackageFolder, packages, run, withoutOptional } from './install.js'

const adapter = (name: string, variant: string) => `
const { isogradAdapter } = await import('${name}')
const { Builder } = await import('@isograd/core/ir')
const { tensor } = await import('@isograd/core/backend')
const made = await isogradAdapter.create('${variant}', { threads: 1 })
if (!made.ok) throw new Error(made.reason)
const b = new Builder('double')
const x = b.xs('x', { dtype: 'float32', shape: [2] })
const executable = await made.backend.compile(b.finish({ carry: {}, ys: { y: b.add(x, x) } }), {})
const { ys } = await executable.scan({}, { x: tensor('float32', [1, 2], [1.5, -2]) })
console.log(Array.from(ys.y.data).join())
await made.backend.dispose()
`

/** A program for each package that does what it is for, and the line that it prints. */
const programs: { readonly [F in PackageFolder]: readonly [program: string, printed: string] } = {
  core: [
    `
const { findPreset, parseExperiment, planFor, recordOf, referenceBackend, train } = await import('@isograd/core')
const { loadDataset } = await import('@isograd/core/node')
const { finalOf } = await import('@isograd/core/compare')
const { arms, registry } = parseExperiment(findPreset('scalar-chain'))
const dataset = await loadDataset('given', { settings: arms.relu.data.options })
const plan = planFor({ armName: 'relu', arm: arms.relu, dataset, registry })
const events = []
for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
console.log(finalOf(recordOf(events)).value.toFixed(4))`,
    '0.0060',
  ],
  report: [
    `const { renderReport } = await import('@isograd/report')\nconsole.log((await renderReport([])).slice(0, 15))`,
    '<!doctype html>',
  ],
  playground: [
    `
const { readFileSync } = await import('node:fs')
const { site } = await import('@isograd/playground')
console.log(readFileSync(new URL('index.html', site), 'utf8').slice(0, 15))`,
    '<!doctype html>',
  ],
  'create-isograd-adapter': [
    `
const { execFileSync } = await import('node:child_process')
const command = 'node_modules/create-isograd-adapter/bin/create-isograd-adapter.js'
console.log(String(execFileSync(process.execPath, [command, 'tiny', '--runtime', 'none'])).split('\\n')[0])`,
    'tiny: 10 files. Next:',
  ],
  compiler: [adapter('@isograd/compiler', 'wasm'), '3,-4'],
  'onnx-adapter': [adapter('@isograd/onnx-adapter', 'onnx'), '3,-4'],
  'tfjs-adapter': [adapter('@isograd/tfjs-adapter', 'tfjs-wasm'), '3,-4'],
  'jaxjs-adapter': [adapter('@isograd/jaxjs-adapter', 'jaxjs-wasm'), '3,-4'],
  cli: [
    `
const { execFileSync } = await import('node:child_process')
const command = 'node_modules/isograd/bin/isograd.js'
const text = execFileSync(process.execPath, [command, 'run', 'scalar-chain', '--backend', 'reference', '--json'])
console.log(JSON.parse(text).runs.map(({ arm }) => arm).join())`,
    'sigmoid,relu',
  ],
}

test.each(Object.entries(programs) as [PackageFolder, readonly [string, string]][])(
  '%s does its work with nothing installed but what it declares',
  async (folder, [program, printed]) => {
    const project = await mkdtemp(join(tmpdir(), 'isograd-alone-'))
    try {
      await writeFile(join(project, 'package.json'), '{ "name": "consumer", "type": "module", "private": true }')
      await installAlone(project, folder)
      const manifest = join(project, 'node_modules', packages[folder], 'package.json')
      const entries = Object.keys((JSON.parse(await readFile(manifest, 'utf8')) as { exports: object }).exports)
      const imports = entries
        .filter((entry) => !/\.json$|\*/.test(entry))
        .map((entry) => `await import('${packages[folder]}${entry.slice(1)}')`)
      await writeFile(join(project, 'program.mjs'), `${imports.join('\n')}\n${program}`)
      const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: project })
      expect(stdout.trim()).toBe(printed)
    } finally {
      await rm(project, { recursive: true, force: true })
    }
  },
)

test('the command takes a second opinion where it has its own backend alone', async () => {
  const project = await mkdtemp(join(tmpdir(), 'isograd-alone-'))
  try {
    await installAlone(project, 'cli', withoutOptional)
    const command = join(project, 'node_modules', 'isograd', 'bin', 'isograd.js')
    const args = [command, 'check', 'keras-13x10', '--dataset', 'digits', '--arm', 'relu', '--mode', 'step', '--json']
    const env = { ...process.env, ISOGRAD_CC: join(project, 'none') }
    const { stdout, stderr } = await run(process.execPath, args, { cwd: project, env })
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'agree' })
    expect(stdout).toContain('"reference"')
    expect(stderr).toContain('note: wasm alone is installed: reference is the second opinion')
    expect(stderr).toMatch(
      /npx isograd add onnx\n +or: npm install --ignore-scripts @isograd\/onnx-adapter onnxruntime-node\n/,
    )
  } finally {
    await rm(project, { recursive: true, force: true })
  }
})
