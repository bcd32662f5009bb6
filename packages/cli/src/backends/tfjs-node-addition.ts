/**
 * tfjs-node without its own download, which is refused on many machines: TensorFlow's library and headers out of a wheel of
 * TensorFlow for Python, and the package's native module built from the sources that it brings.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BackendError } from '@isograd/core'
import { registry } from './registry.js'
import { installedDirectory } from '../disk/package-entry.js'
import type { Addition, Step } from './addition.js'
import { npmStep } from './package-manager.js'

const PACKAGE = '@tensorflow/tfjs-node'
const VERSION = '4.22.0'

/** The wheel that was tried, with its SHA-256. It is for one version of Python, but nothing of it that is kept is. */
const WHEEL = {
  requirement: 'tensorflow-cpu==2.15.1',
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  python: '3.11',
  platform: 'manylinux2014_x86_64',
} as const

/** The libraries of the wheel, as the linker finds them by name. */
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** Takes what is needed out of the one wheel of a directory. */
const UNPACK = `
import glob, sys, zipfile
folder, target = sys.argv[1:]
parts = ('tensorflow/libtensorflow_', 'tensorflow/include/tensorflow/c/', 'tensorflow/include/tsl/',
         'tensorflow/include/external/local_tsl/tsl/', 'tensorflow/include/tensorflow/tsl/',
         'tensorflow/include/tensorflow/core/platform/ctstring')
with zipfile.ZipFile(glob.glob(folder + '/*.whl')[0]) as wheel:
    wheel.extractall(target, [name for name in wheel.namelist() if name.startswith(parts)])
`

/** Directories in which Node's headers may lie. */
function headerPlaces(): readonly string[] {
  const own = [process.env['NODEDIR'], process.env['npm_config_nodedir'], resolve(process.execPath, '../..')]
  return own.filter((place) => place !== undefined && place !== '').map((place) => join(String(place), 'include/node'))
}

function nodeHeaders(): string | undefined {
  return headerPlaces().find((place) => existsSync(join(place, 'node_api.h')))
}

function runs(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

function missing(): readonly string[] {
  const place = `${process.platform}/${process.arch}`
  const lacks: readonly (readonly [isMissing: boolean, sentence: string])[] = [
    [place !== 'linux/x64', `untested on ${place}: it takes a library for Linux on x64, and nothing else was tried`],
    [!runs('npm', '--version'), 'npm is missing, which brings the package'],
    [!runs('python3', '--version'), 'python3 is missing, which unpacks the library (Debian: apt-get install python3)'],
    [
      !runs('python3', '-m', 'pip', '--version'),
      'python3 has no pip, which downloads the library (Debian: apt-get install python3-pip)',
    ],
    [!runs('g++', '--version'), 'g++ is missing, which builds the native module (Debian: apt-get install g++)'],
    [
      nodeHeaders() === undefined,
      `the headers of Node are not in ${headerPlaces().join(' or ')} (Debian: apt-get install libnode-dev; or set NODEDIR)`,
    ],
  ]
  return lacks.flatMap(([isMissing, sentence]) => (isMissing ? [sentence] : []))
}

/** The packages to install: this one, and the adapter with what it needs where that is not there. */
function packagesFor(directory: string): readonly string[] {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const adapter = '@isograd/tfjs-adapter'
  const isThere = [here, directory].some((from) => installedDirectory(adapter, from) !== undefined)
  const others = registry['tfjs-wasm']?.install.split(' ').slice(2)
  return [`${PACKAGE}@${VERSION}`, ...(isThere || others === undefined ? [] : others)]
}

function downloadStep(folder: string): Step {
  const requirements = join(folder, 'requirements.txt')
  writeFileSync(requirements, `${WHEEL.requirement} --hash=sha256:${WHEEL.sha256}\n`)
  const kind = ['--only-binary=:all:', '--python-version', WHEEL.python, '--platform', WHEEL.platform]
  const options = ['--disable-pip-version-check', '--no-deps', '--require-hashes', ...kind]
  return { program: 'python3', args: ['-m', 'pip', 'download', ...options, '--dest', folder, '-r', requirements] }
}

function buildStep(place: string): Step {
  const [library, target] = [join(place, 'deps/tensorflow'), join(place, 'lib/napi-v8')]
  mkdirSync(target, { recursive: true })
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(place, 'binding', name))
  const headers = [`-I${nodeHeaders() ?? ''}`, `-I${join(library, 'include')}`]
  const links = [`-L${library}`, ...LIBRARIES.map((name) => `-l:${name}`), '-Wl,-rpath,$ORIGIN/../../deps/tensorflow']
  const options = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8']
  return {
    program: 'g++',
    args: [...options, ...headers, ...sources, ...links, '-o', join(target, 'tfjs_binding.node')],
  }
}

function* steps(directory: string): Iterable<Step> {
  yield npmStep(packagesFor(directory))
  const place = installedDirectory(PACKAGE, directory)
  if (place === undefined)
    throw new BackendError('isograd', `npm has installed ${PACKAGE} where ${directory} does not find it`)
  const [folder, library] = [join(place, 'wheel'), join(place, 'deps')]
  mkdirSync(folder, { recursive: true })
  yield downloadStep(folder)
  rmSync(library, { recursive: true, force: true })
  yield { program: 'python3', args: ['-c', UNPACK, folder, library] }
  yield buildStep(place)
  rmSync(folder, { recursive: true })
}

/** The record. */
export const tfjsNode: Addition = {
  runs: () => [
    `npm install --ignore-scripts ${PACKAGE}@${VERSION}`,
    `python3 -m pip download ${WHEEL.requirement}, its SHA-256 checked, for the library inside`,
    'python3 to unpack it, and g++ to build the native module, both inside that package',
  ],
  takes: '210 MB from where your pip downloads, 100 MB from where your npm does; 0.9 GB on the disk, 1.1 GB meanwhile',
  missing,
  steps,
}
