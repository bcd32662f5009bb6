/** Progress of counted work: its rate and the time left, and that a pipe hears nothing of it. */
import { expect, it } from 'vitest'
import { Counted } from '../src/text/counted.js'
import { fixture, isograd } from './command.js'

it('tells the rate of what is done and the time that the rest takes at it', () => {
  let now = 1000
  const counted = new Counted(300, () => now)
  expect(counted.at(0)).toBe('1 of 300')
  now += 5000
  // 20 parts in 5 s are 4/s; 280 are left: 70 s.
  expect(counted.at(20)).toBe('21 of 300, 4.00/s, 1:10 left')
  now += 95_000
  // 50 in 100 s are 0.5/s; 250 are left: 500 s.
  expect(counted.at(50.0)).toBe('51 of 300, 0.500/s, 8:20 left')
  expect(counted.at(299.5)).toMatch(/^300 of 300, /)
})

it.each([
  ['conformance', 'reference', '--only', 'add/finite/*'],
  ['check', fixture('tiny.json'), '--backend', 'reference,wasm'],
  ['selftest', '--healthy', '1', '--faults', '1', '--backend', 'reference'],
])('%s says nothing of it in a pipe', { timeout: 120_000 }, async (...args) => {
  const { stderr } = await isograd(args)
  expect(stderr).not.toMatch(/\d of \d/)
})
