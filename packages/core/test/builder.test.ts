import { describe, expect, it } from 'vitest'
import { ProgramError } from '../src/errors.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { BATCH } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'

function start(): { readonly b: Builder; readonly x: Value; readonly y: Value } {
  const b = new Builder('p', 'forward')
  const type = { dtype: 'float64', shape: [BATCH, 3] } as const
  return { b, x: b.xs('x', type), y: b.xs('y', type) }
}

describe('the same computation', () => {
  it('is one node', () => {
    const { b, x, y } = start()
    expect(b.add(x, y)).toBe(b.add(x, y))
    expect(b.constant(2, 'float64')).toBe(b.constant(2, 'float64'))
    expect(b.matmul(x, y, false, true)).toBe(b.matmul(x, y, false, true))
    expect(b.nodes).toHaveLength(3)
  })

  it('is one node across layers, under its first name', () => {
    const { b, x } = start()
    const [first, second] = ['a', 'b'].map((layer) => b.within({ layer }, () => b.tanh(x)))
    expect(first).toBe(second)
    expect(first?.name).toBe('forward/a/tanh')
  })

  it('is another when an operand, their order, an attribute or a dtype differs', () => {
    const { b, x, y } = start()
    const different = [
      b.sub(x, y),
      b.sub(y, x),
      b.add(x, y),
      b.matmul(x, y, false, true),
      b.matmul(x, y, true, false),
      b.constant(1, 'float64'),
      b.constant(1, 'float32'),
      b.constant(0, 'float64'),
      b.constant(-0, 'float64'),
      b.constant(Number.NaN, 'float64'),
      b.constant(Number.POSITIVE_INFINITY, 'float64'),
      b.constant(Number.NEGATIVE_INFINITY, 'float64'),
      b.slice(x, 1, 0, 1),
      b.slice(x, 1, 0, 2),
    ]
    expect(new Set(different.map(({ id }) => id)).size).toBe(different.length)
  })
})

describe('names and scopes', () => {
  it('say stage, layer and operation, numbered where they repeat', () => {
    const { b, x, y } = start()
    b.add(x, y)
    b.within({ layer: 'dense1' }, () => {
      b.add(x, b.tanh(x))
      b.within({ stage: 'update' }, () => b.sub(x, y))
      b.add(y, b.tanh(y))
    })
    b.sub(y, x)
    expect(b.nodes.map(({ name }) => name)).toEqual([
      'forward/add',
      'forward/dense1/tanh',
      'forward/dense1/add',
      'update/dense1/sub',
      'forward/dense1/tanh:2',
      'forward/dense1/add:2',
      'forward/sub',
    ])
    expect(b.nodes[3]).toMatchObject({ stage: 'update', layer: 'dense1' })
  })

  it('end with the function, even when it throws', () => {
    const { b, x } = start()
    const failing = () =>
      b.within({ layer: 'broken' }, () => {
        throw new Error('from inside')
      })
    expect(failing).toThrow('from inside')
    expect(b.tanh(x).name).toBe('forward/tanh')
  })
})

describe('rewrites', () => {
  it('drop what changes nothing', () => {
    const { b, x } = start()
    const one = b.constant(1, 'float64')
    expect(b.mul(x, one)).toBe(x)
    expect(b.mul(one, x)).toBe(x)
    expect(b.div(x, one)).toBe(x)
    expect(b.cast(x, 'float64')).toBe(x)
    expect(b.reshape(x, [BATCH, 3])).toBe(x)
    expect(b.broadcastTo(x, [BATCH, 3])).toBe(x)
    expect(b.transpose(x, [0, 1])).toBe(x)
    expect(b.concat([x], 1)).toBe(x)
    expect(b.slice(x, 1, 0, 3)).toBe(x)
    expect(b.reduceSum(x, [])).toBe(x)
    expect(b.reduceMax(x, [])).toBe(x)
    expect(b.nodes).toEqual([one])
  })

  it('do not drop what changes bits or shapes', () => {
    const { b, x } = start()
    const zero = b.constant(0, 'float64')
    expect(b.add(x, zero)).not.toBe(x) // -0 + 0 is 0
    expect(b.sub(x, zero)).not.toBe(x)
    expect(b.mul(x, zero)).not.toBe(zero) // NaN stays NaN
    expect(b.mul(x, b.filled(1, 'float64', [2, 1, 3]))).toMatchObject({ op: 'mul' })
    expect(b.transpose(x, [1, 0])).toMatchObject({ type: { shape: [3, BATCH] } })
  })

  it('fold the negative of a constant, zero included', () => {
    const { b } = start()
    expect(b.neg(b.constant(2, 'float64'))).toMatchObject({ attributes: { value: -2 } })
    expect(b.neg(b.constant(0, 'float64'))).toMatchObject({ attributes: { value: -0 } })
  })

  it('take the size of an axis that is known as a number', () => {
    const { b, x } = start()
    expect(b.size(x, 1, 'float32')).toMatchObject({ op: 'constant', attributes: { value: 3, dtype: 'float32' } })
    expect(b.size(x, 0, 'float32')).toMatchObject({ op: 'size', attributes: { axis: 0 } })
  })

  it('do not hide that dtypes differ', () => {
    const { b, x } = start()
    const one = b.constant(1, 'float32')
    for (const emit of [() => b.mul(x, one), () => b.mul(one, x), () => b.div(x, one)]) {
      expect(emit).toThrow('input dtypes differ: ')
    }
  })
})

describe('finish', () => {
  it('drops nodes that no output needs, and keeps every input', () => {
    const { b, x, y } = start()
    const needed = b.tanh(x)
    b.exp(b.tanh(y))
    b.constant(3, 'float64')
    const program = verify(b.finish({ carry: {}, ys: { needed } }))
    expect(program.nodes).toEqual([needed])
    expect(program.inputs.xs.map(({ name }) => name)).toEqual(['x', 'y'])
  })

  it('keeps what only a carry needs', () => {
    const b = new Builder('p', 'forward')
    const type = { dtype: 'float32', shape: [2] } as const
    const [h, x] = [b.carry('h', type), b.xs('x', type)]
    const program = verify(b.finish({ carry: { h: b.add(h, b.tanh(x)) }, ys: {} }))
    expect(program.nodes.map(({ op }) => op)).toEqual(['tanh', 'add'])
  })
})

describe('mistakes', () => {
  it('are raised where they are made, with operation, place and shapes', () => {
    const { b, x } = start()
    const narrow = b.xs('narrow', { dtype: 'float64', shape: [4, 2] })
    const emit = () => b.within({ layer: 'dense1' }, () => b.matmul(x, narrow))
    expect(emit).toThrow(ProgramError)
    expect(emit).toThrow('[core] matmul "forward/dense1": inner dimensions differ: [batch,3] x [4,2]')
    expect(() => b.add(x, narrow)).toThrow('[core] add "forward": shapes [batch,3] and [4,2] do not broadcast')
  })

  it('emit nothing', () => {
    const { b, x } = start()
    expect(() => b.add(x, b.xs('integers', { dtype: 'int32', shape: [3] }))).toThrow(ProgramError)
    expect(b.nodes).toEqual([])
  })

  it('include values of another builder', () => {
    const { b, x } = start()
    const other = new Builder('other')
    const own = other.xs('own', { dtype: 'float64', shape: [BATCH, 3] })
    expect(() => other.add(own, x)).toThrow('[core] value "x" is of another program than "other"')
    expect(() => other.finish({ carry: {}, ys: { y: b.tanh(x) } })).toThrow(
      'value "forward/tanh" is of another program',
    )
    // As a module in JavaScript may have it.
    const two: unknown = 2
    expect(() => b.mul(x, two as typeof x)).toThrow('expected a value of the program, got 2; b.constant(2, dtype)')
    expect(() => new Builder('empty').value(x.id)).toThrow(`value %${x.id} is not of program "empty"`)
  })

  it('include a one-hot of integers', () => {
    const { b } = start()
    const labels = b.xs('labels', { dtype: 'int32', shape: [BATCH] })
    expect(() => b.oneHot(labels, 3, 'int32')).toThrow('oneHot: expected a floating-point dtype, got int32')
  })
})
