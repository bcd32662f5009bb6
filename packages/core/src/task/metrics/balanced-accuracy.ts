/** Balanced accuracy: the mean of the recalls of the categories that there are, as scikit-learn's balanced_accuracy_score. */
import { isOneFlag, labelSettings, oneLabelMisfit, scoreOfLabels } from './label-counts.js'
import { meanRatio } from './label-ratio.js'
import { rowMetric } from './metric.js'

/** Each category counts alike, however many samples it has. */
export const balancedAccuracy = rowMetric({
  settings: labelSettings,
  label: () => 'balanced accuracy',
  format: 'percent',
  better: 'larger',
  suits: ['category', 'flags'],
  guessed: (categories) => categories && 1 / categories,
  reads: 'rows',
  misfit: oneLabelMisfit,
  accumulator: ({ threshold }, width, target) => {
    return scoreOfLabels({ target, width, threshold, hasBoth: isOneFlag(width, target) }, ({ tallies }) => {
      const present = [...tallies.keys()].filter((label) => Number(tallies[label]?.actual) > 0)
      return meanRatio(tallies, 1, present)
    })
  },
})
