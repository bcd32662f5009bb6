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
const data = '{"path":"t.csv","target":"y"}'
const limited = { timeout: 30_000, encoding: 'utf8' } as const
const rest = `"task":"regression","model":${model},"optimizer":{"type":"sgd"},"batchSize":1,"epochs":1`
writeFileSync(join(directory, 'x.json'), `{"name":"x","data":${data},${rest}}`)
const linear = '{"layers":["flatten",{"type":"dense","units":10}]}'
const weights = '"data":{"dataset":"digits","limit":10},"initialWeights":{"path":"pipe"}'
const begun = `{"name":"x",${weights},"model":${linear},"optimizer":{"type":"sgd"},"batchSize":5,"epochs":1}`
writeFileSync(join(directory, 'begun.json'), begun)
writeFileSync(join(directory, 'digits.json'), begun.replace(/,"initialWeights".*?}/, ''))
writeFileSync(join(directory, 'cifar.json'), begun.replace(weights, '"data":{"dataset":"cifar10"}'))
mkdirSync(join(directory, 'cifar'))
symlinkSync('/dev/zero', join(directory, 'cifar/data_batch_1.bin'))

afterAll(() => rmSync(directory, { recursive: true }))

it.each([
  ['run', '/dev/zero'],
  ['run', 'x.json', '--data', '/dev/zero'],
  ['run', 'x.json', '--data', 'pipe'],
  ['run', 'x.json', '--use', '/dev/zero'],
  ['run', 'begun.json'],
  ['run', 'cifar.json', '--data-dir', 'cifar'],
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
  expect(stderr).toMatch(/(?:\/dev\/zero|pipe|record\.json|data_batch_1\.bin): expected a regular file\n$/)
  expect(status).toBe(2)
})

it.each([
  ['command.json', 'run', 'digits.json', '--backend', 'reference', '--out', 'begun'],
  ['command.json', 'export', 'begun/x', '--format', 'tfjs'],
])('a pipe at the place of %s ends %s %s %s %s %s', (file, ...given) => {
  mkdirSync(join(directory, 'begun'), { recursive: true })
  execFileSync('sh', ['-c', `rm -f begun/${file}; mkfifo begun/${file}`], { cwd: directory })
  const { status, stderr } = spawnSync(process.execPath, [command, ...given], { ...limited, cwd: directory })
  expect([status, stderr]).toEqual([2, expect.stringMatching(/expected a regular file|expected a run|no such/)])
})

it('a job summary that is a pipe ends the check that would add to it', () => {
  const check = ['check', 'digits.json', '--backend', 'reference', '--mode', 'ops', '--github']
  const { status, stderr } = spawnSync(process.execPath, [command, ...check], {
    ...limited,
    cwd: directory,
    env: { ...process.env, GITHUB_STEP_SUMMARY: join(directory, 'pipe') },
  })
  expect(stderr).toMatch(/GITHUB_STEP_SUMMARY: .*pipe: cannot be written: .*expected a regular file\n$/)
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
