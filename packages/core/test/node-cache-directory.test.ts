import { describe, expect, test } from 'vitest'
import { cacheDirectory, type CacheSurroundings } from '../src/node/cache-directory.js'

const linux: CacheSurroundings = { env: {}, platform: 'linux', home: '/home/ada' }
const mac: CacheSurroundings = { env: {}, platform: 'darwin', home: '/Users/ada' }
const windows: CacheSurroundings = { env: {}, platform: 'win32', home: 'C:\\Users\\ada' }

describe('the cache directory', () => {
  test.each([
    ['~/.cache on Linux', linux, '/home/ada/.cache/isograd'],
    [
      'XDG_CACHE_HOME, as the XDG specification says',
      { ...linux, env: { XDG_CACHE_HOME: '/var/ada' } },
      '/var/ada/isograd',
    ],
    [
      'not a relative XDG_CACHE_HOME, which the specification calls invalid',
      { ...linux, env: { XDG_CACHE_HOME: 'here' } },
      '/home/ada/.cache/isograd',
    ],
    ['not an empty XDG_CACHE_HOME', { ...linux, env: { XDG_CACHE_HOME: '' } }, '/home/ada/.cache/isograd'],
    ['~/.cache on other systems like it', { ...linux, platform: 'freebsd' as const }, '/home/ada/.cache/isograd'],
    ['~/Library/Caches on macOS', mac, '/Users/ada/Library/Caches/isograd'],
    ['LOCALAPPDATA on Windows', { ...windows, env: { LOCALAPPDATA: 'D:\\ada\\Local' } }, 'D:\\ada\\Local\\isograd'],
    ['the usual place of LOCALAPPDATA without it', windows, 'C:\\Users\\ada\\AppData\\Local\\isograd'],
  ])('is %s', (_, surroundings, expected) => {
    expect(cacheDirectory(surroundings)).toBe(expected)
  })

  test.each([linux, mac, windows])('is what ISOGRAD_CACHE_DIR says, on %j', (surroundings) => {
    const env = { ISOGRAD_CACHE_DIR: '/data/isograd', XDG_CACHE_HOME: '/var/ada', LOCALAPPDATA: 'D:\\' }
    expect(cacheDirectory({ ...surroundings, env })).toBe('/data/isograd')
  })

  test('ignores an empty ISOGRAD_CACHE_DIR', () => {
    expect(cacheDirectory({ ...mac, env: { ISOGRAD_CACHE_DIR: '' } })).toBe('/Users/ada/Library/Caches/isograd')
  })
})
