/** The words of the field, and of isograd, that a reader may not know: explained on pages of runs, and in docs/glossary.md. */

/** A word with what it means. */
export interface Term {
  readonly meaning: string
  /** Other words for it that pages have. */
  readonly also?: readonly string[]
  /** True of what whoever has trained a network knows: pages of runs do not explain it. */
  readonly isBasic?: boolean
}

/** Every word, in order. */
export const glossary: Readonly<Record<string, Term>> = {
  adapter: { isBasic: true, meaning: 'A package that lets isograd train with a runtime. It makes a backend of it.' },
  agree: {
    meaning:
      'All that was compared differs by no more than rounding explains. What was not compared is listed beside the verdict.',
  },
  arm: {
    meaning: 'One variant of an experiment, such as the network with relu. All arms get the same data and seeds.',
  },
  backend: {
    meaning: 'What computes a training: a runtime such as ONNX Runtime, the package that reaches it, and its device.',
  },
  batch: { isBasic: true, meaning: 'The samples that one step is computed from.' },
  bound: {
    meaning:
      'The largest error that rounding can make in an operation. It is proved, not measured: an error beyond it is a fault.',
    also: ['rounding bound'],
  },
  checkpoint: {
    isBasic: true,
    meaning: 'All that a training needs to go on, in one file: weights, states, place in the data.',
  },
  conformance: { isBasic: true, meaning: 'Small programs with known results that every backend must compute.' },
  dead: {
    meaning: 'Of a unit with relu: it gives 0 for every sample, so that its weights get no gradient.',
    also: ['dead unit'],
  },
  decades: {
    meaning:
      'Powers of ten. A gradient that loses seven decades on its way to the first layer arrives there as a ten-millionth.',
    also: ['decades lost per layer'],
  },
  disagree: { meaning: 'Something differs by more than rounding explains. The first such thing is named.' },
  diverged: {
    meaning: 'The numbers of a training became infinite, or no numbers at all, so that nothing can be compared.',
  },
  encoding: {
    isBasic: true,
    meaning: 'A rule by which stored values become numbers for the network, such as `oneHot`.',
  },
  epoch: { isBasic: true, meaning: 'One pass through all training samples.' },
  exploding: { isBasic: true, meaning: 'Of a gradient: it grows from layer to layer on its way to the first one.' },
  final: {
    meaning:
      'A figure at the end of a training, such as the loss on the test samples. One of them judges the training.',
    also: ['final figures'],
  },
  flatten: { isBasic: true, meaning: 'The layer that puts the numbers of a sample, such as a picture, into one row.' },
  float32: {
    isBasic: true,
    meaning: 'Numbers with 24 significant bits, about 7 digits. Trainings use them unless told otherwise.',
  },
  float64: { meaning: 'Numbers with 53 significant bits, about 16 digits. Right answers are computed in them.' },
  formulation: {
    isBasic: true,
    meaning: 'The form in which a library has a formula, such as Adam in PyTorch or in Keras. They round otherwise.',
  },
  gradient: {
    isBasic: true,
    meaning: 'The direction in which the loss grows fastest. A step moves the weights against it.',
  },
  'gradient norm': {
    meaning: 'The length of a gradient: the root of the sum of the squares of its numbers.',
    also: ['L2 norm'],
  },
  halving: {
    meaning: 'A way to save trainings: all combinations are trained for a short time, and only the best go on.',
    also: ['successive halving'],
  },
  impute: { isBasic: true, meaning: 'To put a number, such as the mean, in the place of a missing value.' },
  inconclusive: {
    meaning: 'Nothing speaks of a fault, but too little was compared to say more. The reason says what would decide.',
  },
  layer: {
    isBasic: true,
    meaning: 'A part of a network with weights or a function of its own, named with its number: dense1.',
  },
  'learning rate': { isBasic: true, meaning: 'The factor from a gradient to a change of the weights.' },
  logits: { isBasic: true, meaning: 'The outputs of the last layer, before they are made probabilities.' },
  loss: { isBasic: true, meaning: 'The figure that a training makes smaller: how wrong the outputs are.' },
  metric: {
    isBasic: true,
    meaning: 'A figure of how good a model is, such as the share of right answers. One of them judges the training.',
  },
  'noise floor': {
    meaning:
      'How far a backend gets from itself when its first weights are off by one unit in the last place. What is nearer is noise.',
    also: ['noise'],
  },
  operation: { isBasic: true, meaning: 'One computation of a training program, such as a product of matrices.' },
  'plain loop': {
    meaning: 'A sum that is computed one number after the other. Sound runtimes err about as much as that.',
  },
  'pre-activation': { meaning: "What goes into a layer's activation function." },
  preset: { isBasic: true, meaning: 'An experiment that comes with isograd, by its name: torch-mlp5.' },
  probe: { meaning: 'A look at gradients and activations in a step, which changes nothing.', also: ['probed step'] },
  published: { meaning: 'A figure from the paper or document that a preset repeats.' },
  R2: {
    isBasic: true,
    meaning:
      'The share of the variance of the targets that a model explains: 1 is perfect, and 0 is no better than their mean.',
  },
  reference: {
    meaning: 'The backend in plain JavaScript that computes each operation in float64. It is slow and right.',
  },
  residual: {
    isBasic: true,
    meaning:
      'Of a prediction: the target less the prediction. Of a layer: it adds what it is given to what it makes of it.',
  },
  rounding: {
    meaning: 'A computed number is the nearest that its format has. Sums in another order are rounded otherwise.',
  },
  run: { isBasic: true, meaning: 'One training of an arm on a backend with a seed, with its record.' },
  rung: { meaning: 'A stage of halving, of trainings that are all of one length.' },
  saturated: {
    meaning:
      'Of a unit with sigmoid or tanh: its output is at the end of its range, where its gradient is next to nothing.',
    also: ['saturated units'],
  },
  scan: {
    isBasic: true,
    meaning: 'Several steps that a backend computes in one call, each from the state of the one before.',
  },
  seed: {
    isBasic: true,
    meaning: 'The number that all random choices of a training follow from. The same seed gives the same training.',
  },
  'standard error': {
    meaning: 'How far a figure may be off by chance, because it comes from a limited number of samples.',
  },
  standardise: {
    isBasic: true,
    meaning: 'To take the mean of the training rows off, and to divide by their standard deviation.',
  },
  step: {
    isBasic: true,
    meaning:
      'One update of the weights, from one batch. A run counts its steps from 1; a check and a trace count them from 0.',
  },
  subnormal: { meaning: 'A number so near to zero that it has fewer digits. Some runtimes make zeros of them.' },
  sweep: { isBasic: true, meaning: 'An experiment trained with many settings and seeds.' },
  tolerance: { meaning: 'The limit that a difference is held against.', also: ['limit'] },
  trace: {
    isBasic: true,
    meaning: 'The first steps of a training with all their numbers, in a file that another framework can repeat.',
  },
  trial: { meaning: 'One training of a sweep.' },
  'unit in the last place': {
    meaning: 'The distance from a number to the next one that its format has.',
    also: ['units in the last place', 'ulp'],
  },
  'update-to-weight ratio': {
    meaning: 'The length of the change that a step makes to the weights, over the length of the weights.',
  },
  vanishing: {
    meaning:
      'Of a gradient: it gets smaller from layer to layer on its way back, until the first layers learn nothing.',
    also: ['vanishes'],
  },
}
