/** A trained model for Keras 3: a Python program that builds it and takes its weights from the safetensors file beside it. */
import type { Model } from '../model/model.js'
import { INPUT, type Placed, placeAll } from './tfjs.js'
import { transposedIn } from '../model/initial-weights.js'

/** A value as Python writes it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return value === null ? 'None' : JSON.stringify(value)
}

function call({ name, className, config, keras3 = config, inbound }: Placed): string {
  const settings = Object.entries({ ...keras3, name }).map(([key, value]) => `${key}=${literal(value)}`)
  const from = inbound.map((each) => `values[${literal(each)}]`)
  const x = from.length === 1 ? from.join() : `[${from.join(', ')}]`
  return `values[${literal(name)}] = layers.${className}(${settings.join(', ')})(${x})`
}

function setWeights({ name, weights }: Placed, transposed: ReadonlySet<string>): string[] {
  if (weights.length === 0) return []
  const values = weights.map(({ source, shape }) => {
    const value = `weights[${literal(source)}]${transposed.has(source) ? '.T' : ''}`
    return shape === undefined ? value : `${value}.reshape(${literal(shape)})`
  })
  return [`model.get_layer(${literal(name)}).set_weights([${values.join(', ')}])`]
}

/**
 * A Python program with `build`, the model in Keras 3, and `load`, which returns it with the weights of a file of
 * `exportTorch`: encoded samples [batch, ...inputShape] to predictions.
 * @param activation Keras's name of what makes predictions of the output. @param about lines that say what the model is.
 * @throws InputError for a layer that Keras lacks.
 */
export function kerasProgram(
  model: Model,
  activation: string | undefined,
  about: readonly string[],
  file: string,
  dtype: string,
): string {
  const placed = placeAll(model, activation)
  const transposed = transposedIn(model)
  const last = placed.at(-1)?.name ?? INPUT
  return `${about.map((line) => `# ${line}`).join('\n')}
from pathlib import Path

import keras
from keras import layers
from safetensors.numpy import load_file


def build():
    keras.config.set_floatx('${dtype}')
    values = {'${INPUT}': keras.Input(${literal(model.inputShape)}, name='${INPUT}')}
    ${placed.map(call).join('\n    ')}
    return keras.Model(values['${INPUT}'], values[${literal(last)}])


def load(path=Path(__file__).with_name('${file}')):
    model, weights = build(), load_file(path)
    ${placed.flatMap((layer) => setWeights(layer, transposed)).join('\n    ')}
    return model
`
}
