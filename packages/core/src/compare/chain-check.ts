/** The mode `ops` for chains of scalar units, which are computed and not trained: there is no step and no run to compare. */
import type { Backend } from '../backend/contract.js'
import type { ChainSpec } from '../spec/chain.js'
import { tensor } from '../tensor.js'
import { lowerChain } from '../train/chain.js'
import { type ArmReport, type CheckReport, reportOf } from './check.js'
import { Findings } from './findings.js'
import { operationFinding, OperationTable, wiringFindings, wrongNodes } from './node-findings.js'
import { Observer } from './observer.js'
import { lookInside } from './pass.js'
import { slicesOf } from './slices.js'
import { type ToleranceOverrides, tolerancesFor } from './tolerances.js'
import { judge } from './verdict.js'
import { isBackendFailure, watchBackend } from './watch.js'

/** What to check. */
export interface ChainCheckOptions {
  readonly experiment: string
  readonly arms: Readonly<Record<string, ChainSpec>>
  readonly backends: readonly Backend[]
  readonly tolerances?: ToleranceOverrides
  readonly timeoutSeconds?: number
}

async function checkOn(backend: Backend, spec: ChainSpec): Promise<ReturnType<typeof lookInside>> {
  const program = lowerChain(spec)
  const observer = new Observer(backend, {})
  const carry = Object.fromEntries(spec.weights.map((weight, i) => [`w${i + 1}`, tensor(spec.precision, [], [weight])]))
  const xs = { x: tensor(spec.precision, [1], [spec.input]) }
  const common = { program, slices: slicesOf(program, 0), constants: {}, carry, xs, batch: 0, whole: false }
  try {
    return await lookInside({ ...common, observers: [observer] })
  } finally {
    await observer.close()
  }
}

async function checkArm(
  name: string,
  spec: ChainSpec,
  options: ChainCheckOptions,
  findings: Findings,
): Promise<ArmReport> {
  const tolerances = tolerancesFor(spec.precision, options.tolerances)
  const own = new Findings()
  const tables: OperationTable[] = []
  for (const backend of options.backends) {
    const table = new OperationTable(backend.name)
    const place = { mode: 'ops', backend: backend.name, arm: name, step: 0 } as const
    try {
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const { backends } = await checkOn(backend, spec)
      for (const pass of backends) {
        table.add(pass, 0)
        own.add(...wrongNodes(pass, tolerances).map((node) => operationFinding(place, node, tolerances.ops)))
        own.add(...wiringFindings(place, pass))
      }
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      findings.failures.push({ backend: backend.name, mode: 'ops', arm: name, message: error.message })
    }
    tables.push(table)
  }
  findings.add(...own.all)
  const compared = tables.reduce((sum, table) => sum + table.compared, 0)
  const operations = tables.flatMap((table) => table.rows)
  const judgements = { ops: judge(own.all, compared) }
  return { arm: name, precision: spec.precision, tolerances, judgements, operations, steps: [], runs: [] }
}

/** Checks every operation of the chains on every backend. */
export async function checkChains(options: ChainCheckOptions): Promise<CheckReport> {
  const findings = new Findings()
  const { timeoutSeconds } = options
  const watch = { onMutation: () => {}, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) }
  const backends = options.backends.map((backend) => watchBackend(backend, watch))
  const arms: ArmReport[] = []
  for (const [name, spec] of Object.entries(options.arms)) {
    // oxlint-disable-next-line no-await-in-loop -- one arm at a time
    arms.push(await checkArm(name, spec, { ...options, backends }, findings))
  }
  return reportOf(options.experiment, backends, ['ops'], arms, findings)
}
