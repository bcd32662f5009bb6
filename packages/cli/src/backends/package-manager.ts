/**
 * The package manager of a directory, told by the lock file that it leaves in the project: another one would install beside
 * it. npm where there is none. No package needs its install script here, and some would download from elsewhere.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Step } from './addition.js'

/** A package manager, with the words after which it takes packages to install without their scripts. */
interface PackageManager {
  readonly program: string
  readonly locks: readonly string[]
  readonly words: readonly string[]
}

const npm: PackageManager = {
  program: 'npm',
  locks: ['package-lock.json', 'npm-shrinkwrap.json'],
  words: ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
}

/** All that are told apart: another one is a line here. */
const managers: readonly PackageManager[] = [
  npm,
  { program: 'pnpm', locks: ['pnpm-lock.yaml'], words: ['add', '--ignore-scripts'] },
  { program: 'yarn', locks: ['yarn.lock'], words: ['add', '--mode=skip-build'] },
  { program: 'bun', locks: ['bun.lock', 'bun.lockb'], words: ['add', '--ignore-scripts'] },
]

function managerOf(directory: string): PackageManager {
  const found = managers.find(({ locks }) => locks.some((lock) => existsSync(join(directory, lock))))
  const parent = dirname(directory)
  return found ?? (parent === directory ? npm : managerOf(parent))
}

/** The program itself: under Windows its command is a script, which only a shell could start. */
function stepOf({ program }: PackageManager, args: readonly string[]): Step {
  const script = process.platform === 'win32' ? process.env['npm_execpath'] : undefined
  return script === undefined ? { program, args } : { program: process.execPath, args: [script, ...args] }
}

/** The step that calls npm. */
export function npmCall(args: readonly string[]): Step {
  return stepOf(npm, args)
}

/** The step by which npm installs packages. */
export function npmStep(packages: readonly string[]): Step {
  return npmCall([...npm.words, ...packages])
}

/** The step that installs packages in a directory, by its package manager. */
export function installStep(packages: readonly string[], directory: string): Step {
  const manager = managerOf(directory)
  return stepOf(manager, [...manager.words, ...packages])
}

/** The line of `installStep`, as a user would write it. */
export function installText(packages: readonly string[], directory: string): string {
  const { program, words } = managerOf(directory)
  return [program, ...words.filter((word) => !word.startsWith('--no-')), ...packages].join(' ')
}
