/** Records whose numbers a test of their own holds, where others have vectors of another library. Adding one adds its line here. */

/** Metrics that read rows, with the test that holds them. */
export const metricsHeldElsewhere: Readonly<Record<string, string>> = {
  topKAccuracy: 'metrics.test.ts',
}

/** Optimizers in programs, with the test that holds them. */
export const optimizersHeldElsewhere: Readonly<Record<string, string>> = {
  // PyTorch has it for sparse tensors alone, which are another input.
  sparseAdam: 'optimizers-adaptive.test.ts',
}

/** Layers that apply others or a function, with the test that holds them. */
export const layersHeldElsewhere: Readonly<Record<string, string>> = {
  activation: 'activations.test.ts',
  repeat: 'graph.test.ts',
  shared: 'graph.test.ts',
}
