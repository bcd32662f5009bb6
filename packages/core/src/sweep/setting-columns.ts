/**
 * The settings of many trials as columns of a table. A path whose values are objects or lists takes a column for each of
 * their leaves that differ; where these are many, one column that numbers the values and says the first of them.
 */
import { formatPath, parsePath, type Problem } from '../experiment/problems.js'
import type { Settings } from './document.js'

/** A column. */
export interface SettingColumn {
  /** The path of the setting, or of a leaf in it. */
  readonly path: string
  /** The value of some settings, which is no object; undefined where they have none. */
  readonly of: (settings: Settings) => unknown
}

/** Leaves of a setting that have columns of their own, and those that are told of one with more. */
const [MOST_LEAVES, MOST_TOLD] = [4, 2]

type Path = Problem['path']

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

/** Leaves by path; a value that is none is its own. */
function leavesOf(value: unknown, path: Path): Map<string, unknown> {
  if (!isBranch(value)) return new Map([[formatPath(path), value]])
  const entries = Object.entries(value).map(([key, each]) =>
    leavesOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return new Map(entries.flatMap((leaves) => [...leaves]))
}

/** A leaf as text: empty objects and lists as JSON. */
function leafOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

/** The short form of one of many values: its number, and the first leaves that it has otherwise than the others. */
function toldOf(leaves: ReadonlyMap<string, unknown>, differing: readonly string[], number: number): string {
  const own = differing.filter((path) => leaves.has(path))
  const told = own
    .slice(0, MOST_TOLD)
    .map((path) => `${path.slice(path.lastIndexOf('.') + 1)} ${String(leaves.get(path))}`)
  return `#${number} ${[...told, ...(own.length > MOST_TOLD ? ['\u2026'] : [])].join(', ')}`
}

function columnsOf(path: string, values: readonly unknown[]): SettingColumn[] {
  const plain = { path, of: (settings: Settings) => leafOf(settings[path]) }
  if (!values.some(isBranch)) return [plain]
  const keyed = new Map(values.map((value) => [JSON.stringify(value), leavesOf(value, parsePath(path))]))
  const all = [...keyed.values()]
  const paths = [...new Set(all.flatMap((leaves) => [...leaves.keys()]))]
  const differing = paths.filter((each) => new Set(all.map((leaves) => JSON.stringify(leaves.get(each)))).size > 1)
  const leavesIn = (settings: Settings) => keyed.get(JSON.stringify(settings[path]))
  if (differing.length > 0 && differing.length <= MOST_LEAVES) {
    return differing.map((each) => ({ path: each, of: (settings) => leafOf(leavesIn(settings)?.get(each)) }))
  }
  const texts = new Map(
    [...keyed].map(([key, leaves], i) => [key, toldOf(leaves, differing.length > 0 ? differing : paths, i + 1)]),
  )
  return [{ path, of: (settings) => texts.get(JSON.stringify(settings[path])) }]
}

/** The columns, in the order in which the paths come. */
export function settingColumns(all: readonly Settings[]): SettingColumn[] {
  const paths = [...new Set(all.flatMap((settings) => Object.keys(settings)))]
  return paths.flatMap((path) =>
    columnsOf(
      path,
      all.flatMap((settings) => (Object.hasOwn(settings, path) ? [settings[path]] : [])),
    ),
  )
}

/** The ends of paths, as many keys of each as tell it from the others. */
export function shortPaths(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const keys = path.split('.')
    const ends = keys.map((_, at) => keys.slice(at).join('.')).toReversed()
    const isOwn = (end: string): boolean => paths.every((other) => other === path || !`.${other}`.endsWith(`.${end}`))
    return ends.find(isOwn) ?? path
  })
}
