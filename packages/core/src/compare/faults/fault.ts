/** A seeded fault: something that a backend does wrong on purpose, and the finding that a check must report of it. */
import type { Backend, Executable } from '../../backend/contract.js'
import type { OpName } from '../../ir/ops/index.js'
import type { Program } from '../../ir/program.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { TensorMap } from '../../tensor.js'
import type { TrainingCheckMode } from '../check.js'
import type { FindingKind, FindingStage } from '../verdict.js'
import { type Rewrite, rewriteProgram } from './rewrite.js'

/** Properties that the first finding must have. Those that do not apply are absent and not compared. */
export interface ExpectedFinding {
  readonly kind: FindingKind
  readonly operation?: OpName
  readonly layer?: string
  readonly stage?: FindingStage
  readonly step?: number
}

/** The arms of the experiment that faults are tried on; see `experiment.ts`. */
export type FaultArm = 'relu' | 'sigmoid' | 'normalised' | 'long' | 'deep'

/** One fault. */
export interface Fault {
  readonly id: string
  /** The wrong behaviour in one line. */
  readonly about: string
  readonly arm: FaultArm
  /** The mode that must find it. */
  readonly mode: TrainingCheckMode
  readonly expected: ExpectedFinding
  readonly wrap: (backend: Backend, plan: TrainingPlan) => Backend
}

/** Name of a backend with a fault. */
export const FAULTY = 'faulty'

type Compile = Backend['compile']

/** The backend under another name, with another `compile`. */
function withCompile(backend: Backend, compile: (right: Compile) => Compile): Backend {
  const right: Compile = (program, constants) => backend.compile(program, constants)
  return { name: FAULTY, info: backend.info, compile: compile(right), dispose: () => backend.dispose() }
}

/** A backend that computes some nodes otherwise. */
export function rewriting(rewrite: Rewrite): Fault['wrap'] {
  return rewritingWhole((program) => rewriteProgram(program, rewrite))
}

/** A backend that runs another program. */
export function rewritingWhole(rewrite: (program: Program) => Program): Fault['wrap'] {
  return (backend) => withCompile(backend, (right) => (program, constants) => right(rewrite(program), constants))
}

/** The inputs of a faulty scan. */
export interface ScanContext {
  readonly right: Executable
  readonly program: Program
  readonly carry: TensorMap
  readonly xs: TensorMap
}

/** A backend that scans otherwise. `make` is called once for each executable, and may keep what it likes. */
export function scanning(make: (plan: TrainingPlan) => (context: ScanContext) => ReturnType<Executable['scan']>) {
  return (backend: Backend, plan: TrainingPlan): Backend =>
    withCompile(backend, (compile) => async (program, constants) => {
      const right = await compile(program, constants)
      const scan = make(plan)
      return { scan: (carry, xs) => scan({ right, program, carry, xs }), dispose: () => right.dispose() }
    })
}
