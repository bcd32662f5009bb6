/** The report of `doctor`: what holds for several backends is told once. */
import { expect, it } from 'vitest'
import type { DoctorDocument } from '../src/documents/doctor-document.js'
import { doctorReport } from '../src/terminal/doctor.js'
import { styleOf } from '../src/text/terminal-style.js'

const environment = {
  node: '20',
  platform: 'linux',
  arch: 'x64',
  cpu: 'one',
  cores: 1,
} as DoctorDocument['environment']
const absent = { usable: false, reason: 'it is not installed', cure: 'npm install it' } as const

it('tells the cure of a package once for all its backends', () => {
  const backends = [
    { name: 'a', ...absent },
    { name: 'b', ...absent, cure: 'npm install b' },
    { name: 'c', ...absent },
  ]
  const lines = doctorReport(
    styleOf({}, { LANG: 'C.UTF-8' }),
    { schema: 'isograd.doctor/1', environment, backends, required: [], ok: true },
    [],
  )
  expect(lines.slice(2, -2)).toEqual([
    '  ✗ a, c',
    '    why    it is not installed',
    '    cure   npm install it',
    '  ✗ b',
    '    why    it is not installed',
    '    cure   npm install b',
  ])
})
