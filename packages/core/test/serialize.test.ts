import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProgramError } from '../src/errors.js'
import { Builder } from '../src/ir/builder.js'
import { parseProgram, stringifyProgram } from '../src/ir/serialize.js'
import { programs } from './random-programs.js'

function constantProgram(value: number) {
  const b = new Builder('p')
  const x = b.xs('x', { dtype: 'float64', shape: [] })
  return b.finish({ carry: {}, ys: { y: b.add(x, b.constant(value, 'float64')) } })
}

/** A valid program's text with one piece of it replaced. */
function damaged(piece: string, by: string): string {
  const text = stringifyProgram(constantProgram(1))
  expect(text).toContain(piece)
  return text.replace(piece, by)
}

describe('a program as text', () => {
  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(programs, (program) => {
        expect(parseProgram(stringifyProgram(program))).toStrictEqual(program)
      }),
    )
  })

  it.each([-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 0.1, 1e21])(
    'keeps the constant %d',
    (value) => {
      const parsed = parseProgram(stringifyProgram(constantProgram(value)))
      const constant = parsed.nodes.find(({ op }) => op === 'constant')
      expect(constant?.attributes).toStrictEqual({ value, dtype: 'float64' })
    },
  )

  it('is plain JSON', () => {
    expect(JSON.parse(stringifyProgram(constantProgram(Number.NaN)))).toMatchObject({
      format: 'isograd.program/1',
      nodes: [{ attributes: { value: { $number: 'NaN' } } }, {}],
    })
  })

  it.each([
    ['{', 'program text: not JSON: '],
    ['[]', 'program text: expected format "isograd.program/1", got object'],
    ['{"format":"isograd.program/2"}', 'expected format "isograd.program/1", got "isograd.program/2"'],
    ['{"format":"isograd.program/1"}', 'program.nodes must be a list of objects'],
    ['{"format":"isograd.program/1","nodes":[],"outputs":{}}', 'program text: inputs must be an object'],
    ['{"format":"isograd.program/1","nodes":[1]}', 'program.nodes must be a list of objects'],
  ])('refuses %s', (text, message) => {
    expect(() => parseProgram(text)).toThrow(ProgramError)
    expect(() => parseProgram(text)).toThrow(message)
  })

  it.each([
    ['"value":1', '"value":{"$number":"seven"}', 'expected a number, got object'],
    ['"value":1', '"value":"1"', 'expected a number, got string'],
    ['"op":"add"', '"op":"plus"', 'unknown operation "plus"'],
    ['"shape":[]', '"shape":7', 'malformed'],
    ['"inputs":[0,1]', '"inputs":"01"', 'malformed'],
    ['"dtype":"float64","shape":[]', '"dtype":"float16","shape":[]', 'unknown dtype "float16"'],
  ])('refuses %s changed to %s', (piece, by, message) => {
    expect(() => parseProgram(damaged(piece, by))).toThrow(ProgramError)
    expect(() => parseProgram(damaged(piece, by))).toThrow(message)
  })
})
