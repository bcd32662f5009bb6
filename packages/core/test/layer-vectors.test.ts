/** Every layer, and every setting that changes what one computes, has at least ten cases against PyTorch. */
import { expect, it, test } from 'vitest'
import { builtins } from '../src/registry/builtins.js'
import { layersHeldElsewhere } from './held-elsewhere.js'
import blocks from './vectors/blocks.json' with { type: 'json' }
import sequences from './vectors/sequences.json' with { type: 'json' }
import spatial from './vectors/spatial-layers.json' with { type: 'json' }

interface Written {
  readonly type?: unknown
  readonly [setting: string]: unknown
}

/** The layers of a case, those inside others included. */
function layersIn(written: unknown): Written[] {
  if (typeof written !== 'object' || written === null) return []
  const inside = Object.values(written).flatMap(layersIn)
  return 'type' in written ? [written, ...inside] : inside
}

const cases = [
  ...[...blocks, ...sequences].map(({ layers }) => layersIn(layers)),
  ...spatial.cases.map(({ spec }) => layersIn(spec)),
]

function countOf(holds: (layer: Written) => boolean): number {
  return cases.filter((layers) => layers.some(holds)).length
}

it.each(Object.keys(builtins.layers).filter((name) => !(name in layersHeldElsewhere)))('%s', (name) => {
  expect(countOf(({ type }) => type === name)).toBeGreaterThanOrEqual(10)
})

const cells = ['simpleRnn', 'gru', 'lstm']
const isPadded = ({ inputs }: Written): boolean => Array.isArray(inputs) && inputs.includes('ids')

const settings: Readonly<Record<string, (layer: Written) => boolean>> = {
  backward: ({ direction }) => direction === 'backward',
  'both ways': ({ direction }) => direction === 'both',
  peephole: ({ peephole }) => peephole === true,
  'reset before': ({ reset }) => reset === 'before',
  rotary: ({ type, rotary }) => type === 'selfAttention' && rotary === true,
  'learned positions': ({ of }) => of === 'learned',
  'sinusoidal positions': ({ of }) => of === 'sinusoidal',
  'causal encoder': ({ type, causal }) => type === 'transformerEncoder' && causal === true,
  'rotary encoder': ({ type, rotary }) => type === 'transformerEncoder' && rotary === true,
  'encoder that drops': ({ type, dropout }) => type === 'transformerEncoder' && dropout !== undefined,
  ...Object.fromEntries(
    [...cells, 'selfAttention', 'crossAttention', 'transformerDecoder'].map((name) => [
      `${name} of unequal lengths`,
      (layer: Written) => layer.type === name && isPadded(layer),
    ]),
  ),
}

test.each(Object.entries(settings))('%s', (_, holds) => {
  expect(countOf(holds)).toBeGreaterThanOrEqual(10)
})
