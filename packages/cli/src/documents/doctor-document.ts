/** The document of `isograd doctor --json`. */
import type { BackendInfo } from '@isograd/core/backend'
import type { MeasuredUnits } from '@isograd/core/compare'
import type { Smoke } from '../backends/smoke.js'
import type { Environment } from './environment.js'

/** A backend that computes what it should. */
export interface WorkingBackend {
  readonly name: string
  /** True: it can be used. */
  readonly usable: true
  readonly package: string
  readonly info: BackendInfo
  /** Conformance cases that it passed, with --test. */
  readonly tested?: Pick<Smoke, 'passed' | 'unsupported' | 'total'> & {
    /** The largest error by operation, in units in the last place of float32. */
    readonly units: MeasuredUnits
  }
}

/** A backend that cannot be used, with the reason and the cure. */
export interface BrokenBackend {
  readonly name: string
  /** False: it cannot be used. */
  readonly usable: false
  readonly reason: string
  /** The cure. */
  readonly cure: string
}

/** The document that `isograd doctor --json` prints: all backends, with the environment. */
export interface DoctorDocument {
  readonly schema: 'isograd.doctor/1'
  readonly environment: Environment
  /** The backends, those that can be used and those that cannot. */
  readonly backends: readonly (WorkingBackend | BrokenBackend)[]
  /** The backends that must be usable: those asked for, or wasm. */
  readonly required: readonly string[]
  /** True where all that must be usable are. */
  readonly ok: boolean
}
