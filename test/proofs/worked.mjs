/**
 * The proof of `docs/worked.md`: each addition that it shows is whole. A seed is one of them. Its diff is applied to a copy of
 * the tree, what it touches is built and its types are checked, and the commands behind it are run.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/worked.md'), 'utf8')

/** Title, commands and diff of each. */
const additions = [...page.matchAll(/^## (.*)\n[^]*?^```sh\n([^]*?)^```\n\n```diff\n([^]*?)^```$/gm)]

/** Links modules of others into a copy, and the packages of the copy as they are linked here: by their relative paths. Caches stay. */
function linkModules(from, to) {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from).filter((each) => each === '.bin' || !each.startsWith('.'))) {
    const [here, there] = [join(from, name), join(to, name)]
    if (name === '@isograd') linkModules(here, there)
    else symlinkSync(lstatSync(here).isSymbolicLink() ? readlinkSync(here) : here, there)
  }
}

/** Copies what git would commit of the tree. */
function copyTree(to) {
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  for (const path of listed.split('\0').filter((each) => each !== '' && existsSync(join(ROOT, each)))) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(join(ROOT, path), join(to, path))
  }
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/node_modules`)
  for (const path of ['node_modules', ...packages].filter((each) => existsSync(join(ROOT, each))))
    linkModules(join(ROOT, path), join(to, path))
}

/** Turbo's words for the packages that a diff touches. */
const filters = (diff) =>
  [
    ...new Set([...diff.matchAll(/^\+\+\+ b\/(packages\/[\w-]+|test)\//gm)].map(([, path]) => `--filter=./${path}`)),
  ].join(' ')

function attempt(scratch, seed) {
  const [, title = '', commands = '', diff = ''] = additions[seed % additions.length] ?? []
  const cwd = join(scratch, 'tree')
  rmSync(cwd, { recursive: true, force: true })
  copyTree(cwd)
  const env = { ...process.env, TURBO_CACHE_DIR: join(scratch, 'cache'), DO_NOT_TRACK: '1', FORCE_COLOR: '0' }
  const build = `npx turbo run build typecheck --output-logs=errors-only ${filters(diff)}`
  const script = `exec 2>&1\ngit apply -\n${build}\n${commands}`
  const { status, stdout } = spawnSync('bash', ['-ec', script], { cwd, env, input: diff, encoding: 'utf8' })
  if (status === 0) return { title, outcome: 'whole' }
  return { title, outcome: 'broken', failed: true, end: stdout.slice(-4000).replaceAll(`${cwd}/`, '') }
}

/** The proof; that every diff applies is what `npm test` asks: `acceptance/worked.test.ts`. */
export const proof = {
  about: 'every addition of docs/worked.md applies to the tree, compiles, and passes the tests that it brings',
  seeds: additions.length,
  sample: 0,
  start: async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'isograd-worked-'))
    return {
      attempt: async (seed) => attempt(scratch, seed),
      end: async () => rmSync(scratch, { recursive: true }),
    }
  },
}
