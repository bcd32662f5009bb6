/** `@isograd/core/conformance`: what every backend must do, as cases, and a runner free of any test framework. */
export { assertConforms, openAdapter } from './assert.js'
export type { BehaviourCase, CaseData, CaseTolerance, ConformanceCase, ScanInput, ValueCase } from './case.js'
export { conformanceCases } from './cases/index.js'
export { casesMatching } from './select.js'
export { elementsText, type Origin } from './reproduction.js'
export {
  type CaseResult,
  type CaseStatus,
  type ConformanceOptions,
  type ConformanceReport,
  type Coverage,
  describeReport,
  runConformance,
  type SkippedCase,
} from './run.js'
export { checkExtension, type Examples, type LawResult } from './extensions.js'
