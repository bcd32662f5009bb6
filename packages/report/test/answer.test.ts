/** The answer in words: comparisons made up by hand, as their kinds have them. */
import type { Agreement } from '@isograd/core/compare'
import { describe, expect, test } from 'vitest'
import { agreeingSentence, agreementSentence } from '../src/sections/agreement-words.js'

const within = { a: 1, b: 1, relative: 1e-8, tolerance: 1e-6, ok: true }
const out = { a: 1, b: 1.02, relative: 0.0167, tolerance: 6.6e-6, ok: false }
const gradient = { layer: 'dense1', parameter: 'weight', step: 0, ...within }

function agreement(parts: Partial<Agreement>): Agreement {
  return {
    preset: 'mine',
    arm: 'relu',
    seed: 0,
    precision: 'float32',
    backends: ['wasm', 'onnx'],
    firstLoss: within,
    gradients: [gradient],
    earlyLoss: { step: 0, ...within },
    finals: {
      metric: { label: 'accuracy', format: 'percent', better: 'larger' },
      a: 0.5,
      b: 0.9,
      difference: 0.4,
      measured: 9,
      tolerance: 3,
      ok: false,
    } as unknown as Agreement['finals'],
    verdict: 'disagree',
    ok: false,
    ...parts,
  }
}

describe('two backends that disagree', () => {
  test.each<[string, Partial<Agreement>, string]>([
    [
      'their first loss',
      { firstLoss: out, note: 'the first loss differs by 0.0167 of itself (limit 6.60e-6)' },
      'Before any update, the first loss differs by 0.0167 of itself (limit 6.60e-6): look at the data, the initial weights and the forward pass.',
    ],
    [
      'gradients, of which the one nearest to the loss is told',
      { gradients: [{ ...gradient, ...out }, { ...gradient, ...out, layer: 'dense2' }, gradient] },
      'The first loss agrees, but the gradient norm of dense2 weight before the first update differs by 0.0167 of itself (limit 6.60e-6): the backward pass departs there or above.',
    ],
    [
      'a leap of the losses',
      { note: 'after 20 steps the loss differs by 0.1 of itself' },
      'The first losses and all gradients agree, but after 20 steps the loss differs by 0.1 of itself.',
    ],
    [
      'finals alone',
      {},
      'The first losses and all gradients agree, but the finals do not: final accuracy 50.00 % and 90.00 %.',
    ],
  ])('are told once by what: %s', (_, parts, sentence) => {
    expect(agreementSentence([agreement(parts)])).toBe(sentence)
  })
})

test('the greatest differences are those of all comparisons', () => {
  const worse = agreement({ gradients: [{ ...gradient, relative: 1.04e-7 }] })
  expect(agreeingSentence([agreement({}), worse])).toBe(
    'No difference is larger than rounding explains: first losses differ by at most 1.00e-8, gradients by at most 1.04e-7, losses of ten updates by at most 1.00e-8',
  )
})
