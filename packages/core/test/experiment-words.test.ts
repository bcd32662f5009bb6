/** Words for fields of an experiment that are not as they must be: near names of many, forms of one field, and cures. */
import { describe, expect, it } from 'vitest'
import { parseExperiment } from '../src/index.js'

const dense = { type: 'dense', units: 10 }

function message(layer: object): string {
  const rest = { data: { dataset: 'digits' }, optimizer: { type: 'sgd' }, batchSize: 1, epochs: 1 }
  try {
    parseExperiment({ name: 'words', ...rest, model: { layers: [layer, { type: 'flatten' }, dense] } })
  } catch (error) {
    return String(error).split('\n')[1]?.trim() ?? ''
  }
  return ''
}

const conv = { type: 'conv2d', filters: 2, size: 3 }

describe('the words for a layer', () => {
  it('name the nearest of many kinds, and what lists all', () => {
    expect(message({ type: 'conv3d' })).toMatch(
      /^model\.layers\[0\]\.type: expected one of \d+ names, which isograd list tells \(one of a module comes with --use\); nearest: "conv1d", "conv2d", got "conv3d"$/,
    )
    expect(message({ type: 'zzzzzzzzzzzzzzzz' })).toMatch(
      /names, which isograd list tells \(one of a module comes with --use\), got "z+"$/,
    )
  })

  it.each<[string, object, string]>([
    [
      'a list that is too long',
      { size: [1, 2, 3] },
      'size: expected a number, or a list of at most 2 items, got [1,2,3]',
    ],
    [
      'a list of none of its forms',
      { padding: [1, 2, 3] },
      'padding: expected "valid" or "same", or a number, or a list of at most 2 items, got [1,2,3]',
    ],
    ['a word', { padding: 'sam' }, 'padding: expected "valid" or "same"; nearest: "same", got "sam"'],
  ])('name the forms of a field: %s', (_, settings, words) => {
    expect(message({ ...conv, ...settings })).toBe(`model.layers[0].${words}`)
  })

  it('hold names to a length', () => {
    expect(message({ ...conv, name: 'a'.repeat(201) })).toMatch(
      /^model\.layers\[0\]\.name: expected at most 200 characters/,
    )
    expect(message({ ...conv, name: 'a'.repeat(200) })).toBe('')
  })
})
