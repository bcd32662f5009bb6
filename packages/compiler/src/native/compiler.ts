/** The system's C compiler: where it is, what it compiles for, and how it makes an object of a C text. */
import { createHash } from 'node:crypto'
import { access, constants, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { basename, delimiter, join, resolve as absolute } from 'node:path'
import { BackendError } from '@isograd/core/backend'
import { machineOf, type Machine } from './machine.js'
import { run } from './process.js'

/** A compiler that has been found. */
export interface Compiler {
  readonly path: string
  /** Changes whenever the compiler or the processor does. */
  readonly identity: string
}

/** A compiler and what it compiles for. */
export interface Toolchain extends Compiler {
  /** First line of what it says of itself. */
  readonly version: string
  /** Arguments that choose this machine's processor. */
  readonly target: readonly string[]
  readonly machine: Machine
}

/** Says how a user gets a compiler. */
export const cure = 'install gcc or clang, or name a C compiler in ISOGRAD_CC; the backend "wasm" needs none'

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    async () => (await stat(path)).isFile(),
    () => false,
  )

/** The first of the paths that can be run. */
async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  const found = await Promise.all(paths.map(isExecutable))
  return paths[found.indexOf(true)]
}

/** Flags and model of the processor: what an object may contain depends on them. */
async function processor(): Promise<string> {
  const flags = await readFile('/proc/cpuinfo', 'utf8').then(
    (text) => /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? '',
    () => '',
  )
  return [process.platform, process.arch, cpus()[0]?.model ?? '', flags].join('\n')
}

/** Finds the compiler: that of `ISOGRAD_CC`, else cc, gcc or clang on the path. */
export async function findCompiler(environment: NodeJS.ProcessEnv): Promise<Compiler> {
  if (process.platform === 'win32') {
    throw new BackendError('native', 'expected Linux or macOS, got Windows; use the backend "wasm"')
  }
  const { ISOGRAD_CC: chosen, PATH = '' } = environment
  const names = chosen === undefined || chosen === '' ? ['cc', 'gcc', 'clang'] : [chosen]
  const folders = PATH.split(delimiter).filter((folder) => folder !== '')
  const paths = names.flatMap((name) =>
    basename(name) === name ? folders.map((folder) => join(folder, name)) : [absolute(name)],
  )
  const path = await firstExecutable(paths)
  if (path === undefined) {
    const expected =
      chosen === undefined || chosen === '' ? 'cc, gcc or clang on the PATH' : `ISOGRAD_CC to name a program`
    throw new BackendError(
      'native',
      `expected ${expected}, got ${chosen === undefined || chosen === '' ? 'none' : `"${chosen}"`}; ${cure}`,
    )
  }
  const { mtimeMs, size } = await stat(await realpath(path))
  return { path, identity: [path, mtimeMs, size, await processor()].join('\n') }
}

/** The error of a compiler that did not do what it was asked. */
function complaint(path: string, reason: string, said: string): BackendError {
  const lines = said.split('\n')
  const line = lines.find((one) => /error/i.test(one)) ?? lines[0] ?? ''
  return new BackendError('native', `the C compiler ${path} ${reason}${line === '' ? '' : `: ${line.trim()}`}; ${cure}`)
}

/** Runs the compiler in a folder of its own, which is gone afterwards. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'isograd-native-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const targets: readonly (readonly string[])[] = [['-march=native'], ['-mcpu=native'], []]

/** Milliseconds for an answer, which takes a compiler a few hundredths of a second. */
const LONGEST_ANSWER = 20_000

/** Asks a compiler what it is and what it compiles for. @param longest milliseconds. */
export async function askCompiler(compiler: Compiler, longest: number): Promise<Toolchain> {
  const limit = Math.min(longest, LONGEST_ANSWER)
  const { path } = compiler
  return inFolder(async (cwd) => {
    const ask = (args: readonly string[]) => run(path, args, { cwd, log: join(cwd, 'log'), limit })
    await writeFile(join(cwd, 'empty.c'), '')
    const version = await ask(['--version'])
    if (!version.isDone) throw complaint(path, version.reason, version.said)
    for (const target of targets) {
      // oxlint-disable-next-line no-await-in-loop -- the next is asked only where this one is refused
      const { isDone, said } = await ask([...target, '-dM', '-E', 'empty.c'])
      if (isDone) return { ...compiler, version: version.said.split('\n')[0] ?? '', target, machine: machineOf(said) }
    }
    throw complaint(path, 'does not tell its macros', '')
  })
}

/**
 * Arguments for all objects: vectors are ours, integers wrap, and no number changes for speed. Without trapping-math gcc takes
 * a conversion to an integer and back for a rounding, which keeps the sign of -0.
 */
const ALWAYS = ['-O2', '-ffp-contract=off', '-fno-tree-vectorize', '-fwrapv', '-fno-strict-aliasing', '-fno-math-errno']
const LINKED = [
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-w',
  ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
]

/** The arguments of a toolchain. */
export const argumentsOf = ({ target }: Toolchain): readonly string[] => [...target, ...ALWAYS, ...LINKED]

const waiting: (() => void)[] = []
let running = 0

/** Waits for its turn: no more compilers at once than there are processors. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= availableParallelism()) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
  try {
    return await work()
  } finally {
    running--
    waiting.shift()?.()
  }
}

const ELF = 0x46_4c_45_7f

/** True where the table of sections, which ends an ELF object of 64 bits, is not there whole: its code would fault when it runs. */
function isCutShort(object: Uint8Array): boolean {
  const view = new DataView(object.buffer, object.byteOffset, object.length)
  if (object.length < 64 || view.getUint32(0, true) !== ELF) return false
  const [size, count] = [view.getUint16(0x3a, true), view.getUint16(0x3c, true)]
  return Number(view.getBigUint64(0x28, true)) + size * count > object.length
}

/** The object of a C text. @param limit milliseconds. @throws BackendError with the compiler's first complaint. */
export async function compileC(
  { path }: Toolchain,
  args: readonly string[],
  text: string,
  limit: number,
): Promise<Uint8Array> {
  return inTurn(() =>
    inFolder(async (cwd) => {
      await writeFile(join(cwd, 'program.c'), text)
      const ended = await run(path, [...args, 'program.c', '-o', 'program.node'], { cwd, log: join(cwd, 'log'), limit })
      if (!ended.isDone) throw complaint(path, ended.reason, ended.said)
      const file = join(cwd, 'program.node')
      const isFile = await stat(file).then(
        (made) => made.isFile(),
        () => false,
      )
      if (!isFile) throw complaint(path, 'made no object', ended.said)
      const object = await readFile(file)
      if (isCutShort(object)) throw complaint(path, 'made an object that is cut short', ended.said)
      return object
    }),
  )
}

/** A short name for texts. */
export function hashOf(...texts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text).update('\0')
  return hash.digest('hex')
}
