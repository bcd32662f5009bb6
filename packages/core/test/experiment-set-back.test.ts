/** An earlier `testScale` that an arm or the command line sets back: the tables that it stood for go with it. */
import { describe, expect, it } from 'vitest'
import { parseExperiment } from '../src/index.js'
import { smallDocument } from './noise-dataset.js'

const raw = { dataset: 'noise', testScale: 'raw' }
const tables = { test: { encodings: { image: { kind: 'numbers' } } }, unit: { of: 'test' } }

describe.each([
  ['to unit', { data: { testScale: 'unit' } }],
  ['to nothing', { data: { testScale: null } }],
])('%s', (_, patch) => {
  it('in an arm, and in that arm alone', () => {
    const { arms } = parseExperiment(smallDocument({ data: raw, arms: { unit: patch, raw: {} } }))
    expect(arms['unit']?.data).toEqual({ dataset: 'noise' })
    expect(arms['raw']?.data).toEqual({ dataset: 'noise', tables })
  })

  it('on the command line, over an arm', () => {
    const document = smallDocument({ arms: { raw: { data: { testScale: 'raw' } } } })
    expect(parseExperiment(document).arms['raw']?.data).toEqual({ dataset: 'noise', tables })
    expect(parseExperiment(document, { overrides: patch }).arms['raw']?.data).toEqual({ dataset: 'noise' })
  })

  it('where it was not set', () => {
    expect(parseExperiment(smallDocument(), { overrides: patch }).arms['default']?.data).toEqual({ dataset: 'noise' })
  })
})
