/**
 * All that two results must share to be equal bit for bit: machine, Node, versions, and of each backend its device, threads and
 * options, and the content of an adapter that is a file and has no version to go by.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sha256 } from '@isograd/core/node'
import { inBrowser } from '../backends/browser/name.js'
import { findAdapter, type LoadedBackend } from '../backends/load.js'
import { isPath } from '../disk/package-entry.js'
import { environmentOf } from '../documents/environment.js'
import type { Line } from '../documents/sweep-lines.js'
import { plural } from '../text/layout.js'

/** Digits of a digest that are kept. */
const DIGITS = 16

/** The path of an adapter that goes by it; undefined for a package, which has a version. */
function pathOf(asked: string): string | undefined {
  const [path = ''] = (inBrowser(asked)?.asked ?? asked).split('#')
  return isPath(path) ? path : undefined
}

/** The name of a backend, without a path of this machine. */
function nameOf({ asked, backend }: LoadedBackend): string {
  return pathOf(asked) === undefined ? asked : backend.name
}

/** The digest of the module of an adapter that is a file. */
function adapterDigest(asked: string, directory: string): string[] {
  const path = pathOf(asked)
  if (path === undefined) return []
  const found = findAdapter(path, directory)
  return 'ok' in found ? [] : [`sha256 ${sha256(readFileSync(fileURLToPath(found.entry.url))).slice(0, DIGITS)}`]
}

function backendText({ asked, backend: { info } }: LoadedBackend, directory: string): string {
  const options = Object.entries(info.options).map(([key, value]) => `${key} ${String(value)}`)
  return [info.device, plural(info.threads, 'thread'), ...options, ...adapterDigest(asked, directory)].join(', ')
}

/** The environment of this process with its backends, under a mark. */
export function computingEnvironment(
  loaded: readonly LoadedBackend[],
  directory: string = process.cwd(),
): Extract<Line, { outcome: 'environment' }> {
  const { node, v8, platform, arch, cpu, versions } = environmentOf(loaded, [])
  const backends = Object.fromEntries(loaded.map((each) => [nameOf(each), backendText(each, directory)]))
  const environment = { node, v8, platform, arch, cpu, versions, backends }
  const on = sha256(Buffer.from(JSON.stringify(environment))).slice(0, 8)
  return { outcome: 'environment', on, environment }
}
