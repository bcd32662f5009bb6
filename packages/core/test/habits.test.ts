/** Words from elsewhere: read as the long form where only one thing can be meant, and refused with what to write. */
import { describe, expect, it } from 'vitest'
import { activation, builtins, layer, optimizer, parseExperiment, z } from '../src/index.js'
import { presets } from '../src/experiment/presets/index.js'
import { recordsElsewhere } from '../src/experiment/names-elsewhere.js'
import { onlyArm } from './study-plans.js'

const base = {
  name: 'habits',
  data: { dataset: 'digits' },
  model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
  optimizer: { type: 'adam' },
  batchSize: 20,
  epochs: 1,
}

function layers(...list: readonly unknown[]) {
  return { model: { layers: [{ type: 'flatten' }, ...list] } }
}

/** The arm of the document with these fields in the place of its own. */
function armOf(changes: Readonly<Record<string, unknown>>, without: readonly string[] = []) {
  const entries = Object.entries(base).filter(([key]) => !without.includes(key))
  return onlyArm({ ...Object.fromEntries(entries), ...changes })
}

const dense = { type: 'dense', units: 8 }

describe('words from elsewhere are the long form', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    [
      'an activation as a layer',
      layers(dense, { type: 'tanh' }),
      layers(dense, { type: 'activation', function: 'tanh' }),
    ],
    [
      'layers over planes',
      {
        model: {
          layers: [
            { type: 'Conv2d', out_channels: 3, kernel_size: 3 },
            { type: 'MaxPooling2D', pool_size: 2, strides: 2 },
            { type: 'Flatten' },
            { type: 'Linear', out_features: 10 },
          ],
        },
      },
      {
        model: {
          layers: [
            { type: 'conv2d', filters: 3, size: 3 },
            { type: 'maxPool', size: 2, stride: 2 },
            { type: 'flatten' },
            { type: 'dense', units: 10 },
          ],
        },
      },
    ],
    [
      'an activation with settings as a layer',
      layers({ type: 'LeakyReLU', negative_slope: 0.2 }),
      layers({ type: 'activation', function: { type: 'leakyRelu', slope: 0.2 } }),
    ],
    [
      'an activation as a field of a layer',
      layers({ ...dense, activation: 'relu' }, { type: 'dense', units: 10 }),
      layers(dense, { type: 'activation', function: 'relu' }, { type: 'dense', units: 10 }),
    ],
    ['none as a field of a layer', layers({ ...dense, activation: 'linear' }), layers(dense)],
    [
      'within a layer that holds layers',
      layers({ type: 'repeat', times: 2, layers: [{ type: 'Linear', out_features: 8, activation: 'ReLU' }] }),
      layers({ type: 'repeat', times: 2, layers: [dense, { type: 'activation', function: 'relu' }] }),
    ],
    ['a layer by its name alone', layers('relu', dense), layers({ type: 'activation', function: 'relu' }, dense)],
    ['PyTorch Linear', layers({ type: 'Linear', out_features: 8 }), layers(dense)],
    ['settings of Keras', layers({ type: 'Dense', units: 8, use_bias: false }), layers({ ...dense, bias: false })],
    ['dropout', layers(dense, { type: 'Dropout', p: 0.5 }), layers(dense, { type: 'dropout', rate: 0.5 })],
    ['an activation by name', { activation: 'swish' }, { activation: { type: 'silu' } }],
    ['an optimizer by name', { optimizer: 'SGD' }, { optimizer: { type: 'sgd' } }],
    [
      'settings of an optimizer',
      { optimizer: { type: 'Adam', lr: 0.01, betas: [0.8, 0.99], eps: 1e-6, weight_decay: 0.1 } },
      { optimizer: { type: 'adam', learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1 } },
    ],
    ['a loss', { loss: 'categorical_crossentropy' }, { loss: { type: 'softmaxCrossEntropy' } }],
    ['a loss by its function', { loss: 'cross_entropy' }, { loss: { type: 'softmaxCrossEntropy' } }],
    ['metrics', { metrics: ['acc'] }, { metrics: [{ type: 'accuracy' }] }],
    [
      'an initializer',
      { initializers: { weights: 'kaiming_normal' } },
      { initializers: { weights: { type: 'heNormal' } } },
    ],
    ['a choice', { precision: 'Float64' }, { precision: 'float64' }],
  ])('%s', (_, short, long) => {
    expect(armOf(short)).toEqual(armOf(long))
  })

  it('fields at the top', () => {
    expect(armOf({ batch_size: 20, num_epochs: 1, random_state: 3 }, ['batchSize', 'epochs'])).toEqual(
      armOf({ seed: 3 }),
    )
  })

  it('a loss is the one that suits the task', () => {
    const binary = {
      data: { dataset: 'moons' },
      task: 'binary_classification',
      model: { layers: [{ type: 'dense', units: 1 }] },
    }
    expect(armOf({ ...binary, loss: 'log_loss' }).loss.type).toBe('binaryCrossEntropy')
    expect(armOf({ loss: 'log_loss' }).loss.type).toBe('softmaxCrossEntropy')
  })

  it('in arms and in overrides, on the type that these do not say', () => {
    const { arms } = parseExperiment(
      { ...base, arms: { slow: { optimizer: { lr: 0.5 } }, none: { optimizer: { LR: null } } } },
      { overrides: { optimizer: { weight_decay: 0.25 } } },
    )
    expect(arms['slow']?.optimizer).toMatchObject({ type: 'adam', learningRate: 0.5, weightDecay: 0.25 })
    expect(arms['none']?.optimizer).toMatchObject({ learningRate: 0.001, weightDecay: 0.25 })
  })

  it('in patches on items of a list, which go by their numbers as they were written', () => {
    const written = { ...base, ...layers({ ...dense, activation: 'relu' }, { type: 'dense', units: 10 }) }
    const overrides = { model: { layers: { 2: { out_features: 12 }, 1: { n_units: 4 } } } }
    const [arm] = Object.values(parseExperiment(written, { overrides }).arms)
    expect(arm?.model.layers.map(({ type, units }) => [type, units])).toEqual([
      ['flatten', undefined],
      ['dense', 4],
      ['activation', undefined],
      ['dense', 12],
    ])
  })

  it('of extensions too', () => {
    const registry = builtins.extend({
      activations: {
        cappedRelu: activation({ settings: { atMost: z._default(z.number(), 6) }, emit: (b, x) => b.relu(x) }),
      },
      layers: {
        doubled: layer({
          settings: { howOften: z.int() },
          build: (_, { inputShape }) => ({ outputShape: inputShape, parameters: [], emit: ({ x }) => x }),
        }),
      },
      optimizers: {
        still: optimizer({
          runs: 'program',
          settings: { learningRate: z._default(z.number(), 1) },
          state: () => ({}),
          scalars: () => ({}),
          update: ({ parameter }) => ({ parameter, state: {} }),
        }),
      },
    })
    const document = {
      ...base,
      ...layers({ type: 'doubled', how_often: 2 }, { type: 'capped_relu', at_most: 3 }),
      optimizer: { type: 'Still', lr: 2 },
    }
    const arm = onlyArm(document, registry)
    expect(arm.model.layers.slice(1)).toEqual([
      { type: 'doubled', howOften: 2 },
      { type: 'activation', function: { type: 'cappedRelu', atMost: 3 } },
    ])
    expect(arm.optimizer).toEqual({ type: 'still', learningRate: 2 })
  })

  it('leave every preset as it was', () => {
    for (const preset of presets) {
      for (const arm of Object.values(parseExperiment(preset).arms)) expect(onlyArm(arm)).toEqual(arm)
    }
  })
})

describe('the table of names', () => {
  it('means records that there are, under names that none of them has', () => {
    for (const [table, names] of Object.entries(recordsElsewhere)) {
      const ours = Object.keys(builtins[table as keyof typeof recordsElsewhere])
      for (const [name, meant] of Object.entries(names)) {
        expect(ours).toEqual(expect.arrayContaining([...meant]))
        expect(ours.map((each) => each.toLowerCase())).not.toContain(name)
      }
    }
  })
})

function point(path: readonly (string | number)[]): string {
  return `x.yaml at ${path.join('/')}`
}

/** The message of the refusal of a document. */
function refusal(
  changes: Readonly<Record<string, unknown>>,
  options: Parameters<typeof parseExperiment>[1] = {},
): string {
  try {
    parseExperiment({ ...base, ...changes }, options)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'no refusal'
}

describe('what could mean two things, or nothing, is refused with what to write', () => {
  it('a field that is there under both names', () => {
    expect(refusal({ optimizer: { type: 'adam', lr: 1, learningRate: 2 } })).toContain(
      'optimizer.lr: expected no such field, got "lr"; did you mean "learningRate"?',
    )
  })

  it('a field that belongs elsewhere, or is misspelt, or is none', () => {
    expect(refusal({ lr: 1 })).toContain('lr: expected no such field, got "lr"; did you mean "optimizer.learningRate"?')
    expect(refusal({ optimizer: { type: 'adam', batch_size: 2 } })).toContain('did you mean "batchSize"?')
    expect(refusal({ validation_split: 0.1 })).toContain('did you mean "data.validation"?')
    expect(refusal({ optimizer: { type: 'sgd', momentun: 1 } })).toContain('did you mean "momentum"?')
    expect(refusal({ optimizer: { type: 'lbfgs', zzz: 1 } })).toMatch(/there are: type, learningRate, maxIterations/)
  })

  it('at the place where it was written, though layers were made of it before', () => {
    const model = {
      layers: [
        { type: 'dense', units: 8, activation: 'relu' },
        { type: 'Linear', out_features: 'ten' },
      ],
    }
    expect(refusal({ model })).toContain('model.layers[1].out_features: expected a number, got "ten"')
    const odd = {
      layers: [
        { type: 'dense', units: 8, activation: { type: 'elu', alpha: 'x' } },
        { type: 'elu', alpha: 'y' },
      ],
    }
    expect(refusal({ model: odd })).toContain('model.layers[0].activation.alpha: expected a number, got "x"')
    expect(refusal({ model: odd })).toContain('model.layers[1].alpha: expected a number, got "y"')
  })

  it('in all arms at once, with the place of each, and what an arm inherits where that stands', () => {
    const arms = { a: { epochs: -1 }, b: { optimizer: { type: 'sgd', momentum: 'x' } }, c: { task: 'regression' } }
    const text = refusal({ loss: 'softmaxCrossEntropy', arms }, { point })
    expect(text).toContain('arms.a.epochs: expected at least 0, got -1\n    --> x.yaml at arms/a/epochs')
    expect(text).toContain('arms.b.optimizer.momentum: expected a number, got "x"')
    expect(text).toMatch(/arms\.c\.loss: .*, which the arm inherits from "loss"\n {4}--> x\.yaml at loss/)
  })

  it('a fault of the rest once, and not in each arm', () => {
    const text = refusal({ batchSize: 0, arms: { a: {}, b: { epochs: -1 } } })
    expect(text.match(/batchSize/g)).toHaveLength(1)
    expect(text).toContain('arms.b.epochs')
  })

  it('keys that every object has', () => {
    const hidden = JSON.parse('{ "longer": { "__proto__": { "epochs": 3 } } }') as unknown
    expect(refusal({ arms: hidden })).toContain('arms.longer.__proto__: expected no such field, got "__proto__"')
    const deep = JSON.parse('{ "longer": { "data": { "__proto__": { "limit": 3 } } } }') as unknown
    expect(refusal({ arms: deep })).toContain('arms.longer.data.__proto__: expected no such field')
    expect(refusal({ arms: JSON.parse('{ "__proto__": {} }') as unknown })).toContain(
      'arms.__proto__: expected another name',
    )
    expect(refusal({ arms: 'sigmoid' })).toContain('arms: expected an object of arms by name, got "sigmoid"')
  })
})

describe('an arm that changes a type', () => {
  it('has the defaults of the new type, and keeps the settings of its own', () => {
    const { arms } = parseExperiment({
      ...base,
      optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 },
      clipping: { type: 'norm', maxNorm: 1 },
      arms: {
        adagrad: { optimizer: { type: 'adagrad' } },
        faster: { optimizer: { type: 'sgd', learningRate: 0.2 } },
        value: { clipping: { type: 'value', limit: 2 } },
      },
    })
    expect(arms['adagrad']?.optimizer).toMatchObject({ type: 'adagrad', learningRate: 0.01 })
    expect(arms['adagrad']?.optimizer).not.toHaveProperty('momentum')
    expect(arms['faster']?.optimizer).toMatchObject({ learningRate: 0.2, momentum: 0.9 })
    expect(arms['value']?.clipping).toEqual({ type: 'value', limit: 2 })
  })
})
