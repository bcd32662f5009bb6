/** Names under which the inputs and outputs of lowered programs go. */

/** Fixed names, and names made from a parameter's. */
export const names = {
  images: 'images',
  labels: 'labels',
  rows: 'rows',
  loss: 'loss',
  correct: 'correct',
  scalar: (name: string) => `optimizer.${name}`,
  state: (parameter: string, name: string) => `${parameter}/${name}`,
  gradient: (parameter: string) => `gradient/${parameter}`,
} as const
