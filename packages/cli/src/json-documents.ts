/** Every document that `--json` prints, by its schema: `npm run schemas` makes the files in `schemas/` of these types. */
import type { AddDocument } from './tasks/add.js'
import type { ConformanceDocument } from './tasks/conformance.js'
import type { CompareDocument } from './tasks/compare.js'
import type { ExportDocument } from './tasks/export.js'
import type { FaultKindsDocument, FaultsDocument } from './tasks/faults.js'
import type { ReduceDocument } from './tasks/reduce.js'
import type { SelftestDocument } from './tasks/selftest.js'
import type { BenchDocument } from './bench/document.js'
import type { GrowthDocument } from './bench/growth-document.js'
import type { AtlasDocument } from './documents/atlas-document.js'
import type { CheckDocument } from './documents/check-document.js'
import type { DataDocument } from './documents/data-document.js'
import type { DescribeDocument } from './documents/describe-document.js'
import type { DoctorDocument } from './documents/doctor-document.js'
import type { FilesDocument } from './documents/files-document.js'
import type { ListDocument } from './documents/list-document.js'
import type { MatrixDocument } from './documents/matrix-document.js'
import type { PredictDocument, PredictRowsDocument } from './documents/predict-document.js'
import type { RunsDocument } from './documents/runs-document.js'
import type { SuiteDocument } from './documents/suite-document.js'
import type { SweepComparison } from './documents/sweep-compare.js'
import type { SweepDocument } from './documents/sweep-document.js'
import type { BisectDocument, VersionsDocument } from './documents/versions-document.js'
import type { WrittenDocument } from './documents/written-document.js'

/** The table. */
export interface JsonDocuments {
  'isograd.add/1': AddDocument
  'isograd.atlas/1': AtlasDocument
  'isograd.bench/2': BenchDocument
  'isograd.bench-growth/2': GrowthDocument
  'isograd.bisect/1': BisectDocument
  'isograd.check/2': CheckDocument
  'isograd.compare/2': CompareDocument
  'isograd.conformance/1': ConformanceDocument
  'isograd.data/1': DataDocument
  'isograd.describe/1': DescribeDocument
  'isograd.doctor/1': DoctorDocument
  'isograd.export/1': ExportDocument
  'isograd.fault-kinds/1': FaultKindsDocument
  'isograd.faults/2': FaultsDocument
  'isograd.files/1': FilesDocument
  'isograd.list/1': ListDocument
  'isograd.matrix/1': MatrixDocument
  'isograd.predict/2': PredictDocument
  'isograd.predict-rows/1': PredictRowsDocument
  'isograd.reduce/1': ReduceDocument
  'isograd.runs/2': RunsDocument
  'isograd.selftest/1': SelftestDocument
  'isograd.suite/2': SuiteDocument
  'isograd.sweep-compare/1': SweepComparison
  'isograd.sweep-status/1': SweepDocument
  'isograd.versions/1': VersionsDocument
  'isograd.written/1': WrittenDocument
}
