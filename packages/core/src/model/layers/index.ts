/** All layers by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { add } from './add.js'
import { activation } from './activation.js'
import { crossAttention, selfAttention } from './attention.js'
import { batchNorm } from './batch-norm.js'
import { bidirectional } from './bidirectional.js'
import { embedding } from './embedding.js'
import { feedForward } from './feed-forward.js'
import { groupNorm } from './group-norm.js'
import { gru } from './gru.js'
import { instanceNorm } from './instance-norm.js'
import { layerNorm } from './layer-norm.js'
import { lstm } from './lstm.js'
import { positional } from './positional.js'
import { rmsNorm } from './rms-norm.js'
import { simpleRnn } from './simple-rnn.js'
import { transformerEncoder } from './transformer-encoder.js'
import { concatenate } from './concatenate.js'
import { conv1d, conv2d, depthwiseConv2d } from './convolution.js'
import { dense } from './dense.js'
import { dropout } from './dropout.js'
import { flatten } from './flatten.js'
import type { LayerRecord } from './layer.js'
import { multiply } from './multiply.js'
import { permute } from './permute.js'
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pooling.js'
import { prelu } from './prelu.js'
import { repeat } from './repeat.js'
import { reshape } from './reshape.js'
import { residual } from './residual.js'
import { upsampling, zeroPadding } from './resizing.js'
import { shared } from './shared.js'
import { spatialDropout } from './spatial-dropout.js'
import { squeezeExcite } from './squeeze-excite.js'
import { stochasticDepth } from './stochastic-depth.js'
import { transformerDecoder } from './transformer-decoder.js'
import { convTranspose2d } from './transposed-convolution.js'

/** Every layer that an experiment can name. */
export const layers = {
  flatten,
  dense,
  activation,
  prelu,
  dropout,
  batchNorm,
  residual,
  repeat,
  add,
  multiply,
  concatenate,
  reshape,
  permute,
  shared,
  layerNorm,
  rmsNorm,
  groupNorm,
  instanceNorm,
  embedding,
  positional,
  simpleRnn,
  gru,
  lstm,
  bidirectional,
  selfAttention,
  crossAttention,
  feedForward,
  transformerEncoder,
  conv1d,
  conv2d,
  depthwiseConv2d,
  convTranspose2d,
  maxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  upsampling,
  zeroPadding,
  spatialDropout,
  stochasticDepth,
  squeezeExcite,
  transformerDecoder,
} satisfies Table<LayerRecord>
