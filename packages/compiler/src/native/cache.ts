/**
 * Objects on disk, by name. Beside each lies a file with its SHA-256: what does not fit it is never loaded. Files are
 * written under another name and renamed, so that processes that share a folder never see half of one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDirectory, writeTogether } from '@isograd/core/node'
import { hashOf } from './compiler.js'

/** The user's folder for what can be made again. */
export const cacheFolder = (env: NodeJS.ProcessEnv): string =>
  join(cacheDirectory({ env, platform: process.platform, home: homedir() }), 'native')

/** True where nobody else can put files into a folder. */
async function isOurs(folder: string): Promise<boolean> {
  const { uid, mode } = await stat(folder)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}

/** Files by name, in the user's folder or, where that cannot be used, in one of this process. */
export class Cache {
  readonly #folder: string
  #own: string | undefined
  constructor(folder: string) {
    this.#folder = folder
  }

  /** The path of a file that was kept, if it is there and whole. */
  async find(name: string): Promise<string | undefined> {
    const path = join(this.#folder, name)
    try {
      const [data, sum] = await Promise.all([
        readFile(path),
        readFile(`${path}.sha256`, 'utf8'),
        isOurs(this.#folder).then(refuse),
      ])
      return hashOf(data) === sum ? path : undefined
    } catch {
      return undefined
    }
  }

  /** Keeps a file; its path. */
  async keep(name: string, data: Uint8Array): Promise<string> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      refuse(await isOurs(this.#folder))
      return write(this.#folder, name, data)
    } catch {
      return this.keepApart(name, data)
    }
  }

  /** Keeps a file in a folder of this process; its path. */
  keepApart(name: string, data: Uint8Array): string {
    this.#own ??= mkdtempSync(join(tmpdir(), 'isograd-native-'))
    const path = join(this.#own, name)
    writeFileSync(path, data)
    return path
  }

  /** Removes the folder of this process; what is loaded stays loaded. */
  dispose(): void {
    if (this.#own !== undefined) rmSync(this.#own, { recursive: true, force: true })
    this.#own = undefined
  }
}

function refuse(isFit: boolean): void {
  if (!isFit) throw new Error('others may write into the folder')
}

/** Writes a file and its sum. */
function write(folder: string, name: string, data: Uint8Array): string {
  const path = join(folder, name)
  writeTogether([
    { path, content: data },
    { path: `${path}.sha256`, content: hashOf(data) },
  ])
  return path
}
