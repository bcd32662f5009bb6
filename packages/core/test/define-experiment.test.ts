/** Types of experiments in code: what an editor would refuse is refused by the compiler, and by the schema as well. */
import { describe, expect, it } from 'vitest'
import { builtins, defineExperiment, type ExperimentDocument, loss, z } from '../src/index.js'

const base = {
  name: 'mine',
  data: { dataset: 'digits', limit: 100 },
  model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
  optimizer: { type: 'adam', learningRate: 0.01 },
  batchSize: 10,
  epochs: 1,
} satisfies ExperimentDocument

describe('defineExperiment', () => {
  it('gives the arms, complete', () => {
    const { arms } = defineExperiment({
      ...base,
      activation: 'tanh',
      loss: 'softmaxCrossEntropy',
      metrics: ['accuracy'],
      arms: { slow: { optimizer: { learningRate: 0.001 } }, other: { activation: { type: 'relu' } } },
    })
    expect(arms['slow']?.optimizer).toMatchObject({ type: 'adam', learningRate: 0.001, beta1: 0.9 })
    expect([arms['slow']?.activation.type, arms['other']?.activation.type]).toEqual(['tanh', 'relu'])
  })

  it.each<[string, () => unknown]>([
    // @ts-expect-error -- no such optimizer
    ['an optimizer', () => defineExperiment({ ...base, optimizer: { type: 'adan' } })],
    // @ts-expect-error -- adam has no momentum
    ['a setting of another optimizer', () => defineExperiment({ ...base, optimizer: { type: 'adam', momentum: 1 } })],
    // @ts-expect-error -- a number
    ['a setting of a wrong type', () => defineExperiment({ ...base, optimizer: { type: 'sgd', learningRate: '1' } })],
    // @ts-expect-error -- a dense layer has units
    ['a missing setting', () => defineExperiment({ ...base, model: { layers: [{ type: 'dense' }] } })],
    // @ts-expect-error -- no such layer
    ['a layer', () => defineExperiment({ ...base, model: { layers: [{ type: 'dence', units: 3 }] } })],
    // @ts-expect-error -- no such activation
    ['an activation', () => defineExperiment({ ...base, activation: 'rely' })],
    // @ts-expect-error -- no such loss
    ['a loss', () => defineExperiment({ ...base, loss: 'crossEntropy3' })],
    // @ts-expect-error -- no such metric
    ['a metric', () => defineExperiment({ ...base, metrics: ['acuracy'] })],
    // @ts-expect-error -- no such field
    ['a field', () => defineExperiment({ ...base, epocs: 3 })],
    // @ts-expect-error -- no such precision
    ['a word', () => defineExperiment({ ...base, precision: 'float16' })],
  ])('refuses %s, as the compiler does', (_, define) => {
    expect(define).toThrow(/is not a valid experiment/)
  })

  it('knows records of the user, by the type of the extension', () => {
    const mine = {
      losses: {
        scaled: loss({
          settings: { factor: z.number() },
          suits: ['category'],
          value: () => 0,
          emit: () => {
            throw new Error('never lowered')
          },
        }),
      },
    }
    const registry = builtins.extend(mine)
    const { arms } = defineExperiment<typeof mine>({ ...base, loss: { type: 'scaled', factor: 2 } }, { registry })
    expect(arms['default']?.loss).toEqual({ type: 'scaled', factor: 2 })
    const wrong = (): unknown =>
      // @ts-expect-error -- a number
      defineExperiment<typeof mine>({ ...base, loss: { type: 'scaled', factor: '2' } }, { registry })
    expect(wrong).toThrow('loss.factor')
  })
})
