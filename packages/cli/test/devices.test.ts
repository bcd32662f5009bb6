/** Devices and pipes where a file is expected: every entrance ends at once, with status 2 and the same sentence. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const command = fileURLToPath(new URL('../bin/isograd.js', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'isograd-devices-'))
execFileSync('mkfifo', [join(directory, 'pipe')])
mkdirSync(join(directory, 'run'))
symlinkSync('/dev/zero', join(directory, 'run/record.json'))
const model = '{"layers":[{"type":"dense","units":1}]}'
const experiment = `{"name":"x","data":{"path":"t.csv","target":"y"},"task":"regression","model":${model},"optimizer":{"type":"sgd"},"batchSize":1,"epochs":1}`
writeFileSync(join(directory, 'x.json'), experiment)

afterAll(() => rmSync(directory, { recursive: true }))

it.each([
  ['run', '/dev/zero'],
  ['run', 'x.json', '--data', '/dev/zero'],
  ['run', 'x.json', '--data', 'pipe'],
  ['run', 'x.json', '--use', '/dev/zero'],
  ['check', 'x.json', '--against', '/dev/zero'],
  ['check', 'x.json', '--against', 'pipe'],
  ['data', 'inspect', '/dev/zero'],
  ['data', 'inspect', 'pipe'],
  ['report', '/dev/zero'],
  ['report', 'run'],
  ['predict', 'run'],
])('%s %s %s %s', (...given) => {
  const { status, stderr } = spawnSync(process.execPath, [command, ...given], {
    cwd: directory,
    timeout: 30_000,
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/(?:\/dev\/zero|pipe|record\.json): expected a regular file\n$/)
  expect(status).toBe(2)
})

it('names a file that is not there, with the experiment that names it', () => {
  const { status, stderr } = spawnSync(process.execPath, [command, 'run', 'x.json'], {
    cwd: directory,
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toMatch(/^error: \[isograd\] \S*x\.json: t\.csv: does not exist\n$/)
})
