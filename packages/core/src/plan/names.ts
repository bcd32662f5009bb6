/** Names under which the inputs and outputs of lowered programs go. */

/** Fixed names, and names made from a parameter's. */
export const names = {
  images: 'images',
  labels: 'labels',
  rows: 'rows',
  samples: 'samples',
  logits: 'logits',
  probabilities: 'probabilities',
  loss: 'loss',
  correct: 'correct',
  scalar: (name: string) => `optimizer.${name}`,
  state: (parameter: string, name: string) => `${parameter}/${name}`,
  unitMaximum: (layer: string) => `${layer}/maximum`,
  saturated: (layer: string) => `${layer}/saturated`,
  preActivation: (layer: string) => `${layer}/input`,
  gradient: (parameter: string) => `gradient/${parameter}`,
  updated: (parameter: string) => `updated/${parameter}`,
} as const
