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
 * models without memory take too.
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
  },
  make: ({ symbols, length, delay, oneHot, ...settings }, size) => {
    const names = ['blank', 'recall', ...Array.from({ length: symbols }, (_, k) => `symbol ${k + 1}`)]
    const { field, values } = sequence(oneHot, names, delay + 2 * length)
    return drawn('copy', settings.seed, size, { x: field, y: field }, (stream) => {
      const told = Array.from({ length }, () => RECALL + 1 + stream.below(symbols))
      const x = [...told, ...blanks(delay - 1), RECALL, ...blanks(length)]
      return { x: values(x), y: values([...blanks(delay + length), ...told]) }
    })
  },
})
