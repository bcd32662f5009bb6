/** The experiments that come with isograd, as data. Each is one JSON file of this folder. */
import { InputError } from '../../errors.js'
import { didYouMean } from '../../nearest.js'
import cures from './cures.json' with { type: 'json' }
import deadRelus from './dead-relus.json' with { type: 'json' }
import depthScale from './depth-scale.json' with { type: 'json' }
import dropout2x256 from './dropout-2x256.json' with { type: 'json' }
import glorot2x256 from './glorot-2x256.json' with { type: 'json' }
import keras13x10 from './keras-13x10.json' with { type: 'json' }
import keras64x632x6 from './keras-64x6-32x6.json' with { type: 'json' }
import lenet5 from './lenet5.json' with { type: 'json' }
import nn3layer from './nn-3layer.json' with { type: 'json' }
import normPlacement from './norm-placement.json' with { type: 'json' }
import plainResidual from './plain-residual.json' with { type: 'json' }
import reluCnn from './relu-cnn.json' with { type: 'json' }
import scalarChain from './scalar-chain.json' with { type: 'json' }
import softmaxLinear from './softmax-linear.json' with { type: 'json' }
import tf2x256 from './tf-2x256.json' with { type: 'json' }
import throughTimeCopy from './through-time-copy.json' with { type: 'json' }
import throughTime from './through-time.json' with { type: 'json' }
import torchMlp5 from './torch-mlp5.json' with { type: 'json' }

/** A preset as written: a document for `parseExperiment`. */
export interface Preset {
  readonly name: string
  readonly description: string
}

/** Every preset, in the order they are listed to users. */
export const presets: readonly Preset[] = [
  torchMlp5,
  keras13x10,
  keras64x632x6,
  softmaxLinear,
  nn3layer,
  glorot2x256,
  dropout2x256,
  tf2x256,
  cures,
  scalarChain,
  lenet5,
  depthScale,
  plainResidual,
  reluCnn,
  deadRelus,
  normPlacement,
  throughTime,
  throughTimeCopy,
]

/** The document of a preset. @throws InputError naming the nearest. */
export function findPreset(name: string): Preset {
  const preset = presets.find((candidate) => candidate.name === name)
  if (preset !== undefined) return preset
  const available = presets.map((candidate) => candidate.name)
  throw new InputError(
    'core',
    `unknown preset "${name}"${didYouMean(name, available)} Presets: ${available.join(', ')}`,
  )
}
