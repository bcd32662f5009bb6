/** Packages under Yarn's Plug'n'Play, whose table stands in for `node_modules`. */
import Module from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { installedDirectory } from '../src/disk/package-entry.js'
import { temporaryDirectory } from './command.js'

it('lie where Yarn says, for the directory that imports them, and nowhere if it does not let them', () => {
  const directory = temporaryDirectory()
  const asked: string[] = []
  const resolveToUnqualified = (name: string, from: string): string => {
    asked.push(from)
    if (name === 'declared') return '/cache/declared.zip/node_modules/declared'
    throw new Error(`tried to access ${name}, but it isn't declared`)
  }
  const table = { findPnpApi: () => ({ resolveToUnqualified }) }
  Object.assign(Module, table)
  try {
    expect(installedDirectory('declared', directory)).toBe('/cache/declared.zip/node_modules/declared')
    expect(installedDirectory('other', directory)).toBeUndefined()
  } finally {
    Reflect.deleteProperty(Module, 'findPnpApi')
  }
  // A directory, by its last character: Yarn would look for the owner of a file of that name.
  expect(asked).toEqual([join(directory, '/'), join(directory, '/')])
  expect(installedDirectory('declared', directory)).toBeUndefined()
})
