/**
 * A trained model as a program of its own: samples in, logits and probabilities out, no labels and no loss. It is what
 * predictions are made with, and what is exported.
 */
import type { ArmSpec } from '../experiment/schema.js'
import { Builder } from '../ir/builder.js'
import { BATCH, type Program } from '../ir/program.js'
import { forward, type Model } from '../model/model.js'
import { names } from './names.js'
import { scalePixels } from './pixels.js'

/** How samples come: bytes as in a data set, or floats that are divided by 255 already. */
export type SampleForm = 'bytes' | 'unit'

/**
 * Logits and probabilities, [batch, classes] each, of samples [batch, ...sampleShape]. Parameters and layer states are
 * the carry, and are handed on as they are.
 */
export function lowerInference(arm: ArmSpec, model: Model, sampleShape: readonly number[], form: SampleForm): Program {
  const dtype = arm.precision
  const b = new Builder(`${arm.name}/inference`, 'forward')
  const input = (name: string, shape: readonly number[]) => [name, b.carry(name, { dtype, shape })] as const
  const parameters = Object.fromEntries(model.parameters.map(({ name, shape }) => input(name, shape)))
  const states = Object.fromEntries(model.states.map(({ name, shape }) => input(name, shape)))
  const samples = b.xs(names.samples, { dtype: form === 'bytes' ? 'uint8' : dtype, shape: [BATCH, ...sampleShape] })
  const x = b.within({ stage: 'data', layer: '' }, () =>
    form === 'bytes' ? scalePixels(b, samples, dtype, 'unit') : samples,
  )
  const { logits } = forward(b, model, x, { parameters, states, masks: {} }, 'evaluate')
  const probabilities = b.within({ stage: 'metric', layer: '' }, () => b.exp(b.logSoftmax(logits)))
  return b.finish({
    carry: { ...parameters, ...states },
    ys: { [names.logits]: logits, [names.probabilities]: probabilities },
  })
}
