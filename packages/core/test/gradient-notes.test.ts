import { expect, test } from 'vitest'
import { Builder } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import type { Program } from '../src/ir/program.js'
import { parseProgram, stringifyProgram } from '../src/ir/serialize.js'
import { verify } from '../src/ir/verify.js'

function squareProgram(): Program {
  const b = new Builder('square')
  const w = b.carry('w', { dtype: 'float32', shape: [3] })
  const x = b.xs('x', { dtype: 'float32', shape: [3] })
  const loss = b.reduceSum(b.mul(b.mul(w, w), x))
  const [ofW, ofX] = gradient(b, loss, [w, x])
  if (ofW === undefined || ofX === undefined) throw new Error('two gradients are expected')
  return b.finish({ carry: { w: b.sub(w, ofW) }, ys: { loss } })
}

test('a program says which of its values are gradients of what, but for those that no output needs', () => {
  const program = squareProgram()
  const ofW = program.inputs.carry[0]?.id
  expect(program.gradients?.map(({ wrt }) => wrt)).toEqual([ofW])
  expect(program.gradients?.[0]?.loss).toBe(program.outputs.ys[0]?.value)
  expect(parseProgram(stringifyProgram(program)).gradients).toEqual(program.gradients)
})

test('a note of a value that is no such gradient is refused', () => {
  const program = squareProgram()
  const [note] = program.gradients ?? []
  if (note === undefined) throw new Error('one note is expected')
  expect(() => verify({ ...program, gradients: [{ ...note, gradient: note.loss }] })).toThrow(/is not a gradient/)
  expect(() => verify({ ...program, gradients: [{ ...note, loss: note.wrt }] })).toThrow(/is not a gradient/)
  expect(() => verify({ ...program, gradients: [] })).not.toThrow()
})
