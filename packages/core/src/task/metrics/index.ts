/** All metrics by name. The first usual one that suits a task judges it. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { accuracy } from './accuracy.js'
import { balancedAccuracy } from './balanced-accuracy.js'
import { brierScore } from './brier-score.js'
import { expectedCalibrationError } from './calibration-error.js'
import { confusionMatrix } from './confusion-matrix.js'
import { meanAbsoluteError, meanSquaredError } from './errors.js'
import { explainedVariance } from './explained-variance.js'
import { f1 } from './f1.js'
import { logLoss } from './log-loss.js'
import { medianAbsoluteError } from './median-absolute-error.js'
import type { MetricRecord } from './metric.js'
import { precision } from './precision.js'
import { r2 } from './r2.js'
import { recall } from './recall.js'
import { residuals } from './residuals.js'
import { rocAuc } from './roc-auc.js'
import { rootMeanSquaredError } from './root-mean-squared-error.js'
import { topKAccuracy } from './top-k.js'

/** Every metric that an experiment can name. */
export const metrics = {
  accuracy,
  topKAccuracy,
  balancedAccuracy,
  precision,
  recall,
  f1,
  rocAuc,
  logLoss,
  confusionMatrix,
  brierScore,
  expectedCalibrationError,
  meanSquaredError,
  rootMeanSquaredError,
  meanAbsoluteError,
  medianAbsoluteError,
  r2,
  explainedVariance,
  residuals,
} satisfies Table<MetricRecord>
