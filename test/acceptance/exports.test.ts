/**
 * Exported files are those that other tools have opened: `test/exports/check.py` gave them to onnx.checker, ONNX Runtime,
 * onnx2torch, OpenVINO, OpenCV, tract, PyTorch and Keras, and wrote how far each was from the reference backend.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allExports } from '../exports/make.mjs'

interface Opened {
  readonly versions: Readonly<Record<string, string>>
  /** By `model/file`: the file's SHA-256, and the largest difference that each tool had. */
  readonly files: Readonly<Record<string, { readonly sha256: string } & Readonly<Record<string, number | string>>>>
}

const opened = JSON.parse(readFileSync(new URL('../exports/opened.json', import.meta.url), 'utf8')) as Opened

test('every tool agreed with the reference backend', () => {
  const differences = Object.values(opened.files).flatMap((found) =>
    Object.values(found).filter((value) => typeof value === 'number'),
  )
  expect(differences.length).toBeGreaterThan(300)
  expect(Math.max(...differences)).toBeLessThan(1e-5)
})

test('the files are still those; where they change, check.py is to be run again', async () => {
  const models = Object.entries(await allExports()).flatMap(([model, { files }]) =>
    Object.entries(files).map(([file, content]) => {
      return [`${model}/${file}`, createHash('sha256').update(content).digest('hex')]
    }),
  )
  const known = Object.entries(opened.files).map(([file, { sha256 }]) => [file, sha256])
  expect(Object.fromEntries(models)).toEqual(Object.fromEntries(known))
})
