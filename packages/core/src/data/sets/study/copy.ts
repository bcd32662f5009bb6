/** The copy problem: symbols that are to be repeated after a delay. */
import * as z from 'zod/mini'
import type { Field } from '../../field.js'
import { generated } from '../../record.js'
import { category, drawn, flags, seed, whole } from './drawn.js'

const BLANK = 0
const RECALL = 1

/** Numbers of categories as they are, or a flag for each category. */
function sequence(isOneHot: boolean, names: readonly string[], time: number) {
  const field: Field = isOneHot ? flags(time, names.length) : category(names, time)
  const values = (symbols: readonly number[]): number[] =>
    isOneHot ? symbols.flatMap((symbol) => names.map((_, k) => Number(k === symbol))) : [...symbols]
  return { field, values }
}

function blanks(count: number): number[] {
  return Array.from({ length: count }, () => BLANK)
}

/**
 * x: `length` symbols, `delay` - 1 blanks, the sign to recall, `length` blanks; y: `delay` + `length` blanks, then the symbols
 * again. Category 0 is the blank, 1 the sign, 2 and up the symbols. With `oneHot` both are flags [time, categories], which
 * models without memory take too. With `answer: end` x ends with the sign, and y is the symbols alone: what a network says
 * after it.
 * Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997); in the form of Arjovsky, Shah and
 * Bengio, "Unitary evolution recurrent neural networks", arXiv:1511.06464, where delays are 100 to 500.
 */
export const copy = generated({
  from: 'generator',
  about: 'the copy problem, symbols to repeat after a delay, 2,000 + 500 samples: a category at each time',
  settings: {
    seed,
    symbols: whole(8, 1, 254),
    length: whole(10, 1, 1000),
    delay: whole(20, 1, 10_000),
    oneHot: z._default(z.boolean(), false),
    answer: z._default(z.enum(['steps', 'end']), 'steps'),
  },
  make: ({ symbols, length, delay, oneHot, answer, ...settings }, size) => {
    const names = ['blank', 'recall', ...Array.from({ length: symbols }, (_, k) => `symbol ${k + 1}`)]
    const isAtEnd = answer === 'end'
    const x = sequence(oneHot, names, delay + (isAtEnd ? 1 : 2) * length)
    const y = sequence(oneHot, names, isAtEnd ? length : delay + 2 * length)
    return drawn('copy', settings.seed, size, { x: x.field, y: y.field }, (stream) => {
      const told = Array.from({ length }, () => RECALL + 1 + stream.below(symbols))
      const asked = [...told, ...blanks(delay - 1), RECALL]
      if (isAtEnd) return { x: x.values(asked), y: y.values(told) }
      return { x: x.values([...asked, ...blanks(length)]), y: y.values([...blanks(delay + length), ...told]) }
    })
  },
})
