/** The facts that two results must share to be equal bit for bit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { referenceBackend, type RunRecord } from '@isograd/core'
import { afterAll, describe, expect, it } from 'vitest'
import type { LoadedBackend } from '../src/backends/load.js'
import { hashOfRecord } from '../src/sweeps/train-trial.js'
import { computingEnvironment } from '../src/sweeps/computing-environment.js'

const directory = mkdtempSync(join(tmpdir(), 'isograd-environment-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A backend that was loaded under a name, with so many threads. */
function loaded(asked: string, threads = 1): LoadedBackend {
  const backend = referenceBackend()
  const threaded = { ...backend, info: { ...backend.info, threads } }
  return { ok: true, asked, backend: threaded, packageName: 'adapter', packageVersion: '1.0.0' }
}

function markOf(...backends: readonly LoadedBackend[]): string {
  return computingEnvironment(backends, directory).on
}

describe('the environment of a result', () => {
  it('is another with other threads', () => {
    expect(markOf(loaded('reference'))).toBe(markOf(loaded('reference')))
    expect(markOf(loaded('reference', 2))).not.toBe(markOf(loaded('reference')))
  })

  it('is another where an adapter that is a file has changed, of which the version says nothing', () => {
    const path = join(directory, 'adapter.js')
    writeFileSync(path, 'export const isogradAdapter = 1')
    const before = markOf(loaded(path))
    expect(markOf(loaded(path))).toBe(before)
    writeFileSync(path, 'export const isogradAdapter = 2')
    expect(markOf(loaded(path))).not.toBe(before)
    // sha256 of the text, by another program.
    const { environment } = computingEnvironment([loaded(path)], directory)
    expect(environment['backends']).toMatchObject({ reference: expect.stringContaining('sha256 e9431a86db12ca10') })
  })
})

describe('the hash of a record', () => {
  const epochs = [{ trainLoss: 1, evaluations: {}, seconds: 2 }]
  const facts = { losses: [1, Number.NaN], seconds: 3, epochs, dataset: { name: 'x', path: 'here' } }
  const record = { ...facts, backend: 'wasm', backendInfo: { versions: { a: '1' } } } as unknown as RunRecord

  it('is of what was computed: of losses to the last bit, not of times, places, backends and versions', () => {
    const other = {
      ...record,
      backend: 'onnx',
      backendInfo: { versions: { a: '2' } },
      seconds: 4,
    } as unknown as RunRecord
    const moved = { ...other, epochs: [{ ...epochs[0], seconds: 9 }], dataset: { name: 'x', path: 'there' } }
    expect(hashOfRecord(moved as unknown as RunRecord)).toBe(hashOfRecord(record))
    const next = { ...record, losses: [1 + Number.EPSILON, Number.NaN] }
    expect(hashOfRecord(next)).not.toBe(hashOfRecord(record))
  })
})
