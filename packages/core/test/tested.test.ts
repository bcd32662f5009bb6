/** The versions that an adapter was tested with, and the words on every other. */
import { expect, it } from 'vitest'
import { type BackendInfo, untestedNotes, withUntested } from '../src/backend/index.js'

const info = (version: string): BackendInfo => ({
  versions: { runtime: version, other: '1.0.0' },
  device: 'cpu',
  threads: 1,
  dtypes: ['float32'],
  options: {},
})

const tested = { runtime: ['1.9.0', '1.30.2'] } as const

it.each(['1.9.0', '1.9.1', '1.10.0', '1.30.2'])('takes %s as tested', (version) => {
  expect(withUntested(info(version), tested)).toEqual(info(version))
})

it.each(['1.8.9', '1.30.3', '2.0.0', '1.30.0-rc.1', 'unknown'])('says that %s was never tested', (version) => {
  const found = withUntested(info(version), tested)
  expect(found.untested).toEqual({ runtime: '1.9.0 to 1.30.2' })
  expect(untestedNotes('mine', found)).toEqual([
    `note: [mine] runtime ${version} was never tested; tested: 1.9.0 to 1.30.2`,
  ])
})

it('says nothing of an adapter that names no versions', () => {
  expect(untestedNotes('mine', withUntested(info('3.0.0')))).toEqual([])
})
