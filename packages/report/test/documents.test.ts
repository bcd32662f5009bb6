/** Documents are read with suspicion: what is wrong is named, what is odd is left out. */
import { describe, expect, test } from 'vitest'
import { readSource } from '../src/documents/source.js'

function runs(rest: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ schema: 'isograd.runs/1', runs: [], ...rest })
}

describe('a document', () => {
  test.each([
    ['this is text', /^\[report\] x: expected JSON: /],
    [runs({ runs: 'many' }), /^\[report\] x: expected a list of runs in the field "runs"$/],
    [
      runs({ runs: [{ schema: 'other/1' }] }),
      /x: runs\[0\]: expected a record of the schema "isograd\.run\/1", got "other\/1"/,
    ],
    ['{ "schema": "other/1" }', /x: expected a record of the schema "isograd\.run\/1", got "other\/1"/],
    ['[]', /x: /],
  ])('that is none is refused: %s', (text, message) => {
    expect(() => readSource(text, 'x')).toThrow(message)
  })

  test('of runs gives text and numbers of its environment and failures, and nothing else', () => {
    const environment = { cpu: 7, cores: '4', jobs: 'two', versions: { a: {}, b: '1' }, commandLine: ['', 3, null] }
    const failures = [{ preset: 'p', message: '', other: 1 }, 'no failure']
    expect(readSource(runs({ environment, failures }), 'x')).toEqual({
      name: 'x',
      environment: {
        node: 'unknown',
        v8: 'unknown',
        platform: 'unknown',
        arch: 'unknown',
        cpu: '7',
        cores: 4,
        versions: { a: 'unknown', b: '1' },
        commandLine: ['', '3', 'unknown'],
      },
      runs: [],
      failures: [{ preset: 'p', arm: 'unknown', backend: 'unknown', message: '' }],
      checks: [],
    })
  })

  test('of a check may lack anything', () => {
    const arms = [
      { arm: 'relu', operations: [{ ratio: 'Infinity' }, 5], runs: [{ backends: ['a'], curve: [{ step: 1 }] }] },
    ]
    const { checks } = readSource(JSON.stringify({ schema: 'isograd.check/1', arms, findings: 'none' }), 'x')
    expect(checks).toEqual([
      {
        experiment: '',
        backends: [],
        verdict: '',
        reason: '',
        arms: [
          {
            arm: 'relu',
            precision: '',
            judgements: [],
            operations: [
              { backend: '', operation: '', ratio: Number.POSITIVE_INFINITY, elements: Number.NaN, node: '' },
            ],
            runs: [
              {
                backends: ['a', ''],
                curve: [{ step: 1, distance: Number.NaN, floor: Number.NaN }],
                verdict: '',
                reason: '',
              },
            ],
          },
        ],
        findings: [],
        failures: [],
      },
    ])
  })
})
