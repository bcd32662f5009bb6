/**
 * Records and checkpoints with one value damaged, at every place of them: they are read to what can be written and read
 * again, or refused in one line that names the document. Nothing else may happen.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeCheckpoint, encodeCheckpoint, InputError, parseRecord, stringifyDocument } from '../src/index.js'
import { damaged, damages, placesOf } from './damages.js'

const fixtures = fileURLToPath(new URL('../../../test/fixtures/v1', import.meta.url))

/** The result of reading: the text of what was read, or the message. Any other error is a fault of the reader. */
function outcomeOf(read: () => string): { readonly text?: string; readonly message?: string } {
  try {
    return { text: read() }
  } catch (error) {
    if (error instanceof InputError) return { message: error.message }
    throw error
  }
}

/** Lines for each place where reading does what it must not. */
function faultsOf(document: unknown, name: string, read: (text: string) => string): string[] {
  return placesOf(document).flatMap((path) =>
    damages.flatMap((damage) => {
      const where = `${path.join('.')} as ${JSON.stringify(damage) ?? 'nothing'}`
      try {
        const { text, message } = outcomeOf(() => read(JSON.stringify(damaged(document, path, damage)) ?? ''))
        if (message !== undefined) return message.includes(name) ? [] : [`${where}: does not name it: ${message}`]
        const again = outcomeOf(() => read(text ?? ''))
        return again.text === text ? [] : [`${where}: not read again: ${again.message ?? again.text?.slice(0, 100)}`]
      } catch (error) {
        return [`${where}: ${String(error)}`]
      }
    }),
  )
}

function documentOf(path: string): unknown {
  return JSON.parse(readFileSync(`${fixtures}/${path}`, 'utf8'))
}

function readRecord(text: string): string {
  return stringifyDocument(parseRecord(text, 'damaged.json'))
}

const records = ['finished', 'raw-pixels']

describe.each(records)('the record in %s', (directory) => {
  const earlier = documentOf(`${directory}/record.json`)

  it('of the first form', () => {
    expect(faultsOf(earlier, 'damaged.json', readRecord)).toEqual([])
  })

  it('of the form of today', () => {
    const today: unknown = JSON.parse(readRecord(JSON.stringify(earlier)))
    expect(faultsOf(today, 'damaged.json', readRecord)).toEqual([])
  })
})

describe('an unfinished run’s checkpoint', () => {
  const directory = 'unfinished-lbfgs'
  const names = readdirSync(`${fixtures}/${directory}/run`)
  const nameOf = (end: string): string =>
    names.find((name) => name.startsWith('checkpoint-') && name.endsWith(end)) ?? end
  const tensors = new Uint8Array(readFileSync(`${fixtures}/${directory}/run/${nameOf('.safetensors')}`))
  const readCheckpoint = (document: string): string =>
    encodeCheckpoint(decodeCheckpoint({ tensors, document })).document
  const earlier = documentOf(`${directory}/run/${nameOf('.json')}`)

  it('of the first form', () => {
    expect(faultsOf(earlier, 'checkpoint', readCheckpoint)).toEqual([])
  })

  it('of the form of today', () => {
    const today: unknown = JSON.parse(readCheckpoint(JSON.stringify(earlier)))
    expect(faultsOf(today, 'checkpoint', readCheckpoint)).toEqual([])
  })
})

it.each([
  ['sampleShape', null, 'dataset.fields.image.shape: expected'],
  ['sampleShape', [28, '28'], 'dataset.fields.image.shape[1]: expected a number without quotes, got "28"'],
  ['sampleShape', undefined, 'dataset.fields.image.shape: expected'],
  ['classes', true, 'dataset.fields.label.encoding.count: expected'],
  ['classes', undefined, 'dataset.fields.label.encoding.count: expected'],
])('of the first form, dataset.%s as %j is named by what it is today', (field, damage, message) => {
  const document = damaged(documentOf('finished/record.json'), ['dataset', field], damage)
  expect(() => readRecord(JSON.stringify(document))).toThrow(`damaged.json: ${message}`)
})
