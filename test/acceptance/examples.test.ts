/** The experiments of `examples/` that are one file run as their pages say, agree, and show what the pages promise. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test.each([
  ['losses', ['squared', 'absolute', 'huber', 'logCosh', 'smoothL1'], ['mean absolute error', 'predicted']],
  ['metrics', ['default'], ['F1', 'confusion']],
  ['two-inputs', ['default'], ['deeper', 'R2']],
  ['two-heads', ['default'], ['accuracy of rooms', 'R2']],
])('examples/%s', (name, arms, words) => {
  const out = mkdtempSync(join(tmpdir(), 'isograd-example-'))
  const line = ['packages/cli/bin/isograd.js', 'run', `examples/${name}/experiment.yaml`, '-b', 'onnx,tfjs-wasm']
  const { status, stdout } = spawnSync(process.execPath, [...line, '--out', out], { cwd: root, encoding: 'utf8' })
  expect({ status, stdout }).toMatchObject({ status: 0 })
  for (const arm of arms) expect(stdout).toContain(`${arm}: onnx and tfjs-wasm agree`)
  const page = readFileSync(join(out, 'report.html'), 'utf8').toLowerCase()
  expect(words.filter((word) => !page.includes(word.toLowerCase()))).toEqual([])
  rmSync(out, { recursive: true })
})
