/** A sweep whose trials take a moment: a line through three points, six trials on the reference. */
/** Its document. */
export const tiny = {
  experiment: {
    name: 'line',
    data: { dataset: 'given', options: { fields: { x: [[0], [1], [2]], y: [1, 3, 5] }, target: 'y' } },
    task: 'regression',
    model: { layers: [{ type: 'dense', units: 1 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 3,
    epochs: 5,
  },
  grid: { 'optimizer.learningRate': [0.01, 0.1] },
  seeds: 3,
  backends: ['reference'],
}
