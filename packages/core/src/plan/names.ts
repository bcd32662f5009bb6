/** Names under which the inputs and outputs of lowered programs go. */
import { INPUT } from '../model/graph.js'
import { FIRST_HEAD } from '../task/task.js'

/** Fixed names, and names made from those of fields, parameters, layers and metrics. */
export const names = {
  field: (name: string) => `data/${name}`,
  rows: 'rows',
  samples: 'samples',
  /** An input of a model: the only one, or all in a row, or one of its fields. */
  given: (input: string) => (input === INPUT ? 'samples' : `samples/${input}`),
  loss: 'loss',
  weight: 'weight',
  penalty: 'penalty',
  classWeights: 'weights/categories',
  output: 'output',
  prediction: 'prediction',
  /** Of a head beside the first. */
  ofHead: (name: 'output' | 'prediction', head: string) => (head === FIRST_HEAD ? name : `${name}/${head}`),
  metric: (key: string) => `metric/${key}`,
  scalar: (name: string) => `optimizer.${name}`,
  share: 'accumulation.share',
  isUpdate: 'accumulation.isUpdate',
  accumulated: (parameter: string) => `${parameter}/accumulated`,
  state: (parameter: string, name: string) => `${parameter}/${name}`,
  average: (parameter: string) => `${parameter}/weightAverage`,
  averageShare: 'averaging.share',
  unitMaximum: (layer: string) => `${layer}/maximum`,
  saturated: (layer: string) => `${layer}/saturated`,
  layerInput: (layer: string) => `${layer}/input`,
  layerOutput: (layer: string) => `${layer}/output`,
  revealed: (layer: string, what: string) => `revealed/${layer}/${what}`,
  activations: (layer: string) => `${layer}/activations`,
  jacobian: 'jacobian',
  derivative: (layer: string) => `${layer}/derivative`,
  gradient: (parameter: string) => `gradient/${parameter}`,
  updated: (parameter: string) => `updated/${parameter}`,
} as const
