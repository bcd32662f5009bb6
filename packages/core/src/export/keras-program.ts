/** A trained model for Keras 3: a Python program that builds it and takes its weights from the safetensors file beside it. */
import type { Model } from '../model/model.js'
import type { KerasFields } from './keras.js'
import type { Placed } from './keras-placed.js'
import { kerasExpression } from './keras-weights.js'
import { type Activations, inputName, outputNames, placeAll } from './tfjs.js'
import { transposedIn } from '../model/initial-weights.js'

/** A value as Python writes it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'object' && value !== null && 'className' in value) return constructorOf(value as KerasFields)
  return value === null ? 'None' : JSON.stringify(value)
}

function constructorOf(
  { className, config, keras3 = config }: KerasFields,
  more: Readonly<Record<string, unknown>> = {},
) {
  const settings = Object.entries({ ...keras3, ...more }).map(([key, value]) => `${key}=${literal(value)}`)
  return `layers.${className}(${settings.join(', ')})`
}

/** The name of an input as Python writes it. */
function quoted(name: string): string {
  return /['\\\n]/.test(name) ? literal(name) : `'${name}'`
}

/** The expression of a layer. @param kept names of layers that are applied more than once. */
function layerText(layer: Placed, kept: readonly string[]): string {
  const { name, shares } = layer
  if (shares !== undefined) return `kept[${literal(shares)}]`
  const text = constructorOf(layer, { name })
  return kept.includes(name) ? `kept.setdefault(${literal(name)}, ${text})` : text
}

function call(layer: Placed, kept: readonly string[]): string {
  const { name, inbound } = layer
  const from = inbound.map((each) => `values[${literal(each)}]`)
  const x = from.length === 1 ? from.join() : `[${from.join(', ')}]`
  const text = layerText(layer, kept)
  return `values[${literal(name)}] = ${layer.call?.(text, from) ?? `${text}(${x})`}`
}

function setWeights({ name, weights }: Placed, transposed: ReadonlySet<string>): string[] {
  if (weights.length === 0) return []
  const values = weights.map((weight) => kerasExpression(weight, transposed))
  return [`model.get_layer(${literal(name)}).set_weights([${values.join(', ')}])`]
}

/**
 * A Python program with `build`, the model in Keras 3, and `load`, which returns it with the weights of a file of
 * `exportTorch`: encoded samples [batch, ...inputShape] to predictions.
 * @param activations Keras's names of what makes predictions of the outputs. @param about lines that say what the model is.
 * @throws InputError for a layer that Keras lacks.
 */
export function kerasProgram(
  model: Model,
  activations: Activations,
  about: readonly string[],
  file: string,
  dtype: string,
): string {
  const placed = placeAll(model, activations)
  const transposed = transposedIn(model)
  const inputs = Object.entries(model.inputs).map(([name, shape]) => [inputName(name), shape] as const)
  const given = inputs.map(([name]) => `values[${quoted(name)}]`).join(', ')
  const results = outputNames(model, activations).map((name) => `values[${literal(name)}]`)
  const kept = placed.flatMap(({ shares }) => shares ?? [])
  const loaded = placed.flatMap((layer) => setWeights(layer, transposed))
  const imports = loaded.some((line) => /\bnp\./.test(line)) ? 'import numpy as np\n' : ''
  const statements = [...(kept.length === 0 ? [] : ['kept = {}']), ...placed.map((layer) => call(layer, kept))]
  return `${about.map((line) => `# ${line}`).join('\n')}
from pathlib import Path

import keras
${imports}from keras import layers
from safetensors.numpy import load_file


def build():
    keras.config.set_floatx('${dtype}')
    values = {${inputs.map(([name, shape]) => `${quoted(name)}: keras.Input(${literal(shape)}, name=${quoted(name)})`).join(', ')}}
    ${statements.join('\n    ')}
    return keras.Model(${inputs.length === 1 ? given : `[${given}]`}, ${results.length === 1 ? results.join() : `[${results.join(', ')}]`})


def load(path=Path(__file__).with_name('${file}')):
    model, weights = build(), load_file(path)
    ${loaded.join('\n    ')}
    return model
`
}
