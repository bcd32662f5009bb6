/** Words that a shell completes, asked as its script asks, in bash itself; and the manual page. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verbs } from '../src/verbs.js'
import { bin, isograd, temporaryDirectory } from './command.js'

/** A directory with a command `isograd` in it, as an installed package has one. */
function commandDirectory(): string {
  const directory = temporaryDirectory()
  const file = join(directory, 'isograd')
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`)
  chmodSync(file, 0o755)
  return directory
}

/** The words that bash would complete a line to, whose words are as bash cuts them. */
function inBash(directory: string, line: string, words: readonly string[]): string[] {
  const script = `eval "$(isograd completion bash)"
COMP_LINE=$1 COMP_POINT=\${#1}; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _isograd; printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` }
  const text = execFileSync('bash', ['-c', script, 'bash', line, ...words], { env, encoding: 'utf8' })
  return text.split('\n').filter((word) => word !== '')
}

describe.skipIf(!existsSync('/bin/bash'))('bash', () => {
  const directory = commandDirectory()

  it.each([
    ['isograd ', ['isograd', ''], Object.keys(verbs)],
    ['isograd comp', ['isograd', 'comp'], ['compare', 'compile', 'completion']],
    ['isograd run keras-1', ['isograd', 'run', 'keras-1'], ['keras-13x10']],
    ['isograd check --mode=s', ['isograd', 'check', '--mode', '=', 's'], ['step']],
    [
      'isograd run -b wasm,jaxjs-wa',
      ['isograd', 'run', '-b', 'wasm,jaxjs-wa'],
      ['wasm,jaxjs-wasm', 'wasm,jaxjs-wasm:native'],
    ],
    ['isograd conformance jaxjs-wa', ['isograd', 'conformance', 'jaxjs-wa'], ['jaxjs-wasm', 'jaxjs-wasm:native']],
    ['isograd completion po', ['isograd', 'completion', 'po'], ['powershell']],
    ['isograd sweep s', ['isograd', 'sweep', 's'], ['status']],
    [
      'isograd bisect --package onnx',
      ['isograd', 'bisect', '--package', 'onnx'],
      ['onnxruntime-node', 'onnxruntime-web'],
    ],
    ['isograd sweep status ', ['isograd', 'sweep', 'status', ''], []],
    ['isograd sweep status --que', ['isograd', 'sweep', 'status', '--que'], ['--queue']],
    ['isograd run --seed 3 keras-1', ['isograd', 'run', '--seed', '3', 'keras-1'], ['keras-13x10']],
    ['isograd run my-file', ['isograd', 'run', 'my-file'], []],
  ])('completes "%s"', (line, words, expected) => {
    expect(inBash(directory, line, words)).toEqual(expected)
  })
})

it('every option of a verb is completed, with what the help says of it', async () => {
  const { stdout } = await isograd(['completion', 'words', '--', 'doctor', '--'])
  const help = await isograd(['doctor', '--help'])
  const options = [...help.stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]),
  ).toEqual(options.filter((option) => option !== '--version'))
})

it('tells of a shell that it does not know', async () => {
  const expected = 'error: [isograd] completion: expected a shell (bash, zsh, fish, powershell), got'
  const [near, far] = await Promise.all([isograd(['completion', 'bsh']), isograd(['completion', 'nothing'])])
  expect([near.status, near.stderr]).toEqual([2, `${expected} "bsh"; did you mean "bash"?\n`])
  expect([far.status, far.stderr]).toEqual([2, `${expected} "nothing"\n`])
})

it('the manual page has a section for every verb, and no line that roff would take for a request of its own', () => {
  const page = readFileSync(new URL('../dist/isograd.1', import.meta.url), 'utf8')
  const sections = [...page.matchAll(/^\.SS isograd (\w+)/gm)].map(([, verb]) => verb)
  expect([...new Set(sections)]).toEqual(Object.keys(verbs))
  const requests = [...page.matchAll(/^[.'](\w*)/gm)].map(([, request]) => request)
  expect(new Set(requests)).toEqual(new Set(['B', 'I', 'PP', 'RI', 'SH', 'SS', 'TH', 'TP', 'fi', 'nf']))
})
