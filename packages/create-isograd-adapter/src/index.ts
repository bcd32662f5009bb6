/**
 * `create-isograd-adapter` in code: the files of a new package that makes a runtime train isograd's programs.
 * @packageDocumentation
 * @experimental
 */

import { InputError, version } from '@isograd/core'
import backend from 'template:example/src/backend.js'
import tsconfig from 'template:example/tsconfig.json'
import conformanceTest from 'template:conformance.test.js'
import index from 'template:index.js'
import readme from 'template:readme.txt'
import runtime from 'template:runtime.js'
import runtimeVersions from 'template:runtime-versions.js'
import versions from 'template:versions.js'
import workflow from 'template:workflow.yml'
import { kernelTable } from './kernel-table.js'

/** The package that is wanted. */
export interface NewAdapter {
  /** Of the backend, as records and `--backend` name it: `tiny` gives the package `isograd-adapter-tiny`. */
  readonly name: string
  /** The package of the runtime; unless given, kernels are plain JavaScript. */
  readonly runtime?: string | undefined
}

/** A name of a backend that is part of a package's name too. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** Names that `--backend` takes for isograd's own. */
const TAKEN: ReadonlySet<string> = new Set(
  `wasm native onnx onnx-webgpu onnx-web onnx-web-webgpu tfjs-wasm tfjs-cpu tfjs-node tfjs-webgl tfjs-webgpu
  jaxjs-wasm jaxjs-webgpu reference`.split(/\s+/),
)

/** As npm has it: neither an option nor a path or an address. */
const PACKAGE_NAME = /^(?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*$/

function refuse(message: string): never {
  throw new InputError('create-isograd-adapter', message)
}

/** The name without what is said of it anyway. @throws InputError for one that no package can have, or a backend of isograd's has */
export function backendName(text: string): string {
  const name = text.replace(/^isograd-adapter-/, '')
  if (TAKEN.has(name)) refuse(`name: expected a new one, as in my-${name}, got "${name}", a backend of isograd itself`)
  if (NAME.test(name)) return name
  return refuse(`name: expected up to 40 small letters, digits and hyphens, as in my-runtime, got "${text}"`)
}

function manifest(packageName: string, runtimeName: string | undefined): string {
  const peers = { '@isograd/core': `^${version}`, ...(runtimeName !== undefined && { [runtimeName]: '*' }) }
  const fields = {
    name: packageName,
    version: '0.1.0',
    description: `An isograd backend that computes with ${runtimeName ?? 'plain JavaScript'}.`,
    keywords: ['isograd', 'isograd-adapter'],
    license: 'MIT',
    files: ['src'],
    type: 'module',
    exports: './src/index.js',
    scripts: { test: 'node --test', typecheck: 'tsc -p .' },
    peerDependencies: peers,
    devDependencies: { '@types/node': '^20.19.0', isograd: `^${version}`, typescript: '^5.9.0' },
    engines: { node: '>=20.19.0' },
  }
  return `${JSON.stringify(fields, null, 2)}\n`
}

/** The example's backend with the versions of a package of its own. */
function backendText(): string {
  const own = "versions: { 'isograd-adapter-plain-js': '0.1.0' },"
  const imported = "import { kernels } from './kernels/index.js'\n"
  if (!backend.includes(own) || !backend.includes(imported)) throw new RangeError('internal: the example has changed')
  return backend.replace(own, 'versions,').replace(imported, `${imported}import { versions } from './versions.js'\n`)
}

/** The identifier of a name: `my-runtime` is `myRuntime`. */
function identifierOf(name: string): string {
  const joined = name.replaceAll(/-+(.)/g, (_, letter: string) => letter.toUpperCase())
  return /^\d/.test(joined) ? `n${joined}` : joined
}

/**
 * The files of a new package, by path: its first test passes as they stand.
 * @throws InputError for a name that no package can have, or a backend of isograd's has
 */
export function adapterFiles({ name: asked, runtime: runtimeName }: NewAdapter): Readonly<Record<string, string>> {
  const name = backendName(asked)
  if (runtimeName !== undefined && !PACKAGE_NAME.test(runtimeName)) {
    refuse(`runtime: expected the name of a package on npm, got "${runtimeName}"`)
  }
  const words: Readonly<Record<string, string>> = {
    'npm install the-runtime': runtimeName === undefined ? 'npm install' : `npm install ${runtimeName}`,
    'the-runtime': runtimeName ?? 'plain JavaScript',
    plainJsBackend: `${identifierOf(name)}Backend`,
    'plain-js': name,
  }
  // In one pass: the name of a runtime may hold a word that is replaced.
  const filled = (text: string): string =>
    text.replaceAll(new RegExp(Object.keys(words).join('|'), 'g'), (word) => words[word] ?? word)
  const ofRuntime = runtimeName === undefined ? {} : { 'src/runtime.js': filled(runtime) }
  return {
    'package.json': manifest(`isograd-adapter-${name}`, runtimeName),
    'tsconfig.json': tsconfig,
    'README.md': filled(readme),
    '.gitignore': 'node_modules\n',
    '.github/workflows/test.yml': workflow,
    'src/index.js': filled(index),
    'src/backend.js': filled(backendText()),
    'src/versions.js': filled(runtimeName === undefined ? versions : runtimeVersions),
    'src/kernels/index.js': kernelTable(runtimeName !== undefined),
    ...ofRuntime,
    'test/conformance.test.js': filled(conformanceTest),
  }
}
