/**
 * The experiments that the page offers: presets of core on data that are drawn in the page, cut to what a tab trains in
 * seconds. The build writes them into the page, which so need not load core to show them.
 */
import { findPreset } from '@isograd/core'

/** An experiment to choose. */
export interface PagePreset {
  readonly name: string
  readonly description: string
  /** Its document, as the editor shows it. */
  readonly text: string
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of each preset that are others here; arms are those that stay. */
const cut: Readonly<Record<string, { readonly fields: Fields; readonly arms?: readonly string[] }>> = {
  'keras-13x10': {
    fields: { data: { dataset: 'digits', limit: 1280, testLimit: 500 }, epochs: 4, probes: { every: 20 } },
  },
  'torch-mlp5': {
    fields: { data: { dataset: 'digits', limit: 960, testLimit: 200 }, epochs: 1, probes: { every: 3 } },
  },
  'depth-scale': {
    fields: { data: { dataset: 'digits', limit: 640, testLimit: 200 }, epochs: 2, probes: { every: 5 } },
    arms: ['variance-0.5', 'variance-1.76', 'variance-4'],
  },
  'dead-relus': {
    fields: { data: { dataset: 'digits', limit: 1280, testLimit: 200 }, epochs: 3, probes: { every: 10 } },
    arms: ['relu', 'leaky', 'batchnorm'],
  },
  'dropout-2x256': {
    fields: { data: { dataset: 'digits', limit: 2560, testLimit: 200 }, epochs: 1, probes: { every: 4 } },
  },
  lenet5: { fields: { data: { dataset: 'digits', limit: 640, testLimit: 100 }, epochs: 1, probes: { every: 2 } } },
  'through-time': {
    fields: {
      data: { dataset: 'adding', options: { length: 40 }, limit: 1000, testLimit: 200 },
      epochs: 2,
      probes: { every: 10, throughTime: true },
    },
    arms: ['rnn', 'gru', 'lstm'],
  },
}

const spirals: Fields & Pick<PagePreset, 'name' | 'description'> = {
  name: 'two-spirals',
  description: 'Two intertwined spirals and a small network: quick to train, and to change.',
  data: { dataset: 'spirals', limit: 1000, testLimit: 500 },
  model: {
    layers: [
      {
        type: 'repeat',
        times: 2,
        layers: [
          { type: 'dense', units: 32 },
          { type: 'activation', function: 'tanh' },
        ],
      },
      { type: 'dense', units: 2 },
    ],
  },
  arms: { adam: {}, sgd: { optimizer: { type: 'sgd', learningRate: 0.1 } } },
  optimizer: { type: 'adam', learningRate: 0.01 },
  batchSize: 50,
  epochs: 20,
  probes: { every: 50 },
}

/** A value on one line. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** A document as text, on one line what is short: a list of layers has a layer a line. */
function textOf(value: unknown, indent = ''): string {
  const whole = inline(value)
  if (typeof value !== 'object' || value === null || whole.length + indent.length < 78) return whole
  const inner = `${indent}  `
  const isList = Array.isArray(value)
  const parts = Object.entries(value).map(
    ([key, item]) => (isList ? '' : `${JSON.stringify(key)}: `) + textOf(item, inner),
  )
  const [open, close] = isList ? '[]' : '{}'
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`
}

function shortened([name, { fields, arms: kept }]: [string, (typeof cut)[string]]): PagePreset {
  const preset = findPreset(name) as ReturnType<typeof findPreset> & { readonly arms?: Fields }
  const arms = kept && Object.fromEntries(kept.map((arm) => [arm, preset.arms?.[arm]]))
  return written({ ...preset, ...fields, ...(arms && { arms }) })
}

function written(document: Pick<PagePreset, 'name' | 'description'>): PagePreset {
  const { name, description } = document
  return { name, description, text: `${textOf(document)}\n` }
}

/** Every experiment of the page, in the order in which they are offered. */
export function pagePresets(): PagePreset[] {
  return [...Object.entries(cut).map(shortened), written(spirals)]
}
