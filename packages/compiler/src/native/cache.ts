/**
 * Objects on disk, by name. Beside each lies a file with its SHA-256: what does not fit it is never loaded. Files are
 * written under another name and renamed, so that processes that share a folder never see half of one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

/**
 * Makes a folder and those that it lies in, each at most twice: Node's own recursion never ends where a folder answers, as
 * /proc does, that it is not there.
 */
async function makeFolder(folder: string): Promise<void> {
  const make = (): Promise<unknown> => mkdir(folder, { mode: 0o700 })
  try {
    await make()
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await make()
  }
}

/** Some hundred megabytes at most: an object takes 20 to 200 KB. */
const MOST = 1000

/** Files by name, in the user's folder or, where that cannot be used, in one of this process. */
export class Cache {
  readonly #folder: string
  readonly #most: number
  #own: string | undefined
  /** @param most files that are kept; where there are more, half of them go: those that were not used for longest. */
  constructor(folder: string, most = MOST) {
    this.#folder = folder
    this.#most = most
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
      if (hashOf(data) !== sum) return undefined
      const now = new Date()
      // A folder that is only read is not tidied either.
      await utimes(path, now, now).catch(() => undefined)
      return path
    } catch {
      return undefined
    }
  }

  /** Keeps a file; its path. */
  async keep(name: string, data: Uint8Array): Promise<string> {
    try {
      await makeFolder(this.#folder)
      refuse(await isOurs(this.#folder))
      const path = write(this.#folder, name, data)
      await this.#tidy()
      return path
    } catch {
      return this.keepApart(name, data)
    }
  }

  async #tidy(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => !name.endsWith('.sha256'))
    if (names.length <= this.#most) return
    const paths = names.map((name) => join(this.#folder, name))
    const ages = await Promise.all(paths.map(async (path) => ({ path, used: (await stat(path)).mtimeMs })))
    const oldest = ages.toSorted((a, b) => a.used - b.used).slice(0, Math.ceil(this.#most / 2))
    await Promise.all(oldest.flatMap(({ path }) => [path, `${path}.sha256`].map((one) => rm(one, { force: true }))))
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
