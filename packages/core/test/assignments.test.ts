/** Assignments on the command line: the patch that they make, and what an experiment makes of it. */
import { describe, expect, it } from 'vitest'
import { patchOf, patchOfValues } from '../src/experiment/assignments.js'
import { builtins, findPreset, parseExperiment } from '../src/index.js'

const preset = findPreset('torch-mlp5')

function read(...assignments: string[]) {
  return parseExperiment(preset, { overrides: patchOf(assignments, builtins) }).arms
}

describe('patchOf', () => {
  it('reads values as JSON, and as they stand where the schema has a text or they are none', () => {
    const texts = [
      'optimizer.learningRate=1e-2',
      'name=5',
      'lastBatch=drop',
      'clipping=null',
      'data.limit=20',
      'judgedBy=a=b',
    ]
    expect(patchOf(texts, builtins)).toEqual({
      optimizer: { learningRate: 0.01 },
      name: '5',
      lastBatch: 'drop',
      clipping: null,
      data: { limit: 20 },
      judgedBy: 'a=b',
    })
  })

  it('refuses a list or an object that is no JSON', () => {
    expect(() => patchOf(['metrics=[accuracy]'], builtins)).toThrow(
      'metrics: expected JSON, with texts in double quotes, got [accuracy]',
    )
  })

  it('goes on a patch, the later after the earlier', () => {
    expect(patchOf(['epochs=2', 'data.limit=3', 'epochs=4'], builtins, { epochs: 1, data: { testLimit: 5 } })).toEqual({
      epochs: 4,
      data: { testLimit: 5, limit: 3 },
    })
  })

  it('changes items of a list that was assigned before, and not those of the experiment', () => {
    const layers = 'model.layers=[{"type":"dense","units":4},{"type":"dense","units":3,"bias":false}]'
    const [first, second] = [
      { type: 'dense', units: 9 },
      { type: 'dense', units: 3 },
    ]
    expect(patchOf([layers, 'model.layers[0].units=9', 'model.layers[1].bias=null'], builtins)).toEqual({
      model: { layers: [first, second] },
    })
    expect(patchOfValues({ 'a.b': [[1, 2]], 'a.b[0][1]': 5 })).toEqual({ a: { b: [[1, 5]] } })
    expect(() => patchOf([layers, 'model.layers[2].units=9'], builtins)).toThrow(
      'model.layers[2]: expected an item from 0 to 1, got 2',
    )
  })

  it.each(['epochs', '=1', '', '__proto__.x=1'])('refuses "%s"', (text) => {
    expect(() => patchOf([text], builtins)).toThrow(/expected path=value, such as optimizer\.learningRate=0\.01, got/)
  })
})

describe('an experiment with assignments', () => {
  it('has them in every arm, in items of lists too, and those of an arm in that one', () => {
    const arms = read('model.layers[1].units=7', 'arms.relu.epochs=9', 'arms.relu.model.layers[1].units=8')
    expect(arms['relu']?.model.layers[1]).toMatchObject({ type: 'dense', units: 8 })
    expect(arms['sigmoid']?.model.layers[1]).toMatchObject({ type: 'dense', units: 7 })
    expect([arms['relu']?.epochs, arms['sigmoid']?.epochs]).toEqual([9, read()['sigmoid']?.epochs])
    expect(arms['relu']?.model.layers.slice(2)).toEqual(read()['relu']?.model.layers.slice(2))
  })

  it.each([
    ['optimizer.learningRte=1', /optimizer\.learningRte: expected no such field, .* did you mean "learningRate"\?/],
    ['model.layers[1].unts=3', /model\.layers\[1\]\.unts: expected no such field, .* did you mean "units"\?/],
    ['epocs=3', /epocs: expected no such field, .* did you mean "epochs"\?/],
    ['probes.evry=3', /probes\.evry: expected no such field, .* did you mean "every"\?/],
    ['arms.rleu.epochs=3', /arms\.rleu: expected one of the arms \(.*\), got "rleu"; did you mean "relu"\?/],
    ['optimizer.learningRate=fast', /optimizer\.learningRate: expected a number, got "fast"/],
    ['model.layers[99].units=3', /model\.layers\[99\]: expected an item from 0 to 9, got 99/],
  ])('names the nearest for %s', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})
