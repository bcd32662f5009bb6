/** The example of the README runs and prints what it says. */
import { readFile } from 'node:fs/promises'
import { tensor } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import * as ort from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { onnxBackend } from '../src/index.js'

type Example = (...scope: unknown[]) => Promise<void>

it('README example', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const [, code = ''] = /```js\n(.*?)```/s.exec(text) ?? []
  const [, promised = ''] = /console\.log.*\/\/ Float32Array\(4\) \[ (.*) \]/.exec(code) ?? []
  const printed: unknown[] = []
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => Example
  const body = code.replaceAll(/^import .*$/gm, '')
  const example = new AsyncFunction('Builder', 'tensor', 'onnxBackend', 'ort', 'console', body)
  await example(Builder, tensor, onnxBackend, ort, { log: (value: unknown) => printed.push(value) })
  expect(printed).toEqual([Float32Array.from(promised.split(', '), Number)])
})
