// The built core under the names that the adapters and scripts of ../shared/cases know: the entries as one object, and
// the plan of a training in the form of the first version.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const { resolve } = createRequire(`${process.cwd()}/`)
const entries = ['', '/backend', '/ir', '/data', '/compare', '/conformance', '/node']
const loaded = await Promise.all(entries.map((entry) => import(pathToFileURL(resolve(`@isograd/core${entry}`)).href)))
const all = Object.assign({}, ...loaded)

class TrainingCase {
  constructor(armName, arm, dataset) {
    this.plan = new all.TrainingPlan({ armName, arm, dataset, registry: all.builtins })
    this.programs = { observed: this.plan.program('observed') }
    this.constants = { train: this.plan.constants('observed') }
    this.initial = this.plan.initial
  }

  stepInputs(step) {
    return this.plan.xs('observed', { first: step, count: 1 })
  }
}

export const core = { ...all, TrainingCase }
