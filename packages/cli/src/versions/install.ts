/** Versions of a package, each in a directory of its own in the cache, as npm installs it; once it is there it is taken as it is. */
import { existsSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { InputError } from '@isograd/core'
import { cacheDirectory, lockRun, makeDirectory } from '@isograd/core/node'
import type { PinnedPackages } from '../backends/pinned-packages.js'
import { callNpm } from './npm.js'
import type { RuntimePackage } from './runtime-packages.js'

/** The file that says that npm has ended well. */
const DONE = 'installed'

/** The directory in which all versions are kept. */
export function versionsDirectory(): string {
  return join(cacheDirectory(), 'versions')
}

/** Neither a path nor an address, which npm would take as well, and whose code would be installed. */
const VERSION = /^[0-9A-Za-z][\w.+-]*$/

/** @throws InputError for what is no version: it becomes a part of a path */
function directoryOf({ name, together }: RuntimePackage, version: string): string {
  if (!VERSION.test(version)) {
    throw new InputError('isograd', `${name}: expected a version such as 1.21.0, got "${version}"`)
  }
  return join(versionsDirectory(), [name, ...together].toSorted().join('+').replaceAll('/', '-').concat(`@${version}`))
}

/** Milliseconds between two tries for a directory in which another process installs. */
const AGAIN = 500

/** All that an installation leaves. */
const INSTALLED = ['node_modules', 'package.json', 'package-lock.json']

/** Removes a directory, unless another process has begun in it. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // Its files are that process's.
  }
}

/** Locks a directory once no other process has it. @throws the reason of `signal` */
async function lockWhenFree(directory: string, signal: AbortSignal | undefined): ReturnType<typeof lockRun> {
  for (;;) {
    makeDirectory(directory)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      return await lockRun(directory)
    } catch (error) {
      // One that another process has removed meanwhile is made again.
      if (!(error instanceof InputError) && existsSync(directory)) throw error
      // oxlint-disable-next-line no-await-in-loop -- as above
      await setTimeout(AGAIN, undefined, { signal })
    }
  }
}

async function install(directory: string, packages: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const lock = await lockWhenFree(directory, signal)
  let isDone = existsSync(join(directory, DONE))
  try {
    if (isDone) return
    rmSync(join(directory, 'node_modules'), { recursive: true, force: true })
    writeFileSync(join(directory, 'package.json'), '{ "private": true }\n')
    await callNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], directory, signal)
    writeFileSync(join(directory, DONE), '')
    isDone = true
  } finally {
    // It is locked until what was installed is gone: another process may wait for it.
    if (!isDone) for (const name of INSTALLED) rmSync(join(directory, name), { recursive: true, force: true })
    lock.release()
    if (!isDone) removeEmpty(directory)
  }
}

/**
 * Installs a version, unless it is there, without the scripts of packages: those of runtimes download what is not used here.
 * @returns where its packages are. @throws NpmFailure, the reason of `signal`
 */
export async function installVersion(
  runtime: RuntimePackage,
  version: string,
  signal?: AbortSignal,
): Promise<PinnedPackages> {
  const directory = directoryOf(runtime, version)
  const names = [runtime.name, ...runtime.together]
  if (!existsSync(join(directory, DONE))) {
    const packages = names.map((each) => `${each}@${version}`)
    await install(directory, packages, signal)
  }
  return Object.fromEntries(names.map((each) => [each, directory]))
}
